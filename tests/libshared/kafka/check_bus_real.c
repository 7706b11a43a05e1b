/* What only a real broker does: administration, groups of several members, LogAppendTime. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/admin.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "libshared/kafka/replies.h"
#include "tests/libshared/kafka/bus_real_fixture.h"
#include "tests/support/patience.h"

START_TEST(topics_are_made_once_and_counted)
{
    struct room *room = open_room();
    struct bus_admin *admin;
    ck_assert_int_eq(bus_admin_open(&room->bus, &admin), 0);
    const struct bus_topic again[] = {{room->topics[0], PARTITIONS + 1, 1, NULL}};
    ck_assert_int_eq(bus_admin_create(admin, again, 1, PATIENCE_MS), 0);
    const struct bus_topic wrong[] = {{"bus-wrong", 1, 99, NULL}};
    ck_assert_int_lt(bus_admin_create(admin, wrong, 1, PATIENCE_MS), 0);
    const char *names[] = {room->topics[0], room->topics[1], "bus-no-such"};
    int32_t counts[3] = {-1, -1, -1};
    ck_assert_int_eq(bus_admin_counts(admin, names, 3, PATIENCE_MS, counts), 0);
    ck_assert_int_eq(counts[0], PARTITIONS);
    ck_assert_int_eq(counts[1], PARTITIONS);
    ck_assert_int_eq(counts[2], 0);
    ck_assert_int_eq(bus_admin_counts(admin, names + 2, 1, PATIENCE_MS, counts), 0);
    ck_assert_int_eq(counts[0], 0); /* asking did not make it */
    const char *id, *same;
    ck_assert_int_eq(bus_admin_cluster_id(admin, room, PATIENCE_MS, &id), 0);
    ck_assert_int_eq(bus_admin_cluster_id(admin, room, PATIENCE_MS, &same), 0);
    ck_assert_str_ne(id, "");
    ck_assert_str_eq(id, same);
    bus_admin_close(admin);
    mem_free(room);
}
END_TEST

START_TEST(keys_and_times_are_the_brokers)
{
    static const char *const keys[] = {"21", "foobar", "event_01jz3w4v9he8qb2m5x7k6d0c1n"};
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    struct bus_reader *reader;
    struct bus_message m;
    ck_assert_int_eq(bus_reader_open(&room->bus, AHEAD, &reader), 0);
    for (int32_t p = 0; p < PARTITIONS; p++)
        ck_assert_int_eq(bus_reader_start(reader, room->topics[0], p, 0), 0);
    for (int i = 0; i < 3; i++) {
        send_text(producer, room->topics[0], BUS_BY_KEY, keys[i]);
        ck_assert_int_eq(bus_reader_poll(reader, PATIENCE_MS, &m), 1);
        ck_assert_mem_eq(m.value, keys[i], strlen(keys[i]));
        ck_assert_int_eq(m.partition, partitioner_murmur2(keys[i], strlen(keys[i]), PARTITIONS));
        ck_assert(m.log_append_time);
        bus_message_free(&m);
    }
    bus_reader_close(reader);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

START_TEST(the_edges_of_a_log_are_told)
{
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    struct bus_reader *reader;
    struct bus_partition at[] = {{.topic = room->topics[0]},
                                 {.topic = room->topics[0], .partition = 1}};
    for (int i = 0; i < 3; i++)
        send_text(producer, room->topics[0], 0, "m");
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    ck_assert_int_eq(bus_reader_open(&room->bus, AHEAD, &reader), 0);
    ck_assert_int_eq(bus_reader_ends(reader, at, 2, PATIENCE_MS), 0);
    ck_assert_int_eq(at[0].offset, 3);
    ck_assert_int_eq(at[1].offset, 0);
    ck_assert_int_eq(bus_reader_begins(reader, at, 2, PATIENCE_MS), 0);
    ck_assert_int_eq(at[0].offset, 0);
    ck_assert_int_eq(at[1].offset, 0);
    bus_reader_close(reader);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

/* Compressed, in one batch, from many times over what a reader unpacks. */
static void send_bomb(const struct room *room, int n)
{
    enum { SIZE = 48 * 1024 * 1024 };
    const struct settings_pair conf[] = {{"compression.type", "zstd"},
                                         {"message.max.bytes", "1000000000"},
                                         {"batch.size", "1000000000"},
                                         {"linger.ms", "1000"},
                                         {NULL, NULL}};
    const struct bus_config bus = {
        .brokers = room->bus.brokers, .client_id = "test", .conf = (void *)conf};
    struct bus_producer *producer;
    char *zeros = calloc(1, SIZE);
    ck_assert_int_eq(bus_producer_open(&bus, &(struct bus_producer_config){0}, &producer), 0);
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(bus_producer_send(producer, &(struct bus_record){.topic = room->topics[0],
                                                                          .partition = 0,
                                                                          .value = zeros,
                                                                          .value_size = SIZE}),
                         0);
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    bus_producer_close(producer);
    free(zeros);
}

static void read_next(struct bus_reader *reader, struct bus_message *m)
{
    int r = 0;
    WAIT_FOR(r == 1, r = bus_reader_poll(reader, 20, m));
}

START_TEST(a_batch_that_cannot_be_unpacked_is_passed_and_told)
{
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    struct bus_reader *reader;
    struct bus_message m;
    send_text(producer, room->topics[0], 0, "before");
    send_bomb(room, 1);
    send_text(producer, room->topics[0], 0, "between");
    send_bomb(room, 3);
    send_text(producer, room->topics[0], 0, "after");
    send_bomb(room, 1);
    ck_assert_int_eq(bus_reader_open(&room->bus, AHEAD, &reader), 0);
    ck_assert_int_eq(bus_reader_start(reader, room->topics[0], 0, BUS_BEGINNING), 0);
    const struct {
        const char *text; /* NULL: unreadable */
        int64_t from, to;
    } expected[] = {{"before", 0, 0}, {NULL, 1, 1},    {"between", 2, 2},
                    {NULL, 3, 5},     {"after", 6, 6}, {NULL, 7, 7}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        read_next(reader, &m);
        ck_assert_int_eq(m.offset, expected[i].to);
        ck_assert_int_eq(m.unreadable == NULL, expected[i].text != NULL);
        if (m.unreadable != NULL)
            ck_assert_int_eq(m.lost_from, expected[i].from);
        else
            ck_assert_mem_eq(m.value, expected[i].text, strlen(expected[i].text));
        bus_message_free(&m);
    }
    send_text(producer, room->topics[0], 0, "later");
    read_next(reader, &m);
    ck_assert_mem_eq(m.value, "later", 5);
    bus_message_free(&m);
    bus_reader_close(reader);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

START_TEST(a_missing_topic_keeps_a_facade_unready_and_is_not_made)
{
    struct room *room = open_room();
    static const char *const missing[] = {"bus-no-such"};
    struct replies *replies;
    const struct replies_config config = {.bus = room->bus,
                                          .topic = room->topics[0],
                                          .source = "test",
                                          .instance = "i",
                                          .max_pending = 1,
                                          .timeout_ms = 1000,
                                          .warm = missing,
                                          .n_warm = 1};
    struct bus_admin *admin;
    int32_t partitions = 0;
    ck_assert_int_eq(bus_admin_open(&room->bus, &admin), 0);
    ck_assert_int_eq(replies_open(&config, &replies), 0);
    WAIT_FOR(strcmp(replies_unready(replies), "a topic is missing in Kafka") == 0, {
        ck_assert_int_eq(bus_admin_counts(admin, missing, 1, PATIENCE_MS, &partitions), 0);
        ck_assert_int_eq(partitions, 0);
    });
    ck_assert_int_eq(bus_admin_counts(admin, missing, 1, PATIENCE_MS, &partitions), 0);
    ck_assert_int_eq(partitions, 0);
    replies_close(replies);
    bus_admin_close(admin);
    mem_free(room);
}
END_TEST

CHECK_MAIN("bus_real", the_edges_of_a_log_are_told, topics_are_made_once_and_counted,
           keys_and_times_are_the_brokers, a_batch_that_cannot_be_unpacked_is_passed_and_told,
           a_missing_topic_keeps_a_facade_unready_and_is_not_made)
