/* arrivals: since when the messages of a partition have been there, at least, by the clock of this
 * process.
 *
 * Their timestamps are the broker's, whose clock may step. This is known without it: when the
 * broker said where the log ends, all before that end was written. A message that nobody looked for
 * counts as fresh, and no message counts as older than it is. One for each partition of a topic.
 * Pure; one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ARRIVALS 64
struct arrivals {
    struct {
        int64_t at; /* monotonic, ms */
        int64_t end;
    } ends[ARRIVALS]; /* both rise */
    size_t n;
};

void arrivals_forget(struct arrivals *arrivals);
/* At `now_ms` the log ended at `end`; -1: unknown. One that ends before what was seen is another
 * log: the messages of the one before are forgotten. */
void arrivals_saw(struct arrivals *arrivals, int64_t now_ms, int64_t end);
/* For how long the message has been there, at least; 0: it may have come just now. The older, the
 * coarser: by up to a quarter. */
int64_t arrivals_age_ms(const struct arrivals *arrivals, int64_t now_ms, int64_t offset);
