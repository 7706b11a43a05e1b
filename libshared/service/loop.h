/* loop: the one thread of a service waits here: descriptors, timers, signals.
 *
 * A pass: sleep, read the clock once, call back for what is ready, fire the timers that are due,
 * run the hooks in the order they were added. Callbacks get that pass's time and may add, remove
 * and stop. Everything belongs to the loop's thread; another thread reaches it through a descriptor
 * (an eventfd). The loop never owns a descriptor it was given. Freed with its arena.
 * Times are milliseconds. Errors: 0 or -errno. */
#pragma once

#include <stdint.h>

#include "libshared/base/clock.h"

struct loop;

/* `events` are EPOLLIN and the like. */
typedef void loop_ready(void *user, uint32_t events, const struct clock_time *now);
typedef void loop_tick(void *user, const struct clock_time *now);
/* Runs on every pass; returns the longest sleep allowed until the next: 0 for none, -1 for any. */
typedef int64_t loop_hook(void *user, const struct clock_time *now);

#define LOOP_ANY_SLEEP (-1)

int loop_open(const void *arena, struct loop **ret_loop) __attribute__((warn_unused_result));

/* `ready` may be NULL: the descriptor then only ends the sleep, for a hook to look at. */
int loop_add(struct loop *loop, int fd, uint32_t events, loop_ready *ready, void *user)
    __attribute__((warn_unused_result));
/* Before the descriptor is closed. No callback follows, not even one due in this pass. */
void loop_remove(struct loop *loop, int fd);

/* Fires `period_ms` after now and then with that period; ticks missed while busy are skipped. */
void loop_every(struct loop *loop, int64_t period_ms, loop_tick *tick, void *user);
void loop_each_pass(struct loop *loop, loop_hook *hook, void *user);

/* Blocks SIGTERM and SIGINT (so before any thread starts) and calls `stop` for each that comes. */
int loop_on_stop(struct loop *loop, loop_tick *stop, void *user)
    __attribute__((warn_unused_result));

/* Returns after loop_stop(), at the end of that pass; or -errno when epoll fails. */
int loop_run(struct loop *loop) __attribute__((warn_unused_result));
void loop_stop(struct loop *loop);
/* The time of the pass, for what no callback of the loop's hands it to. */
const struct clock_time *loop_now(const struct loop *loop);
