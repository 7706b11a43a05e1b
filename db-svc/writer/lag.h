/* lag: how far behind the broker's clock a message is, with the difference of the clocks taken off.
 *
 * The smallest delay seen over the last minutes is taken for the clocks' difference. While little
 * has been seen, a message counts as fresh: in doubt it is executed. Pure; one thread. */
#pragma once

#include <stdint.h>

struct lag {
    int64_t least, least_before; /* of this minute and the one before */
    int64_t minute;              /* 0: nothing seen */
};

void lag_saw(struct lag *lag, int64_t now_ms, int64_t timestamp_ms);
/* How long ago, by the broker's clock, the message was written; at least 0. */
int64_t lag_age_ms(const struct lag *lag, int64_t now_ms, int64_t timestamp_ms);
