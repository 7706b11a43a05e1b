#include "notify-svc/offsets.h"

#include <string.h>

#include "libshared/base/mem.h"

struct begun {
    int64_t offset;
    bool ended;
};

struct offsets {
    struct begun *begun; /* by offset */
    size_t n;
    int64_t next, told; /* what can be committed, and what was last told; -1: nothing */
};

struct offsets *offsets_new(const void *arena)
{
    struct offsets *offsets = mem_new(arena, struct offsets);
    offsets->next = offsets->told = -1;
    return offsets;
}

void offsets_begin(struct offsets *offsets, int64_t offset)
{
    offsets->begun = mem_grow(offsets, offsets->begun, struct begun, offsets->n + 1);
    offsets->begun[offsets->n++] = (struct begun){.offset = offset};
}

static void drop_ended(struct offsets *offsets)
{
    size_t n = 0;
    while (n < offsets->n && offsets->begun[n].ended)
        n++;
    if (n == 0)
        return;
    offsets->next = n < offsets->n ? offsets->begun[n].offset : offsets->begun[n - 1].offset + 1;
    offsets->n -= n;
    memmove(offsets->begun, offsets->begun + n, offsets->n * sizeof *offsets->begun);
}

void offsets_end(struct offsets *offsets, int64_t offset)
{
    for (size_t i = 0; i < offsets->n; i++)
        if (offsets->begun[i].offset == offset)
            offsets->begun[i].ended = true;
    drop_ended(offsets);
}

bool offsets_advanced(struct offsets *offsets, int64_t *ret_next)
{
    if (offsets->next == offsets->told)
        return false;
    *ret_next = offsets->told = offsets->next;
    return true;
}
