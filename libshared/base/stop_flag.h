/* stop_flag: asks a thread to end, and wakes it while it waits.
 *
 * One thread waits, another stops it and joins it. Times are milliseconds of a monotonic clock. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct stop_flag {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopped;
};

void stop_flag_open(struct stop_flag *flag);
void stop_flag_close(struct stop_flag *flag);
void stop_flag_set(struct stop_flag *flag);
/* Waits; true, at once, when the flag is set. */
bool stop_flag_wait(struct stop_flag *flag, int wait_ms);
