/* As much of libshared/service/loop.h as notify-svc's deliveries use. */
#include "tests/simulation/notify/loop.h"

#include "libshared/base/mem.h"

struct loop {
    loop_hook *hook;
    void *user;
};

int loop_open(const void *arena, struct loop **ret_loop)
{
    *ret_loop = mem_new(arena, struct loop);
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

void loop_each_pass(struct loop *loop, loop_hook *hook, void *user)
{
    loop->hook = hook;
    loop->user = user;
}

void loop_pass(struct loop *loop, const struct clock_time *now)
{
    (void)loop->hook(loop->user, now);
}
