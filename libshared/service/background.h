/* background: work that takes time, on a thread of its own beside the loop, one piece after the
 * other.
 *
 * Used on the loop's thread, but for the pieces themselves. What nobody waits for any more may
 * still be done, and is dropped. */
#pragma once

#include <stddef.h>

#include "libshared/service/loop.h"

struct background;
struct background_work; /* a piece */

struct background_task {
    void *arena_take;       /* a root arena, in which all of it lives */
    void *own;              /* what is worked on, in the arena */
    void (*run)(void *own); /* on the thread */
    void (*done)(void *context,
                 void *own); /* on the loop's thread; the arena goes once it returns */
    void *context;
};

/* At most so many pieces wait or are at work. */
int background_open(const void *arena, struct loop *loop, size_t most,
                    struct background **ret_background) __attribute__((warn_unused_result));
/* Waits for the piece at work; nobody is told. */
void background_close(struct background *background);

/* `done` is told once, unless background_forget() comes first. NULL: too many wait; the arena is
 * gone. */
struct background_work *background_put(struct background *background,
                                       const struct background_task *task);
void background_forget(struct background_work *work);
