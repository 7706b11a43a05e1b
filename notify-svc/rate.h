/* rate: how many messages a channel may begin in a second: a bucket of tokens that fills with time.
 *
 * It holds those of a tenth of a second, and one at least, so that a second never has many more
 * than were asked for. Pure; times are microseconds of a clock that never goes back. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rate {
    int64_t per_second; /* 0: no limit */
    int64_t millionths; /* of a message, in the bucket */
    int64_t filled_us;
};

void rate_open(struct rate *rate, int64_t per_second, int64_t now_us);
/* Takes a token if there is one. */
bool rate_take(struct rate *rate, int64_t now_us);
/* How long until there is one, in milliseconds; 0: there is. */
int64_t rate_wait_ms(const struct rate *rate, int64_t now_us);
