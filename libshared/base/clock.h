/* clock: the two clocks, and times as text.
 *
 * Only loops read a clock; everything below them is handed `now`. Wall times are milliseconds since
 * 1970-01-01T00:00:00Z. Text is RFC 3339 section 5.6; out it is always UTC with milliseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_monotonic_ms(void); /* never goes back; for deadlines within one process */

/* The time that a loop reads once a pass and hands down. */
struct clock_time {
    int64_t wall_ms;
    int64_t monotonic_ms;
    int64_t monotonic_us; /* the same clock, for durations */
};
struct clock_time clock_read(void);

#define CLOCK_TEXT_SIZE 25
/* The first and the last time that RFC 3339 can write. */
#define CLOCK_FIRST_MS INT64_C(-62167219200000)
#define CLOCK_LAST_MS INT64_C(253402300799999)
/* Writes e.g. 2026-05-01T18:00:00.000Z, of a time between the two. */
void clock_format(char out[CLOCK_TEXT_SIZE], int64_t wall_ms);
/* Reads a date-time with any offset and up to nine decimals (cut to milliseconds).
 * False, *ret_ms untouched, if the text is not RFC 3339, names no such day or time, or a time
 * before the first or behind the last. */
bool clock_parse(const char *text, int64_t *ret_ms);
