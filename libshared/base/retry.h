/* retry: when to try again what fails, each time after a pause twice as long.
 *
 * Milliseconds of any clock that the caller keeps to. Pure; one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct retry {
    int64_t first_ms, most_ms; /* the caller's: the first pause, and the longest */
    int64_t pause_ms;          /* the last one; 0: there was none */
    int64_t due_at;            /* 0: nothing is planned */
};

/* Plans the next try, and returns when. */
int64_t retry_plan(struct retry *retry, int64_t now);
/* Something is planned, and its time has come. */
bool retry_is_due(const struct retry *retry, int64_t now);
/* Nothing is planned any more. The next pause is as long as if this one had passed. */
void retry_cancel(struct retry *retry);
/* It went well: nothing is planned, and the next pause is the first again. */
void retry_reset(struct retry *retry);
