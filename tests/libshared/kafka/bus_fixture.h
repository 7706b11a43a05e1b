/* bus_fixture: producers, consumers and readers of a mock broker. */
#pragma once

#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/kafka/bus.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"

#define TEXT(n, v)                                                                                 \
    {                                                                                              \
        (n), (v), sizeof(v) - 1                                                                    \
    }
enum { AHEAD = 1048576 };

static const char *const topics[] = {"t"};

struct reports {
    size_t n, failed, certain;
    struct bus_delivery last;
};

static inline void count_report(void *context, const struct bus_delivery *delivery)
{
    struct reports *reports = context;
    reports->n++;
    reports->failed += delivery->error < 0;
    reports->certain += delivery->certainly_not_persisted;
    reports->last = *delivery;
    reports->last.topic = NULL;
}

static inline struct bus_producer *open_producer(const struct mock_kafka *mock,
                                                 struct bus_producer_config config,
                                                 struct reports *reports)
{
    struct bus_producer *producer;
    config.context = reports;
    config.delivered = reports != NULL ? count_report : NULL;
    ck_assert_int_eq(bus_producer_open(mock_kafka_bus(mock), &config, &producer), 0);
    /* A first message to a topic not yet known waits for up to a second. */
    (void)!bus_producer_warm(producer, topics, 1, 100);
    return producer;
}

static inline void send_text(struct bus_producer *producer, const char *topic, int32_t partition,
                             const char *text)
{
    const struct bus_record record = {.topic = topic,
                                      .partition = partition,
                                      .key = text,
                                      .key_size = strlen(text),
                                      .value = text,
                                      .value_size = strlen(text),
                                      .tag = (uint64_t)text[0]};
    ck_assert_int_eq(bus_producer_send(producer, &record), 0);
}

static inline struct bus_reader *open_at(const struct mock_kafka *mock, int32_t partition,
                                         int64_t offset)
{
    struct bus_reader *reader;
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(mock), AHEAD, &reader), 0);
    ck_assert_int_eq(bus_reader_start(reader, "t", partition, offset), 0);
    return reader;
}

/* The next message; its value must be `text`. */
static inline struct bus_message expect(struct bus_reader *reader, const char *text)
{
    struct bus_message message;
    for (int waited = 0; waited < PATIENCE_MS; waited += 100) {
        if (bus_reader_poll(reader, 100, &message) == 1) {
            ck_assert_uint_eq(message.value_size, strlen(text));
            ck_assert_mem_eq(message.value, text, strlen(text));
            return message;
        }
    }
    ck_abort_msg("no message; wanted %s", text);
}
