/* reader: partitions of one topic, read without a group and without commits.
 *
 * For replies (from the present end) and for followers of facts (from any offset). Start may be
 * called on another thread, once, before or while nobody polls; polling is for one thread. */
#pragma once

#include "libshared/kafka/bus.h"

struct bus_reader;

int bus_reader_open(const struct bus_config *bus, const char *topic, struct bus_reader **ret_reader)
    __attribute__((warn_unused_result));
void bus_reader_close(struct bus_reader *reader);

/* Partitions of the reader's topic, or of any; asking never makes a topic. Blocks up to
 * `timeout_ms`. */
int bus_reader_partitions(struct bus_reader *reader, const char *topic, int timeout_ms,
                          int32_t *ret_partitions) __attribute__((warn_unused_result));
/* The offset behind the last message of `partition`. Before the first start, lest it waits behind
 * a fetch. Blocks up to `timeout_ms`. */
int bus_reader_end(struct bus_reader *reader, int32_t partition, int timeout_ms,
                   int64_t *ret_offset) __attribute__((warn_unused_result));
/* Reads `partition` from `offset` on: absolute, BUS_BEGINNING or BUS_END; the last two are resolved
 * here, before it returns, so that nothing written afterwards is skipped. Blocks up to
 * `timeout_ms` for that. Once a partition. */
int bus_reader_start(struct bus_reader *reader, int32_t partition, int64_t offset, int timeout_ms,
                     int64_t *ret_offset) __attribute__((warn_unused_result));

/* 1: `ret_message` is the caller's, to free. 0: none within `timeout_ms`. */
int bus_reader_poll(struct bus_reader *reader, int timeout_ms, struct bus_message *ret_message)
    __attribute__((warn_unused_result));
/* `fd` (an eventfd, borrowed) is signalled when there is something to poll. Poll until 0, and from
 * time to time without a signal. */
void bus_reader_signal(struct bus_reader *reader, int fd);
