/* bus_real_fixture: topics of their own on a real broker for each test. Environment: KAFKA_BROKERS.
 */
#pragma once

#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/admin.h"
#include "libshared/kafka/producer.h"
#include "tests/support/patience.h"

enum { PARTITIONS = 4, AHEAD = 1048576 };

/* Two topics of this test's own, made with the same number of partitions. */
struct room {
    struct bus_config bus;
    char names[2][64];
    const char *topics[2];
};

static inline struct room *open_room(void)
{
    static const struct settings_pair stamped[] = {
        {"message.timestamp.type", "LogAppendTime"}, {"retention.ms", "600000"}, {NULL, NULL}};
    struct room *room = mem_new(NULL, struct room);
    const char *brokers = getenv("KAFKA_BROKERS");
    room->bus = (struct bus_config){.brokers = brokers != NULL ? brokers : "127.0.0.1:9092",
                                    .client_id = "test"};
    struct bus_topic topics[2];
    for (int i = 0; i < 2; i++) {
        snprintf(room->names[i], sizeof room->names[i], "bus-%d-%d", (int)getpid(), i);
        room->topics[i] = room->names[i];
        topics[i] = (struct bus_topic){room->names[i], PARTITIONS, 1, i == 0 ? stamped : NULL};
    }
    struct bus_admin *admin;
    ck_assert_int_eq(bus_admin_open(&room->bus, &admin), 0);
    ck_assert_int_eq(bus_admin_create(admin, topics, 2, PATIENCE_MS), 0);
    bus_admin_close(admin);
    return room;
}

static inline struct bus_producer *open_producer(struct room *room)
{
    struct bus_producer *producer;
    ck_assert_int_eq(bus_producer_open(&room->bus, &(struct bus_producer_config){0}, &producer), 0);
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
                                      .value_size = strlen(text)};
    ck_assert_int_eq(bus_producer_send(producer, &record), 0);
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
}

/* Each round waits for the broker by itself. */
#define WAIT_FOR(condition, ...)                                                                   \
    for (int64_t until = clock_monotonic_ms() + PATIENCE_MS; !(condition);) {                      \
        ck_assert_int_lt(clock_monotonic_ms(), until);                                             \
        __VA_ARGS__;                                                                               \
    }
