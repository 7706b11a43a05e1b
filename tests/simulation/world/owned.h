/* owned: memory of malloc() that a process has, as a list, so that it goes with it. */
#pragma once

/* Before what is owned. */
struct owned {
    struct owned *next, **from;
};
/* To `owner`, which begins as NULL; if that is NULL, to nobody. */
void owned_add(struct owned **owner, struct owned *owned);
void owned_remove(struct owned *owned);
void owned_free_all(struct owned **owner);
