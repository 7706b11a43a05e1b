/* fact_position: how far a reader of an event's facts has come: the next offset in each of the four
 * topics of facts, in the partition that the event has in all of them. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FACT_TOPICS 4
#define FACT_POSITION_SIZE (FACT_TOPICS * 20 + 1)

extern const char *const fact_topics[FACT_TOPICS];

struct fact_position {
    int64_t next[FACT_TOPICS]; /* in the order of fact_topics */
};

void fact_position_write(char out[FACT_POSITION_SIZE], const struct fact_position *position);
/* False, nothing touched: it is none. */
bool fact_position_read(const char *text, struct fact_position *ret_position);
