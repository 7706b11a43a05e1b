/* consumer: a member of a consumer group.
 *
 * Assignor `range`; nothing is committed by itself unless `auto_commit`. With callbacks the owner
 * decides where each partition starts; without, it starts at what the group committed, else at the
 * earliest. Callbacks run inside bus_consumer_poll() or _close(), on the caller's thread.
 *
 * One thread uses a consumer that has callbacks or is static; of others, several may poll one.
 * Static members (`instance_id`) do not leave on close: a restart within 6 s gets the same
 * partitions with no rebalance. One that was fenced comes back by itself as a new member, its
 * partitions revoked as lost: it can fence itself when the broker was away for longer than that. */
#pragma once

#include "libshared/kafka/bus.h"

struct bus_consumer;

struct bus_consumer_config {
    const char *group;
    const char *instance_id; /* NULL: a dynamic member, which leaves on close */
    const char *const *topics;
    size_t n_topics; /* 0: joins no group; bus_consumer_assign() says what is read */
    bool auto_commit;
    bool little_ahead; /* keeps few messages in memory, where they may be a great many */
    void *context;
    /* These partitions, all of them, are now ours. Offsets are BUS_COMMITTED: set `offset` of each
     * as it shall be assigned, or to BUS_LATER. May take its time: heartbeats go on. */
    void (*assigned)(void *context, struct bus_partition *partitions, size_t n);
    /* All are taken away after this returns. `lost`: they are gone already, commits would fail. */
    void (*revoked)(void *context, const struct bus_partition *partitions, size_t n, bool lost);
};

int bus_consumer_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                      struct bus_consumer **ret_consumer) __attribute__((warn_unused_result));
/* Revokes (told to the callback) and leaves the group unless static. NULL is allowed. */
void bus_consumer_close(struct bus_consumer *consumer);

/* 1: `ret_message` is the caller's, to free. 0: none within `timeout_ms` (or only an event, or a
 * passing error). -ENOENT, -EACCES: of a topic subscribed; goes on by itself once it is there or
 * allowed. -ESHUTDOWN: never of a static member. */
int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms,
                      struct bus_message *ret_message) __attribute__((warn_unused_result));

/* `fd` (an eventfd, borrowed) is signalled when there is something to poll. Poll until 0, and from
 * time to time without a signal. */
void bus_consumer_signal(struct bus_consumer *consumer, int fd);

/* Replaces what is read: partitions held, each from its offset (to go on, or to go back after a
 * failed batch); those left out, or with BUS_LATER, are not read until the next time. What was
 * fetched is forgotten. There is no pausing: librdkafka loses the start of a partition that is
 * paused or resumed while it is being assigned. */
int bus_consumer_assign(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n) __attribute__((warn_unused_result));

/* `offset` is the next to be read. `wait` false: returns at once, a failure is only logged. */
int bus_consumer_commit(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n, bool wait) __attribute__((warn_unused_result));
/* Fills `offset` with what the group committed, or BUS_NONE. Blocks up to `timeout_ms`. */
int bus_consumer_committed(struct bus_consumer *consumer, struct bus_partition *partitions,
                           size_t n, int timeout_ms) __attribute__((warn_unused_result));
/* The first offset kept and the one behind the last. Blocks up to `timeout_ms`. */
int bus_consumer_watermarks(struct bus_consumer *consumer, const char *topic, int32_t partition,
                            int timeout_ms, int64_t *ret_low, int64_t *ret_high)
    __attribute__((warn_unused_result));
/* The cluster's id; lives as long as the consumer, one thread asks. Blocks up to `timeout_ms`. */
int bus_consumer_cluster_id(struct bus_consumer *consumer, int timeout_ms, const char **ret_id)
    __attribute__((warn_unused_result));
