/* duration: lengths of time by the calendar and by the clock, as ISO 8601 writes them.
 *
 * P1M is another month whatever its length, P1D the same time of another day; PT24H is 24 hours.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct duration {
    int64_t months, days; /* by the calendar */
    int64_t ms;           /* by the clock */
};

/* Reads e.g. P1D, PT2H30M, P1Y2M3DT4H5M6S or P2W: whole numbers, in this order, weeks alone.
 * False, *ret_duration untouched: it is none, it is nothing, or it is longer than ten years. */
bool duration_parse(const char *text, struct duration *ret_duration);
