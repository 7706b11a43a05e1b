#include "tests/simulation/world/owned.h"

#include <stdlib.h>

void owned_add(struct owned **owner, struct owned *owned)
{
    *owned = (struct owned){.next = owner != NULL ? *owner : NULL, .from = owner};
    if (owner == NULL)
        return;
    if (owned->next != NULL)
        owned->next->from = &owned->next;
    *owner = owned;
}

void owned_remove(struct owned *owned)
{
    if (owned->from != NULL)
        *owned->from = owned->next;
    if (owned->next != NULL)
        owned->next->from = owned->from;
}

void owned_free_all(struct owned **owner)
{
    while (*owner != NULL) {
        struct owned *owned = *owner;
        *owner = owned->next;
        free(owned);
    }
}
