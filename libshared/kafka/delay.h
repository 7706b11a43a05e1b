/* delay: how old a message is, whatever the clocks say.
 *
 * The broker's clock writes the timestamp, and a monotonic clock of this process reads it: their
 * difference is the least delay of the messages read live. It follows a step of either clock within
 * a second. While none was read live, a message counts as fresh: in doubt it is executed. One for
 * each partition of a topic, whose leader may have a clock of its own. Pure; one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct delay {
    bool known;
    int64_t least; /* of this stretch of time, and of the one before */
    int64_t least_before;
    int64_t stretch; /* which one */
    int64_t backlog; /* what lies before this offset was written while nobody read; -1: unknown */
};

/* Reading begins, or goes on after the reader stood still: what is there by now is no measure. */
void delay_begin(struct delay *delay);
/* A message was read at `now_ms`; `end` is the offset behind the last one that the broker had then,
 * -1 if unknown. `offset` rises. */
void delay_saw(struct delay *delay, int64_t now_ms, int64_t timestamp_ms, int64_t offset,
               int64_t end);
/* How long ago the message was written; at least 0. */
int64_t delay_age_ms(const struct delay *delay, int64_t now_ms, int64_t timestamp_ms);
