/* Consumers and readers: what is read, from where, and what is committed. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/kafka/bus.h"
#include "libshared/kafka/consumer.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "tests/libshared/kafka/bus_fixture.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"

static struct bus_consumer *open_consumer(const struct mock_kafka *mock,
                                          struct bus_consumer_config config)
{
    struct bus_consumer *consumer;
    config.group = "g";
    ck_assert_int_eq(bus_consumer_open(mock_kafka_bus(mock), &config, &consumer), 0);
    return consumer;
}

static void expect_and_free(struct bus_reader *reader, const char *text)
{
    struct bus_message message = expect(reader, text);
    bus_message_free(&message);
}

static void expect_nothing(struct bus_reader *reader, int for_ms)
{
    struct bus_message message;
    ck_assert_int_eq(bus_reader_poll(reader, for_ms, &message), 0);
}

/* The next message of a member. */
static void expect_of(struct bus_consumer *consumer, const char *text)
{
    struct bus_message message;
    for (int waited = 0; waited < PATIENCE_MS; waited += 100) {
        const int r = bus_consumer_poll(consumer, 100, &message);
        ck_assert_int_ge(r, 0);
        if (r == 0)
            continue;
        ck_assert_mem_eq(message.value, text, strlen(text));
        bus_message_free(&message);
        return;
    }
    ck_abort_msg("no message; wanted %s", text);
}

struct owner {
    size_t assigned, revoked;
};

static void on_assigned(void *context, const struct bus_partition *partitions, size_t n)
{
    struct owner *owner = context;
    ck_assert_str_eq(partitions[0].topic, "t");
    owner->assigned += n;
}

static void on_revoked(void *context, const struct bus_partition *partitions, size_t n, bool lost)
{
    struct owner *owner = context;
    ck_assert_str_eq(partitions[0].topic, "t");
    ck_assert(!lost);
    owner->revoked += n;
}

static struct bus_consumer *join(const struct mock_kafka *mock, struct owner *owner)
{
    struct bus_consumer *consumer =
        open_consumer(mock, (struct bus_consumer_config){.topics = topics,
                                                         .n_topics = 1,
                                                         .instance_id = "host:1",
                                                         .context = owner,
                                                         .assigned = on_assigned,
                                                         .revoked = on_revoked});
    struct bus_message message;
    while (owner->assigned == 0)
        ck_assert_int_eq(bus_consumer_poll(consumer, 50, &message), 0);
    return consumer;
}

START_TEST(nothing_is_read_but_what_the_owner_says_and_from_where)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    struct bus_producer *producer = open_producer(mock, (struct bus_producer_config){0}, NULL);
    send_text(producer, "t", 0, "a");
    send_text(producer, "t", 0, "b");
    send_text(producer, "t", 0, "c");
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    struct owner owner = {0};
    struct bus_consumer *consumer = join(mock, &owner);
    struct bus_message message;
    ck_assert_int_eq(bus_consumer_poll(consumer, 100, &message), 0);
    ck_assert_int_eq(bus_consumer_read(consumer, "t", 0, 1), 0);
    expect_of(consumer, "b");
    expect_of(consumer, "c");
    ck_assert_int_eq(bus_consumer_end(consumer, "t", 0), 3);
    bus_consumer_close(consumer, PATIENCE_MS);
    ck_assert_uint_eq(owner.assigned, 1);
    ck_assert_uint_eq(owner.revoked, 1);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_member_that_is_assigned_nothing_joins_with_another_handle)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    mock_kafka_delay_join(mock);
    struct owner owner = {0};
    struct bus_consumer *consumer =
        open_consumer(mock, (struct bus_consumer_config){.topics = topics,
                                                         .n_topics = 1,
                                                         .join_ms = 100,
                                                         .context = &owner,
                                                         .assigned = on_assigned,
                                                         .revoked = on_revoked});
    struct bus_message message;
    ck_assert(!bus_consumer_joined(consumer));
    for (int waited = 0; owner.assigned == 0 && waited < PATIENCE_MS; waited += 50)
        ck_assert_int_eq(bus_consumer_poll(consumer, 50, &message), 0);
    ck_assert_uint_eq(owner.assigned, 1);
    ck_assert_uint_eq(owner.revoked, 0);
    ck_assert(bus_consumer_joined(consumer));
    bus_consumer_close(consumer, PATIENCE_MS);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(an_offset_is_committed_with_a_note)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    struct owner owner = {0};
    struct bus_consumer *consumer = join(mock, &owner);
    struct bus_partition p = {.topic = "t"};
    ck_assert_int_eq(bus_consumer_committed(consumer, &p, 1, PATIENCE_MS), 0);
    ck_assert_int_eq(p.offset, BUS_NONE);
    ck_assert_str_eq(p.note, "");
    p = (struct bus_partition){.topic = "t", .offset = 7, .note = "batch 3"};
    ck_assert_int_eq(bus_consumer_commit(consumer, &p, 1, PATIENCE_MS), 0);
    p = (struct bus_partition){.topic = "t"};
    ck_assert_int_eq(bus_consumer_committed(consumer, &p, 1, PATIENCE_MS), 0);
    ck_assert_int_eq(p.offset, 7);
    ck_assert_str_eq(p.note, "batch 3");
    const char *id;
    ck_assert_int_eq(bus_consumer_cluster_id(consumer, mock, PATIENCE_MS, &id), 0);
    ck_assert_str_ne(id, "");
    bus_consumer_close(consumer, PATIENCE_MS);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_member_ends_though_the_broker_is_away)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    struct owner owner = {0};
    struct bus_consumer *consumer = join(mock, &owner);
    const struct bus_partition p = {.topic = "t", .offset = 1};
    mock_kafka_down(mock, true);
    ck_assert_int_lt(bus_consumer_commit(consumer, &p, 1, 100), 0);
    bus_consumer_close(consumer, 100);
    ck_assert_uint_eq(owner.revoked, 1);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_partition_begins_anew_where_it_is_told_and_rests_when_it_is_told)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 2);
    struct bus_producer *producer = open_producer(mock, (struct bus_producer_config){0}, NULL);
    send_text(producer, "t", 0, "a");
    send_text(producer, "t", 0, "b");
    send_text(producer, "t", 0, "c");
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    struct bus_reader *reader = open_at(mock, 0, BUS_BEGINNING);
    expect_and_free(reader, "a");
    expect_and_free(reader, "b");
    ck_assert_int_eq(bus_reader_start(reader, "t", 0, 0), 0);
    expect_and_free(reader, "a");
    expect_and_free(reader, "b");
    expect_and_free(reader, "c");

    bus_reader_stop(reader, "t", 0);
    ck_assert_int_eq(bus_reader_start(reader, "t", 1, BUS_BEGINNING), 0);
    send_text(producer, "t", 0, "d");
    send_text(producer, "t", 1, "other");
    expect_and_free(reader, "other");
    expect_nothing(reader, 0);
    ck_assert_int_eq(bus_reader_start(reader, "t", 0, 1), 0);
    expect_and_free(reader, "b");
    bus_reader_close(reader);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_reader_from_the_end_skips_what_was_and_nothing_that_comes)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 2);
    struct bus_producer *producer = open_producer(mock, (struct bus_producer_config){0}, NULL);
    send_text(producer, "t", 0, "old");
    send_text(producer, "t", 1, "other");
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    struct bus_reader *reader;
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(mock), AHEAD, &reader), 0);
    int32_t n;
    struct bus_partition at[] = {{.topic = "t"}, {.topic = "t", .partition = 1}};
    ck_assert_int_eq(bus_reader_partitions(reader, "t", PATIENCE_MS, &n), 0);
    ck_assert_int_eq(n, 2);
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    bus_reader_signal(reader, fd);
    ck_assert_int_eq(bus_reader_ends(reader, at, 2, PATIENCE_MS), 0);
    ck_assert_int_eq(at[0].offset, 1);
    ck_assert_int_eq(at[1].offset, 1);
    ck_assert_int_eq(bus_reader_start(reader, "t", 0, at[0].offset), 0);
    send_text(producer, "t", 0, "new");

    struct pollfd p = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
    struct bus_message m;
    ck_assert_int_eq(bus_reader_poll(reader, PATIENCE_MS, &m), 1);
    ck_assert_mem_eq(m.value, "new", 3);
    bus_message_free(&m);
    ck_assert_int_eq(bus_reader_poll(reader, 0, &m), 0);
    ck_assert_int_eq(bus_reader_start(reader, "t", 1, BUS_BEGINNING), 0);
    ck_assert_int_eq(bus_reader_poll(reader, PATIENCE_MS, &m), 1);
    ck_assert_mem_eq(m.value, "other", 5);
    bus_message_free(&m);
    bus_reader_close(reader);
    bus_producer_close(producer);
    close(fd);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_broker_away_is_a_timeout)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    mock_kafka_down(mock, true);
    struct bus_reader *reader;
    int32_t n;
    struct bus_partition at = {.topic = "t"};
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(mock), AHEAD, &reader), 0);
    ck_assert_int_eq(bus_reader_partitions(reader, "t", 100, &n), -ETIMEDOUT);
    ck_assert_int_eq(bus_reader_ends(reader, &at, 1, 100), -ETIMEDOUT);
    bus_reader_close(reader);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_reader_whose_questions_stay_without_an_answer_goes_on_with_another_handle)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    struct bus_producer *producer = open_producer(mock, (struct bus_producer_config){0}, NULL);
    struct bus_reader *reader = open_at(mock, 0, BUS_BEGINNING);
    send_text(producer, "t", 0, "a");
    expect_and_free(reader, "a");
    mock_kafka_delay_offsets(mock);
    struct bus_partition at = {.topic = "t"};
    int r = -ETIMEDOUT;
    for (int waited = 0; r < 0 && waited < PATIENCE_MS / 2; waited += 200)
        r = bus_reader_ends(reader, &at, 1, 200);
    ck_assert_int_eq(r, 0);
    ck_assert_int_eq(at.offset, 1);
    send_text(producer, "t", 0, "b");
    expect_and_free(reader, "b");
    bus_reader_close(reader);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

CHECK_MAIN("bus_read", nothing_is_read_but_what_the_owner_says_and_from_where,
           a_member_that_is_assigned_nothing_joins_with_another_handle,
           an_offset_is_committed_with_a_note, a_member_ends_though_the_broker_is_away,
           a_partition_begins_anew_where_it_is_told_and_rests_when_it_is_told,
           a_reader_from_the_end_skips_what_was_and_nothing_that_comes, a_broker_away_is_a_timeout,
           a_reader_whose_questions_stay_without_an_answer_goes_on_with_another_handle)
