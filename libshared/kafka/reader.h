/* reader: partitions of any topics, read without a group and without commits.
 *
 * For a member of a group (consumer.h), for replies, and for followers of facts. Each partition
 * begins and ends to be read by itself. One thread at a time uses a reader. Where its questions
 * have failed for 5 s it goes on with another handle of librdkafka, and again after twice as long.
 */
#pragma once

#include "libshared/kafka/bus.h"

struct bus_reader;

/* `ahead_bytes`: kept in memory before they are polled, at most. Reads also what a transaction of
 * its producer has not committed, so that none that stays open holds up what is behind it. */
int bus_reader_open(const struct bus_config *bus, int64_t ahead_bytes,
                    struct bus_reader **ret_reader) __attribute__((warn_unused_result));
/* Likewise, but only what is committed: a transaction that is open is waited for. */
int bus_reader_open_committed(const struct bus_config *bus, int64_t ahead_bytes,
                              struct bus_reader **ret_reader) __attribute__((warn_unused_result));
void bus_reader_close(struct bus_reader *reader);

/* How many partitions a topic has; asking never makes a topic. Blocks up to `timeout_ms`. */
int bus_reader_partitions(struct bus_reader *reader, const char *topic, int timeout_ms,
                          int32_t *ret_partitions) __attribute__((warn_unused_result));
/* Fills `offset` of each with the one behind its last message. Blocks up to `timeout_ms`, also
 * where a leader is gone; then none is filled. */
int bus_reader_ends(struct bus_reader *reader, struct bus_partition *partitions, size_t n,
                    int timeout_ms) __attribute__((warn_unused_result));
/* Likewise, with that of the first message kept. */
int bus_reader_begins(struct bus_reader *reader, struct bus_partition *partitions, size_t n,
                      int timeout_ms) __attribute__((warn_unused_result));

/* Reads the partition from `offset` on (absolute, or BUS_BEGINNING), also one that is read already:
 * what was fetched of it is forgotten. An offset that the log does not have begins at the earliest.
 * -EINVAL: a name that no topic can have. */
int bus_reader_start(struct bus_reader *reader, const char *topic, int32_t partition,
                     int64_t offset) __attribute__((warn_unused_result));
/* Ends reading it, if it is read. Fetched messages are dropped. */
void bus_reader_stop(struct bus_reader *reader, const char *topic, int32_t partition);

/* 1: `ret_message` is the caller's, to free; of a partition that is read. 0: none within
 * `timeout_ms`. A batch that cannot be unpacked is one message with `unreadable`, and no value. */
int bus_reader_poll(struct bus_reader *reader, int timeout_ms, struct bus_message *ret_message)
    __attribute__((warn_unused_result));
/* `fd` (an eventfd, borrowed) is signalled when there is something to poll. Poll until 0, and from
 * time to time without a signal. */
void bus_reader_signal(struct bus_reader *reader, int fd);
/* The offset behind the last message that the broker had when it last sent some; -1: unknown. Does
 * not ask. */
int64_t bus_reader_end(struct bus_reader *reader, const char *topic, int32_t partition);
