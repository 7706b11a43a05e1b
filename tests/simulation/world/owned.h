/* owned: memory of malloc() that a process has, so that it goes with it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct owned {
    void **at; /* open addressing */
    size_t n, room;
};
void owned_add(struct owned *owned, void *memory);
/* Nothing happens if it is not there. */
void owned_remove(struct owned *owned, const void *memory);
void owned_free_all(struct owned *owned);
