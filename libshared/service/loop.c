#include "libshared/service/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "libshared/base/mem.h"

#define EVENTS 64

struct watch {
    int fd;
    loop_ready *ready;
    void *user;
    bool removed;
    LIST_ENTRY(watch) link;
};

struct timer {
    int64_t period_ms, due_ms;
    loop_tick *tick;
    void *user;
};

struct hook {
    loop_hook *run;
    void *user;
};

LIST_HEAD(watches, watch);

struct loop {
    int epoll, signals;
    bool stopping;
    struct watches watches, removed;
    struct timer *timers;
    size_t timer_count;
    struct hook *hooks;
    size_t hook_count;
    loop_tick *stop;
    void *stop_user;
    struct clock_time now;
};

static int loop_free(struct loop *loop)
{
    (void)close(loop->epoll);
    if (loop->signals >= 0)
        (void)close(loop->signals);
    return 0;
}

int loop_open(const void *arena, struct loop **ret_loop)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return -errno;
    struct loop *loop = mem_new(arena, struct loop);
    loop->epoll = epoll;
    loop->signals = -1;
    loop->now = clock_read();
    talloc_set_destructor(loop, loop_free);
    *ret_loop = loop;
    return 0;
}

int loop_add(struct loop *loop, int fd, uint32_t events, loop_ready *ready, void *user)
{
    struct watch *watch = mem_new(loop, struct watch);
    *watch = (struct watch){.fd = fd, .ready = ready, .user = user};
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        int r = -errno;
        mem_free(watch);
        return r;
    }
    LIST_INSERT_HEAD(&loop->watches, watch, link);
    return 0;
}

void loop_remove(struct loop *loop, int fd)
{
    struct watch *watch;
    LIST_FOREACH (watch, &loop->watches, link)
        if (watch->fd == fd)
            break;
    if (watch == NULL)
        return;
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
    watch->removed = true;
    LIST_REMOVE(watch, link);
    LIST_INSERT_HEAD(&loop->removed, watch, link); /* an event of this pass may still point to it */
}

void loop_every(struct loop *loop, int64_t period_ms, loop_tick *tick, void *user)
{
    loop->timers = mem_grow(loop, loop->timers, struct timer, loop->timer_count + 1);
    loop->timers[loop->timer_count++] = (struct timer){
        .period_ms = period_ms,
        .due_ms = clock_monotonic_ms() + period_ms,
        .tick = tick,
        .user = user,
    };
}

void loop_each_pass(struct loop *loop, loop_hook *hook, void *user)
{
    loop->hooks = mem_grow(loop, loop->hooks, struct hook, loop->hook_count + 1);
    loop->hooks[loop->hook_count++] = (struct hook){hook, user};
}

static void on_signal(void *user, uint32_t events, const struct clock_time *now)
{
    (void)events;
    struct loop *loop = user;
    struct signalfd_siginfo info;
    while (read(loop->signals, &info, sizeof info) == (ssize_t)sizeof info)
        loop->stop(loop->stop_user, now);
}

int loop_on_stop(struct loop *loop, loop_tick *stop, void *user)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    int r = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (r != 0)
        return -r;
    loop->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop->signals < 0)
        return -errno;
    loop->stop = stop;
    loop->stop_user = user;
    return loop_add(loop, loop->signals, EPOLLIN, on_signal, loop);
}

static void dispatch(const struct epoll_event *events, int count, const struct clock_time *now)
{
    for (int i = 0; i < count; i++) {
        const struct watch *watch = events[i].data.ptr;
        if (!watch->removed && watch->ready != NULL)
            watch->ready(watch->user, events[i].events, now);
    }
}

static void fire_timers(struct loop *loop, const struct clock_time *now)
{
    for (size_t i = 0; i < loop->timer_count; i++) {
        struct timer *timer = &loop->timers[i];
        if (timer->due_ms > now->monotonic_ms)
            continue;
        timer->due_ms += timer->period_ms;
        if (timer->due_ms <= now->monotonic_ms)
            timer->due_ms = now->monotonic_ms + timer->period_ms;
        timer->tick(timer->user, now); /* last: it may add a timer, which moves them all */
    }
}

static int64_t shorter(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int64_t run_hooks(struct loop *loop, const struct clock_time *now)
{
    int64_t sleep = LOOP_ANY_SLEEP;
    for (size_t i = 0; i < loop->hook_count; i++)
        sleep = shorter(sleep, loop->hooks[i].run(loop->hooks[i].user, now));
    for (size_t i = 0; i < loop->timer_count; i++) {
        int64_t left = loop->timers[i].due_ms - now->monotonic_ms;
        sleep = shorter(sleep, left > 0 ? left : 0);
    }
    return sleep;
}

static void bury_removed(struct loop *loop)
{
    struct watch *watch;
    while ((watch = LIST_FIRST(&loop->removed)) != NULL) {
        LIST_REMOVE(watch, link);
        mem_free(watch);
    }
}

int loop_run(struct loop *loop)
{
    int64_t sleep = 0;
    loop->stopping = false;
    while (!loop->stopping) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(loop->epoll, events, EVENTS, sleep < INT_MAX ? (int)sleep : INT_MAX);
        if (count < 0 && errno != EINTR)
            return -errno;
        loop->now = clock_read();
        dispatch(events, count, &loop->now);
        fire_timers(loop, &loop->now);
        sleep = run_hooks(loop, &loop->now);
        bury_removed(loop);
    }
    return 0;
}

const struct clock_time *loop_now(const struct loop *loop)
{
    return &loop->now;
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}
