/* What ThreadSanitizer needs to be told; linked into builds with it alone.
 *
 * It knows pthread_create() and the locks of pthread.h, not those of threads.h, which librdkafka
 * uses: a thread started behind its back ends the process. So C11's are made of POSIX's here, and
 * stand before libc's. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

#define NANOSECONDS 1000000000L

static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "a mtx_t holds a pthread_mutex_t");
static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "a cnd_t holds a pthread_cond_t");

/* Libraries that are not built with it: their locks are seen, their atomic operations are not. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:librdkafka.so\n"
           "race:libmongoc-1.0.so\n"
           "race:libbson-1.0.so\n"
           "race:libcurl.so\n"
           "race:libfontconfig.so\n"
           "race:libglib-2.0.so\n"
           "race:libpangoft2-1.0.so\n";
}

struct start {
    thrd_start_t run;
    void *argument;
};

static int result_of(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case ENOMEM:
        return thrd_nomem;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    default:
        return thrd_error;
    }
}

static void *run(void *argument)
{
    const struct start start = *(struct start *)argument;
    free(argument);
    return (void *)(intptr_t)start.run(start.argument);
}

int thrd_create(thrd_t *ret_thread, thrd_start_t function, void *argument)
{
    struct start *start = malloc(sizeof *start);
    if (start == NULL)
        return thrd_nomem;
    *start = (struct start){.run = function, .argument = argument};
    int error = pthread_create(ret_thread, NULL, run, start);
    if (error != 0)
        free(start);
    return result_of(error);
}

int thrd_join(thrd_t thread, int *ret_result)
{
    void *result;
    int error = pthread_join(thread, &result);
    if (error == 0 && ret_result != NULL)
        *ret_result = (int)(intptr_t)result;
    return result_of(error);
}

/* Not known to every release of it, as pthread_timedjoin_np() is. */
int pthread_clockjoin_np(pthread_t thread, void **ret_result, clockid_t clock,
                         const struct timespec *until)
{
    struct timespec now, wall;
    (void)clock_gettime(clock, &now);
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    wall.tv_sec += until->tv_sec - now.tv_sec;
    wall.tv_nsec += until->tv_nsec - now.tv_nsec;
    wall.tv_sec += (wall.tv_nsec >= NANOSECONDS) - (wall.tv_nsec < 0);
    wall.tv_nsec += wall.tv_nsec < 0 ? NANOSECONDS : wall.tv_nsec >= NANOSECONDS ? -NANOSECONDS : 0;
    return pthread_timedjoin_np(thread, ret_result, &wall);
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    (void)pthread_mutexattr_init(&attributes);
    if ((type & mtx_recursive) != 0)
        (void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    int error = pthread_mutex_init((pthread_mutex_t *)mutex, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
    return result_of(error);
}

void mtx_destroy(mtx_t *mutex)
{
    (void)pthread_mutex_destroy((pthread_mutex_t *)mutex);
}

int mtx_lock(mtx_t *mutex)
{
    return result_of(pthread_mutex_lock((pthread_mutex_t *)mutex));
}

int mtx_unlock(mtx_t *mutex)
{
    return result_of(pthread_mutex_unlock((pthread_mutex_t *)mutex));
}

int cnd_init(cnd_t *condition)
{
    return result_of(pthread_cond_init((pthread_cond_t *)condition, NULL));
}

void cnd_destroy(cnd_t *condition)
{
    (void)pthread_cond_destroy((pthread_cond_t *)condition);
}

int cnd_signal(cnd_t *condition)
{
    return result_of(pthread_cond_signal((pthread_cond_t *)condition));
}

int cnd_broadcast(cnd_t *condition)
{
    return result_of(pthread_cond_broadcast((pthread_cond_t *)condition));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return result_of(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict until)
{
    return result_of(
        pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until));
}
