/* The loop: descriptors, timers, hooks, signals. */
#include "tests/support/check_main.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/service/loop.h"

struct seen {
    struct loop *loop;
    int fd, other, ready, ticks, passes, stops;
    int64_t first_us, last_us;
};

static struct seen seen_new(void *arena)
{
    struct seen seen = {.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                        .other = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    ck_assert_int_eq(loop_open(arena, &seen.loop), 0);
    return seen;
}

static void on_ready(void *user, uint32_t events, const struct clock_time *now)
{
    struct seen *seen = user;
    eventfd_t value;
    ck_assert(events & EPOLLIN);
    ck_assert_int_gt(now->monotonic_us, 0);
    ck_assert_int_eq(eventfd_read(seen->fd, &value), 0);
    seen->ready++;
    loop_stop(seen->loop);
}

START_TEST(a_ready_descriptor_calls_back)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = seen_new(arena);
    ck_assert_int_eq(loop_add(seen.loop, seen.fd, EPOLLIN, on_ready, &seen), 0);
    ck_assert_int_eq(eventfd_write(seen.fd, 1), 0);
    ck_assert_int_eq(loop_run(seen.loop), 0);
    ck_assert_int_eq(seen.ready, 1);
}
END_TEST

static void remove_both(void *user, uint32_t events, const struct clock_time *now)
{
    (void)events, (void)now;
    struct seen *seen = user;
    loop_remove(seen->loop, seen->fd);
    loop_remove(seen->loop, seen->other);
    seen->ready++;
    loop_stop(seen->loop);
}

START_TEST(what_was_removed_is_not_called_even_if_due)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = seen_new(arena);
    ck_assert_int_eq(loop_add(seen.loop, seen.fd, EPOLLIN, remove_both, &seen), 0);
    ck_assert_int_eq(loop_add(seen.loop, seen.other, EPOLLIN, remove_both, &seen), 0);
    ck_assert_int_eq(eventfd_write(seen.fd, 1) + eventfd_write(seen.other, 1), 0);
    ck_assert_int_eq(loop_run(seen.loop), 0);
    ck_assert_int_eq(seen.ready, 1);
}
END_TEST

static void on_tick(void *user, const struct clock_time *now)
{
    struct seen *seen = user;
    seen->last_us = now->monotonic_us;
    if (++seen->ticks == 3)
        loop_stop(seen->loop);
}

START_TEST(a_timer_fires_with_its_period)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = seen_new(arena);
    int64_t before = clock_read().monotonic_ms;
    loop_every(seen.loop, 2, on_tick, &seen);
    ck_assert_int_eq(loop_run(seen.loop), 0);
    ck_assert_int_eq(seen.ticks, 3);
    ck_assert_int_ge(seen.last_us / 1000, before + 6);
}
END_TEST

static int64_t on_pass(void *user, const struct clock_time *now)
{
    (void)now;
    struct seen *seen = user;
    if (++seen->passes == 5)
        loop_stop(seen->loop);
    return 0;
}

static int64_t no_opinion(void *user, const struct clock_time *now)
{
    (void)user, (void)now;
    return LOOP_ANY_SLEEP;
}

START_TEST(a_hook_may_forbid_sleep)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = seen_new(arena);
    loop_each_pass(seen.loop, no_opinion, &seen);
    loop_each_pass(seen.loop, on_pass, &seen);
    loop_each_pass(seen.loop, no_opinion, &seen);
    ck_assert_int_eq(loop_run(seen.loop), 0);
    ck_assert_int_eq(seen.passes, 5);
}
END_TEST

static int64_t count_pass(void *user, const struct clock_time *now)
{
    (void)now;
    ((struct seen *)user)->passes++;
    return LOOP_ANY_SLEEP;
}

START_TEST(a_descriptor_without_callback_only_wakes)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = seen_new(arena);
    ck_assert_int_eq(loop_add(seen.loop, seen.other, EPOLLIN | EPOLLET, NULL, NULL), 0);
    loop_each_pass(seen.loop, count_pass, &seen);
    loop_every(seen.loop, 2, on_tick, &seen);
    ck_assert_int_eq(eventfd_write(seen.other, 1), 0);
    ck_assert_int_eq(loop_run(seen.loop), 0);
    ck_assert_int_ge(seen.passes, 3);
}
END_TEST

static void on_stop(void *user, const struct clock_time *now)
{
    (void)now;
    struct seen *seen = user;
    if (++seen->stops == 2)
        loop_stop(seen->loop);
    else
        (void)kill(getpid(), SIGINT);
}

START_TEST(sigterm_and_sigint_ask_to_stop)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = seen_new(arena);
    ck_assert_int_eq(loop_on_stop(seen.loop, on_stop, &seen), 0);
    (void)kill(getpid(), SIGTERM);
    ck_assert_int_eq(loop_run(seen.loop), 0);
    ck_assert_int_eq(seen.stops, 2);
}
END_TEST

CHECK_MAIN("loop", a_ready_descriptor_calls_back, what_was_removed_is_not_called_even_if_due,
           a_timer_fires_with_its_period, a_hook_may_forbid_sleep,
           a_descriptor_without_callback_only_wakes, sigterm_and_sigint_ask_to_stop)
