/* backlog: commands of a partition number that were decided before it was taken over, and whose
 * facts may not be published yet.
 *
 * Facts before the group's committed offsets are published. The fence says how far each topic was
 * decided. The commands between are read first, of all topics, and the facts of their receipts are
 * published in the order of their sequences: before the new owner decides anything, and before any
 * command is read again. One thread. */
#pragma once

#include "db-svc/store/store.h"
#include "db-svc/writer/publisher.h"
#include "libshared/contract/topic.h"
#include "libshared/kafka/bus.h"

struct backlog;

/* The backlog of partition number `partition` of `partitions`. No fact with a sequence above
 * `newest` belongs to it. */
struct backlog *backlog_new(const void *arena, int32_t partition, int32_t partitions,
                            int64_t newest);
/* Commands of this topic before the offset `end` belong to it. */
void backlog_expect(struct backlog *backlog, int topic, int64_t end);
/* Takes the message. Returns whether more of its topic is expected. */
bool backlog_put(struct backlog *backlog, int topic, struct bus_message *message_take);
/* Whether it should be run before more is put. */
bool backlog_is_full(const struct backlog *backlog);
/* Whether all that is expected was put. */
bool backlog_is_read(const struct backlog *backlog);
/* Loads the receipts of what was put; once all is read, publishes as much as is sent at a time.
 * 1: all is published. 0: run it again, at once if `*ret_busy`, else when more was put or the
 * publisher has room. The store's -errno. */
int backlog_run(struct backlog *backlog, struct store *store, struct publisher *publisher,
                bool *ret_busy) __attribute__((warn_unused_result));
