#include "libshared/kafka/reader.h"

#include <errno.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/native.h"

/* librdkafka's simple consumer: its assign() would want a group. */
struct bus_reader {
    rd_kafka_t *handle;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    int32_t *started;
    size_t n_started;
};

int bus_reader_open(const struct bus_config *bus, const char *topic, struct bus_reader **ret_reader)
{
    static const struct native_property properties[] = {
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"},
        {"fetch.wait.max.ms", "100"},
        {"fetch.min.bytes", "1"},
        {"fetch.error.backoff.ms", "100"},
        {NULL, NULL},
    };
    char error[BUS_ERROR_SIZE];
    struct bus_reader *reader = mem_new(NULL, struct bus_reader);
    const int r =
        native_open(RD_KAFKA_CONSUMER, native_conf(bus, properties, error), error, &reader->handle);
    if (r < 0) {
        mem_free(reader);
        return r;
    }
    reader->topic = rd_kafka_topic_new(reader->handle, topic, NULL);
    if (reader->topic == NULL) {
        rd_kafka_destroy(reader->handle);
        mem_free(reader);
        return -EINVAL;
    }
    reader->queue = rd_kafka_queue_new(reader->handle);
    *ret_reader = reader;
    return 0;
}

void bus_reader_close(struct bus_reader *reader)
{
    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->n_started; i++)
        (void)rd_kafka_consume_stop(reader->topic, reader->started[i]);
    rd_kafka_queue_destroy(reader->queue);
    rd_kafka_topic_destroy(reader->topic);
    rd_kafka_destroy(reader->handle);
    mem_free(reader);
}

int bus_reader_partitions(struct bus_reader *reader, const char *topic, int timeout_ms,
                          int32_t *ret_partitions)
{
    return native_partitions(reader->handle, topic, timeout_ms, ret_partitions, NULL);
}

int bus_reader_end(struct bus_reader *reader, int32_t partition, int timeout_ms,
                   int64_t *ret_offset)
{
    int64_t low;
    return native_watermarks(reader->handle, rd_kafka_topic_name(reader->topic), partition,
                             timeout_ms, &low, ret_offset);
}

int bus_reader_start(struct bus_reader *reader, int32_t partition, int64_t offset, int timeout_ms,
                     int64_t *ret_offset)
{
    if (offset < 0) {
        int64_t low, high;
        const int r = native_watermarks(reader->handle, rd_kafka_topic_name(reader->topic),
                                        partition, timeout_ms, &low, &high);
        if (r < 0)
            return r;
        offset = offset == BUS_BEGINNING ? low : high;
    }
    if (rd_kafka_consume_start_queue(reader->topic, partition, offset, reader->queue) != 0)
        return native_errno(rd_kafka_last_error());
    reader->started = mem_grow(reader, reader->started, int32_t, reader->n_started + 1);
    reader->started[reader->n_started++] = partition;
    *ret_offset = offset;
    return 0;
}

int bus_reader_poll(struct bus_reader *reader, int timeout_ms, struct bus_message *ret_message)
{
    for (;;) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(reader->queue, timeout_ms);
        if (message == NULL) {
            (void)rd_kafka_poll(reader->handle, 0);
            return 0;
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            native_message(message, ret_message);
            return 1;
        }
        /* Errors pass by themselves; behind one there may be messages. */
        rd_kafka_message_destroy(message);
    }
}

void bus_reader_signal(struct bus_reader *reader, int fd)
{
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(reader->queue, fd, &one, sizeof one);
}
