#include "libshared/kafka/held.h"

#include "libshared/base/mem.h"

static const void *copy(const void *arena, const void *bytes, size_t size)
{
    return bytes != NULL ? mem_dup(arena, bytes, size) : NULL;
}

/* Their names are constants. */
static const struct bus_header *copy_headers(const void *arena, const struct bus_header *headers,
                                             size_t n)
{
    struct bus_header *copies = mem_array(arena, struct bus_header, n + 1);
    for (size_t i = 0; i < n; i++) {
        copies[i] = headers[i];
        copies[i].value = copy(arena, headers[i].value, headers[i].size);
    }
    return copies;
}

void held_add(struct held *held, const struct bus_record *record)
{
    if (held->arena == NULL)
        held->arena = mem_arena(NULL, 32 * 1024);
    held->records = mem_grow(held->arena, held->records, struct bus_record, held->n + 1);
    struct bus_record *added = &held->records[held->n++];
    *added = *record;
    added->key = copy(held->arena, record->key, record->key_size);
    added->value = copy(held->arena, record->value, record->value_size);
    added->headers = copy_headers(held->arena, record->headers, record->n_headers);
}

void held_take(struct held *held, struct held *ret_held)
{
    *ret_held = *held;
    *held = (struct held){0};
}

void held_clear(struct held *held)
{
    mem_free(held->arena);
    *held = (struct held){0};
}
