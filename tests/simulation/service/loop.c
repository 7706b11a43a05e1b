/* As much of libshared/service/loop.h as there is to simulate: descriptors are never ready. */
#include "tests/simulation/service/loop.h"

#include <assert.h>

#include "libshared/base/mem.h"

#define CALLS 8

struct loop {
    struct clock_time now;
    struct {
        loop_hook *hook;
        void *user;
    } hooks[CALLS];
    struct {
        loop_tick *tick;
        void *user;
        int64_t period_ms, due_ms;
    } ticks[CALLS];
    size_t n_hooks, n_ticks;
};

int loop_open(const void *arena, struct loop **ret_loop)
{
    *ret_loop = mem_new(arena, struct loop);
    (*ret_loop)->now = clock_read();
    return 0;
}

int loop_add(struct loop *loop, int fd, uint32_t events, loop_ready *ready, void *user)
{
    (void)loop;
    (void)fd;
    (void)events;
    (void)ready;
    (void)user;
    return 0;
}

void loop_remove(struct loop *loop, int fd)
{
    (void)loop;
    (void)fd;
}

void loop_every(struct loop *loop, int64_t period_ms, loop_tick *tick, void *user)
{
    assert(loop->n_ticks < CALLS);
    size_t n = loop->n_ticks++;
    loop->ticks[n].tick = tick;
    loop->ticks[n].user = user;
    loop->ticks[n].period_ms = period_ms;
    loop->ticks[n].due_ms = loop->now.monotonic_ms + period_ms;
}

void loop_each_pass(struct loop *loop, loop_hook *hook, void *user)
{
    assert(loop->n_hooks < CALLS);
    loop->hooks[loop->n_hooks].hook = hook;
    loop->hooks[loop->n_hooks++].user = user;
}

const struct clock_time *loop_now(const struct loop *loop)
{
    return &loop->now;
}

void loop_pass(struct loop *loop, const struct clock_time *now)
{
    loop->now = *now;
    for (size_t i = 0; i < loop->n_ticks; i++) {
        if (loop->ticks[i].due_ms > now->monotonic_ms)
            continue;
        loop->ticks[i].due_ms = now->monotonic_ms + loop->ticks[i].period_ms;
        loop->ticks[i].tick(loop->ticks[i].user, now);
    }
    for (size_t i = 0; i < loop->n_hooks; i++)
        (void)loop->hooks[i].hook(loop->hooks[i].user, now);
}
