/* letter_log: the topics of dead letters, read in the order of topic, partition and offset, without
 * a group. One thread; blocks for some seconds at most. Internal to this room. */
#pragma once

#include <stdbool.h>

#include "libshared/kafka/bus.h"

struct letter_log;

int letter_log_open(const struct bus_config *bus, int32_t partitions, struct letter_log **ret_log)
    __attribute__((warn_unused_result));
void letter_log_close(struct letter_log *log); /* NULL is allowed */

/* Where a letter is, or where to go on. */
struct letter_place {
    const char *topic; /* NULL: at the first */
    int32_t partition;
    int64_t offset;
};
/* Whether there is such a topic and partition. */
bool letter_log_has(const struct letter_log *log, const struct letter_place *place);

/* 0: `ret_letter` is the caller's, to free. -ENOENT: there is none, or not any more. */
int letter_log_get(struct letter_log *log, const struct letter_place *place,
                   struct bus_message *ret_letter) __attribute__((warn_unused_result));

/* False: enough. The letter is borrowed. */
typedef bool letter_log_each(void *context, const struct bus_message *letter);
/* Calls `each` with those from `from` on, of `topic` alone unless that is NULL, until there are no
 * more, until it says so, or until a second has passed. `ret_next` is where to go on; its topic is
 * NULL at the end. -ETIMEDOUT: Kafka did not answer, and no letter was read. */
int letter_log_walk(struct letter_log *log, const char *topic, const struct letter_place *from,
                    letter_log_each *each, void *context, struct letter_place *ret_next)
    __attribute__((warn_unused_result));
