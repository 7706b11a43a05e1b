/* turns: some at once of many who wait, in the order in which they came. One thread. */
#pragma once

#include <stddef.h>
#include <sys/queue.h>

struct turns;

/* One who takes turns, and what to do when one comes; zeroed besides at first. */
struct turn {
    void (*begin)(void *context);
    void *context;
    enum { TURN_NONE, TURN_AWAITED, TURN_COME } state;
    TAILQ_ENTRY(turn) link;
};

/* `most` at once. Freed with its arena. */
struct turns *turns_new(const void *arena, size_t most);
/* Begins now or once others have ended. */
void turns_take(struct turns *turns, struct turn *turn);
/* It has ended, or is no longer awaited; nothing if it is neither. */
void turns_end(struct turns *turns, struct turn *turn);
