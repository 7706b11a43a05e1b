/* publisher: what a batch has to tell, and how far the topics may be committed.
 *
 * Replies are sent and forgotten. Facts, deliveries, commands that follow, dead letters and
 * messages sent on are counted: the offsets of a batch are given out only once all that was counted
 * in it and before it is acknowledged. A message that the broker refuses for good is logged and
 * counted, and blocks no other. One thread. */
#pragma once

#include "db-svc/reply_drops.h"
#include "db-svc/writer/input.h"
#include "libshared/base/settings.h"
#include "libshared/kafka/bus.h"
#include "libshared/kafka/producer.h"

struct publisher;
/* `bus` and `settings` are borrowed until close. */
int publisher_open(void *arena, const struct bus_config *bus, const struct settings *settings,
                   struct publisher **ret_publisher) __attribute__((warn_unused_result));
void publisher_close(struct publisher *publisher);
/* Whether messages can be sent at once; blocks for some milliseconds at most when they can. */
int publisher_warm(struct publisher *publisher) __attribute__((warn_unused_result));

/* Whether another batch can be sent: the broker keeps up. */
bool publisher_has_room(const struct publisher *publisher);
/* Sends what the inputs' receipts say. Copies everything. */
void publisher_send(struct publisher *publisher, const struct input *inputs, size_t n, int64_t now);
/* Sends the facts of the receipts, in their order; NULLs are left out. They count before all that
 * is sent later. Copies everything. */
void publisher_send_facts(struct publisher *publisher, const struct receipt *const *receipts,
                          size_t n);
/* A command of the writer's own, as from a timer; not counted. -EAGAIN and the like: not sent. */
int publisher_command(struct publisher *publisher, const struct outgoing *command, int64_t now)
    __attribute__((warn_unused_result));

/* Serves delivery reports, for at most `timeout_ms`. */
void publisher_poll(struct publisher *publisher, int timeout_ms);
/* Whether something counted was given up that the broker may take another time: what is uncommitted
 * has to be read again. */
bool publisher_failed(const struct publisher *publisher);
/* How many messages were refused for good; and replies that never reached anybody. Any thread. */
uint64_t publisher_refused(const struct publisher *publisher);
struct reply_drops *publisher_drops(const struct publisher *publisher);
/* The offsets behind all that is acknowledged, since the last call; at most `max` partitions. */
size_t publisher_acknowledged(struct publisher *publisher, struct bus_partition *ret_offsets,
                              size_t max);
/* Waits until all that is counted is acknowledged; false if it is not in time. */
bool publisher_settle(struct publisher *publisher, int timeout_ms);
/* Forgets the batches and the failure: the partitions are another's, or are read again. */
void publisher_forget(struct publisher *publisher);
