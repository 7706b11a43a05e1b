#include "libshared/base/stop_flag.h"

#include <errno.h>
#include <time.h>

void stop_flag_open(struct stop_flag *flag)
{
    pthread_condattr_t monotonic;
    flag->stopped = false;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&flag->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&flag->mutex, NULL);
}

void stop_flag_close(struct stop_flag *flag)
{
    (void)pthread_cond_destroy(&flag->wake);
    (void)pthread_mutex_destroy(&flag->mutex);
}

void stop_flag_set(struct stop_flag *flag)
{
    (void)pthread_mutex_lock(&flag->mutex);
    flag->stopped = true;
    (void)pthread_cond_signal(&flag->wake);
    (void)pthread_mutex_unlock(&flag->mutex);
}

static struct timespec after(int wait_ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += wait_ms % 1000 * 1000000L;
    at.tv_sec += at.tv_nsec / 1000000000L;
    at.tv_nsec %= 1000000000L;
    return at;
}

bool stop_flag_wait(struct stop_flag *flag, int wait_ms)
{
    const struct timespec until = after(wait_ms);
    (void)pthread_mutex_lock(&flag->mutex);
    while (!flag->stopped &&
           pthread_cond_timedwait(&flag->wake, &flag->mutex, &until) != ETIMEDOUT) {
    }
    bool stopped = flag->stopped;
    (void)pthread_mutex_unlock(&flag->mutex);
    return stopped;
}
