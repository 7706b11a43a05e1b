#include "libshared/service/background.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "libshared/base/mem.h"

struct background_work {
    TAILQ_ENTRY(background_work) next;
    struct background_task task;
};
TAILQ_HEAD(works, background_work);

struct background {
    struct loop *loop;
    pthread_t thread;
    int wake;
    size_t most, n_wanted; /* put and not told; the loop's */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct works waiting, done; /* under the lock, as what follows */
    bool ended;
};

/* --- The thread --- */

static struct background_work *next_work(struct background *background)
{
    struct background_work *work = NULL;
    (void)pthread_mutex_lock(&background->lock);
    while (!background->ended && (work = TAILQ_FIRST(&background->waiting)) == NULL)
        (void)pthread_cond_wait(&background->changed, &background->lock);
    if (work != NULL)
        TAILQ_REMOVE(&background->waiting, work, next);
    (void)pthread_mutex_unlock(&background->lock);
    return work;
}

static void hand_back(struct background *background, struct background_work *work)
{
    (void)pthread_mutex_lock(&background->lock);
    TAILQ_INSERT_TAIL(&background->done, work, next);
    (void)pthread_mutex_unlock(&background->lock);
    (void)eventfd_write(background->wake, 1);
}

static void *work_on(void *user)
{
    struct background *background = user;
    struct background_work *work;
    while ((work = next_work(background)) != NULL) {
        work->task.run(work->task.own);
        hand_back(background, work);
    }
    return NULL;
}

/* --- The loop --- */

static struct background_work *take(struct background *background, struct works *from)
{
    (void)pthread_mutex_lock(&background->lock);
    struct background_work *work = TAILQ_FIRST(from);
    if (work != NULL)
        TAILQ_REMOVE(from, work, next);
    (void)pthread_mutex_unlock(&background->lock);
    return work;
}

static void on_done(void *user, uint32_t events, const struct clock_time *now)
{
    (void)events;
    (void)now;
    struct background *background = user;
    struct background_work *work;
    eventfd_t count;
    (void)eventfd_read(background->wake, &count);
    while ((work = take(background, &background->done)) != NULL) {
        background->n_wanted--;
        if (work->task.done != NULL)
            work->task.done(work->task.context, work->task.own);
        mem_free(work->task.arena_take);
    }
}

struct background_work *background_put(struct background *background,
                                       const struct background_task *task)
{
    if (background->n_wanted == background->most) {
        mem_free(task->arena_take);
        return NULL;
    }
    struct background_work *work = mem_new(task->arena_take, struct background_work);
    work->task = *task;
    background->n_wanted++;
    (void)pthread_mutex_lock(&background->lock);
    TAILQ_INSERT_TAIL(&background->waiting, work, next);
    (void)pthread_cond_signal(&background->changed);
    (void)pthread_mutex_unlock(&background->lock);
    return work;
}

void background_forget(struct background_work *work)
{
    work->task.done = NULL;
}

/* Signals are the loop's. */
static int start_thread(struct background *background)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&background->thread, NULL, work_on, background);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -r;
}

int background_open(const void *arena, struct loop *loop, size_t most,
                    struct background **ret_background)
{
    struct background *background = mem_new(arena, struct background);
    background->loop = loop;
    background->most = most;
    TAILQ_INIT(&background->waiting);
    TAILQ_INIT(&background->done);
    (void)pthread_mutex_init(&background->lock, NULL);
    (void)pthread_cond_init(&background->changed, NULL);
    background->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (background->wake < 0)
        return -errno;
    int r = loop_add(loop, background->wake, EPOLLIN, on_done, background);
    if (r == 0)
        r = start_thread(background);
    if (r < 0) {
        (void)close(background->wake);
        return r;
    }
    *ret_background = background;
    return 0;
}

/* They go with the background's arena: whoever waits may still forget them. */
static void drop(struct background *background, struct works *works)
{
    struct background_work *work;
    while ((work = take(background, works)) != NULL)
        (void)talloc_steal(background, work->task.arena_take);
}

void background_close(struct background *background)
{
    (void)pthread_mutex_lock(&background->lock);
    background->ended = true;
    (void)pthread_cond_signal(&background->changed);
    (void)pthread_mutex_unlock(&background->lock);
    (void)pthread_join(background->thread, NULL);
    drop(background, &background->waiting);
    drop(background, &background->done);
    loop_remove(background->loop, background->wake);
    (void)close(background->wake);
}
