/* consumer: a member of a consumer group, and a reader of partitions.
 *
 * The group says which partitions are this member's. Its owner says which of them are read, and
 * from where. Membership and reading are two handles of librdkafka: partitions begin and end to be
 * read one by one, at once, while the others go on. (An assignment of librdkafka's takes all of
 * them down when one changes; changed again before that is through, it aborts the process.)
 *
 * One thread uses a consumer. Callbacks run inside bus_consumer_poll(), _serve() or _close().
 *
 * Assignor `range`. Members do not leave on close: a static one (`instance_id`) that is started
 * again within 6 s gets the same partitions with no rebalance. One that was fenced comes back by
 * itself as a new member, its partitions revoked as lost: it can fence itself when the broker was
 * away for longer than that. */
#pragma once

#include "libshared/kafka/bus.h"

struct bus_consumer;

struct bus_consumer_config {
    const char *group;
    const char *instance_id; /* NULL: a dynamic member, missed until its session ends */
    const char *const *topics;
    size_t n_topics;
    /* Reads all that is assigned, from what the group committed, else from the earliest, and
     * commits what was returned by bus_consumer_poll(), once a second. Takes no callbacks. */
    bool automatic;
    /* Only what transactions have committed: of those whose messages must not be done in vain. */
    bool committed;
    int64_t ahead_bytes; /* kept in memory before they are polled, at most; 0: 8 MiB */
    /* Without an assignment for so long it joins anew with another handle of librdkafka, which can
     * wait for one for ever; again after twice as long, up to a minute. 0: 8 s */
    int64_t join_ms;
    void *context;
    /* These partitions, all of them, are now this member's; none is read yet. Names live until they
     * are revoked. */
    void (*assigned)(void *context, const struct bus_partition *partitions, size_t n);
    /* All are taken away after this returns, and are not read any more. `lost`: they are gone
     * already, commits would fail. */
    void (*revoked)(void *context, const struct bus_partition *partitions, size_t n, bool lost);
};

int bus_consumer_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                      struct bus_consumer **ret_consumer) __attribute__((warn_unused_result));
/* Revokes (told to the callback, which may still commit). Waits for the broker for `timeout_ms` at
 * most, beside what the callback waits. NULL is allowed. */
void bus_consumer_close(struct bus_consumer *consumer, int timeout_ms);

/* Reads a partition from `offset` on, absolute or BUS_BEGINNING, also one that is read already. An
 * offset that the log does not have begins at the earliest, which librdkafka logs. Messages fetched
 * before are dropped. */
int bus_consumer_read(struct bus_consumer *consumer, const char *topic, int32_t partition,
                      int64_t offset) __attribute__((warn_unused_result));
/* Ends reading it. Fetched messages are dropped. */
void bus_consumer_rest(struct bus_consumer *consumer, const char *topic, int32_t partition);

/* The group has said which partitions are this member's, be it none. */
bool bus_consumer_joined(const struct bus_consumer *consumer);

/* 1: `ret_message` is the caller's, to free; of a partition that is read. 0: none within
 * `timeout_ms` (or only an event, or a passing error). -ENOENT, -EACCES: of a topic subscribed;
 * goes on by itself once it is there or allowed. -ESHUTDOWN: only of a dynamic member.
 * A batch that no consumer can unpack is one message with `unreadable`, and no value. */
int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms,
                      struct bus_message *ret_message) __attribute__((warn_unused_result));
/* What the group says, without reading: for an owner who has no room for a message. */
void bus_consumer_serve(struct bus_consumer *consumer);
/* `fd` (an eventfd, borrowed) is signalled when there is something to poll; poll until 0, and from
 * time to time without a signal. */
void bus_consumer_signal(struct bus_consumer *consumer, int fd);
/* The offset behind the last message that the broker had when it last sent some; -1: unknown. Does
 * not ask. */
int64_t bus_consumer_end(struct bus_consumer *consumer, const char *topic, int32_t partition);

/* `offset` is the next to be read, `note` is kept with it. `timeout_ms` 0: returns at once, a
 * failure is only logged. */
int bus_consumer_commit(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n, int timeout_ms) __attribute__((warn_unused_result));
/* Fills `offset` with what the group committed, or BUS_NONE, and `note`. Blocks up to
 * `timeout_ms`. */
int bus_consumer_committed(struct bus_consumer *consumer, struct bus_partition *partitions,
                           size_t n, int timeout_ms) __attribute__((warn_unused_result));
/* Fills `offset` of each with that of the first message that the log has, or with the one behind
 * the last. Blocks up to `timeout_ms`, also where a leader is gone; then none is filled. */
int bus_consumer_begins(struct bus_consumer *consumer, struct bus_partition *partitions, size_t n,
                        int timeout_ms) __attribute__((warn_unused_result));
int bus_consumer_ends(struct bus_consumer *consumer, struct bus_partition *partitions, size_t n,
                      int timeout_ms) __attribute__((warn_unused_result));
/* The cluster's id as last heard, in `arena`. Blocks up to `timeout_ms` if nothing was heard. */
int bus_consumer_cluster_id(struct bus_consumer *consumer, const void *arena, int timeout_ms,
                            const char **ret_id) __attribute__((warn_unused_result));
