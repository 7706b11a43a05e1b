#include "tests/simulation/world/owned.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t home(const struct owned *owned, const void *memory)
{
    return ((uintptr_t)memory * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (owned->room - 1);
}

static size_t place(const struct owned *owned, const void *memory)
{
    size_t at = home(owned, memory);
    while (owned->at[at] != NULL && owned->at[at] != memory)
        at = (at + 1) & (owned->room - 1);
    return at;
}

static void grow(struct owned *owned)
{
    struct owned before = *owned;
    owned->room = before.room > 0 ? 2 * before.room : 256;
    owned->at = calloc(owned->room, sizeof *owned->at);
    for (size_t i = 0; i < before.room; i++)
        if (before.at[i] != NULL)
            owned->at[place(owned, before.at[i])] = before.at[i];
    free(before.at);
}

void owned_add(struct owned *owned, void *memory)
{
    if (2 * owned->n >= owned->room)
        grow(owned);
    owned->at[place(owned, memory)] = memory;
    owned->n++;
}

/* What follows moves up, so that no gap hides it. */
static void close_gap(struct owned *owned, size_t gap)
{
    for (size_t at = (gap + 1) & (owned->room - 1); owned->at[at] != NULL;
         at = (at + 1) & (owned->room - 1)) {
        size_t wanted = home(owned, owned->at[at]);
        if (((at - wanted) & (owned->room - 1)) < ((at - gap) & (owned->room - 1)))
            continue;
        owned->at[gap] = owned->at[at];
        owned->at[at] = NULL;
        gap = at;
    }
}

void owned_remove(struct owned *owned, const void *memory)
{
    if (owned->n == 0 || memory == NULL)
        return;
    size_t at = place(owned, memory);
    if (owned->at[at] == NULL)
        return;
    owned->at[at] = NULL;
    owned->n--;
    close_gap(owned, at);
}

void owned_free_all(struct owned *owned)
{
    for (size_t i = 0; i < owned->room; i++)
        free(owned->at[i]);
    free(owned->at);
    memset(owned, 0, sizeof *owned);
}
