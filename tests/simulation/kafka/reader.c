/* libshared/kafka/reader.h over the simulated Kafka. */
#include "libshared/kafka/reader.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulation/kafka/parts.h"

#define SPANS 8
#define FETCH_US 300

struct span {
    char topic[64];
    int32_t partition;
    struct reading reading;
};
struct bus_reader {
    struct bus_reader *next;
    const struct node *node;
    struct span spans[SPANS];
    size_t n;
};

int bus_reader_open(const struct bus_config *bus, int64_t ahead_bytes,
                    struct bus_reader **ret_reader)
{
    (void)bus;
    (void)ahead_bytes;
    struct bus_reader *reader = calloc(1, sizeof *reader);
    *reader = (struct bus_reader){.next = broker->readers, .node = world_node()};
    broker->readers = reader;
    *ret_reader = reader;
    return 0;
}

void bus_reader_close(struct bus_reader *reader)
{
    for (struct bus_reader **at = &broker->readers; *at != NULL; at = &(*at)->next)
        if (*at == reader) {
            *at = reader->next;
            free(reader);
            return;
        }
}

void readers_wake(void)
{
    for (const struct bus_reader *at = broker->readers; at != NULL; at = at->next)
        world_wake(at);
}

void readers_node_ended(const struct node *node)
{
    for (struct bus_reader *at = broker->readers, *next; at != NULL; at = next) {
        next = at->next;
        if (node == NULL || at->node == node)
            bus_reader_close(at);
    }
}

int64_t readers_position(const struct simulated_topic *topic, int32_t partition)
{
    int64_t lowest = topic->logs[partition].end;
    for (const struct bus_reader *at = broker->readers; at != NULL; at = at->next)
        for (size_t i = 0; i < at->n; i++) {
            const struct span *span = &at->spans[i];
            if (span->partition == partition && strcmp(span->topic, topic->name) == 0 &&
                span->reading.position < lowest)
                lowest = span->reading.position;
        }
    return lowest;
}

/* --- Questions --- */

int bus_reader_partitions(struct bus_reader *reader, const char *topic, int timeout_ms,
                          int32_t *ret_partitions)
{
    (void)reader;
    world_call("count partitions");
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    const struct simulated_topic *found = broker_topic(topic);
    if (found == NULL)
        return -ENOENT;
    *ret_partitions = found->partitions;
    return 0;
}

int bus_reader_ends(struct bus_reader *reader, struct bus_partition *partitions, size_t n,
                    int timeout_ms)
{
    (void)reader;
    return bus_consumer_ends(NULL, partitions, n, timeout_ms);
}

int bus_reader_begins(struct bus_reader *reader, struct bus_partition *partitions, size_t n,
                      int timeout_ms)
{
    (void)reader;
    return bus_consumer_begins(NULL, partitions, n, timeout_ms);
}

/* --- Reading --- */

static struct span *span_of(struct bus_reader *reader, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < reader->n; i++)
        if (reader->spans[i].partition == partition && strcmp(reader->spans[i].topic, topic) == 0)
            return &reader->spans[i];
    return NULL;
}

int bus_reader_start(struct bus_reader *reader, const char *topic, int32_t partition,
                     int64_t offset)
{
    struct span *span = span_of(reader, topic, partition);
    if (span == NULL) {
        assert(reader->n < SPANS);
        span = &reader->spans[reader->n++];
        span->partition = partition;
        (void)snprintf(span->topic, sizeof span->topic, "%s", topic);
    }
    span->reading = (struct reading){true, offset, -1};
    return 0;
}

void bus_reader_stop(struct bus_reader *reader, const char *topic, int32_t partition)
{
    struct span *span = span_of(reader, topic, partition);
    if (span != NULL)
        *span = reader->spans[--reader->n];
}

static bool take_any(struct bus_reader *reader, struct bus_message *ret_message)
{
    for (size_t i = 0; i < reader->n; i++)
        if (reading_take(&reader->spans[i].reading, reader->spans[i].topic,
                         reader->spans[i].partition, ret_message))
            return true;
    return false;
}

int bus_reader_poll(struct bus_reader *reader, int timeout_ms, struct bus_message *ret_message)
{
    world_call("poll");
    if (take_any(reader, ret_message))
        return 1;
    if (timeout_ms > 0) {
        world_wait_for(reader, world->now + (int64_t)timeout_ms * 1000);
        world_wait(FETCH_US);
    }
    return take_any(reader, ret_message);
}

void bus_reader_signal(struct bus_reader *reader, int fd)
{
    (void)reader;
    (void)fd;
}

int64_t bus_reader_end(struct bus_reader *reader, const char *topic, int32_t partition)
{
    const struct span *span = span_of(reader, topic, partition);
    return span != NULL ? span->reading.fetched : -1;
}
