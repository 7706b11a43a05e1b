#include "libshared/kafka/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/consumer.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "tests/support/check_main.h"
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

static void count_report(void *context, const struct bus_delivery *delivery)
{
    struct reports *reports = context;
    reports->n++;
    reports->failed += delivery->error < 0;
    reports->certain += delivery->certainly_not_persisted;
    reports->last = *delivery;
    reports->last.topic = NULL;
}

static struct bus_producer *open_producer(const struct mock_kafka *mock,
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

static void send_text(struct bus_producer *producer, const char *topic, int32_t partition,
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

static struct bus_consumer *open_consumer(const struct mock_kafka *mock,
                                          struct bus_consumer_config config)
{
    struct bus_consumer *consumer;
    config.group = "g";
    ck_assert_int_eq(bus_consumer_open(mock_kafka_bus(mock), &config, &consumer), 0);
    return consumer;
}

static struct bus_reader *open_at(const struct mock_kafka *mock, int32_t partition, int64_t offset)
{
    struct bus_reader *reader;
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(mock), AHEAD, &reader), 0);
    ck_assert_int_eq(bus_reader_start(reader, "t", partition, offset), 0);
    return reader;
}

/* The next message; its value must be `text`. */
static struct bus_message expect(struct bus_reader *reader, const char *text)
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

START_TEST(a_wrong_property_is_named_without_its_value)
{
    char why[BUS_ERROR_SIZE];
    struct settings_pair conf[] = {{"sasl.passwort", "secret"}, {NULL, NULL}};
    struct bus_config bus = {.brokers = "127.0.0.1:1", .conf = conf, .client_id = "test"};
    ck_assert_int_eq(bus_config_check(&bus, why), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "sasl.passwort"));
    ck_assert_ptr_null(strstr(why, "secret"));
    conf[0] = (struct settings_pair){"session.timeout.ms", "secret"};
    ck_assert_int_eq(bus_config_check(&bus, why), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "session.timeout.ms"));
    ck_assert_ptr_null(strstr(why, "secret"));
    conf[0] = (struct settings_pair){"socket.timeout.ms", "1000"};
    ck_assert_int_eq(bus_config_check(&bus, why), 0);
}
END_TEST

START_TEST(a_message_arrives_as_it_was_sent)
{
    struct mock_kafka *mock = mock_kafka_open();
    struct reports reports = {0};
    mock_kafka_topic(mock, "t", 8);
    struct bus_producer *producer =
        open_producer(mock, (struct bus_producer_config){.linger_us = 100}, &reports);
    const int32_t partition = partitioner_murmur2("foobar", 6, 8);
    struct bus_reader *reader = open_at(mock, partition, BUS_BEGINNING);
    const struct bus_header headers[] = {
        TEXT("a", "1"), {"null", NULL, 0}, TEXT("empty", ""), {"a", "\0\xff", 2}};
    const struct bus_record record = {.topic = "t",
                                      .partition = BUS_BY_KEY,
                                      .key = "foobar",
                                      .key_size = 6,
                                      .value = "v",
                                      .value_size = 1,
                                      .headers = headers,
                                      .n_headers = 4,
                                      .tag = UINT64_C(0xfedcba9876543210)};
    ck_assert_int_eq(bus_producer_send(producer, &record), 0);
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    ck_assert_uint_eq(bus_producer_outstanding(producer), 0);
    ck_assert_uint_eq(reports.n, 1);
    ck_assert_uint_eq(reports.last.tag, UINT64_C(0xfedcba9876543210));
    ck_assert_int_eq(reports.last.error, 0);
    ck_assert_int_eq(reports.last.offset, 0);

    struct bus_message m = expect(reader, "v"), taken;
    bus_message_take(&m, &taken);
    ck_assert_ptr_null(m.native);
    ck_assert_str_eq(taken.topic, "t");
    ck_assert_int_eq(taken.partition, partition);
    ck_assert_int_eq(taken.offset, 0);
    ck_assert_int_gt(taken.timestamp_ms, 1700000000000);
    ck_assert_mem_eq(taken.key, "foobar", 6);
    struct bus_header h;
    ck_assert(bus_message_header(&taken, "a", &h));
    ck_assert_uint_eq(h.size, 2);
    ck_assert_mem_eq(h.value, "\0\xff", 3);
    ck_assert(bus_message_header(&taken, "null", &h));
    ck_assert_ptr_null(h.value);
    ck_assert(bus_message_header(&taken, "empty", &h));
    ck_assert_str_eq(h.value, "");
    ck_assert(!bus_message_header(&taken, "b", &h));
    ck_assert(!bus_message_header_at(&taken, 4, &h));
    bus_message_free(&taken);
    bus_message_free(&taken);
    bus_reader_close(reader);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_message_without_headers_has_none)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    struct bus_producer *producer = open_producer(mock, (struct bus_producer_config){0}, NULL);
    struct bus_reader *reader = open_at(mock, 0, BUS_BEGINNING);
    send_text(producer, "t", 0, "v");
    struct bus_message m = expect(reader, "v");
    struct bus_header h;
    ck_assert(!bus_message_header_at(&m, 0, &h));
    ck_assert(!bus_message_header(&m, "a", &h));
    bus_message_free(&m);
    bus_reader_close(reader);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(a_full_queue_refuses_at_once)
{
    struct mock_kafka *mock = mock_kafka_open();
    mock_kafka_topic(mock, "t", 1);
    mock_kafka_down(mock, true);
    struct bus_producer *producer =
        open_producer(mock, (struct bus_producer_config){.queue_messages = 2}, NULL);
    send_text(producer, "t", 0, "a");
    send_text(producer, "t", 0, "b");
    const struct bus_record record = {.topic = "t", .partition = 0};
    ck_assert_int_eq(bus_producer_send(producer, &record), -EAGAIN);
    ck_assert_int_eq(bus_producer_flush(producer, 1), -ETIMEDOUT);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(what_was_never_sent_is_certainly_not_persisted)
{
    struct mock_kafka *mock = mock_kafka_open();
    struct reports reports = {0};
    mock_kafka_topic(mock, "t", 1);
    mock_kafka_down(mock, true);
    struct bus_producer *producer = open_producer(
        mock, (struct bus_producer_config){.message_timeout_ms = 100, .errors_only = true},
        &reports);
    send_text(producer, "t", 0, "a");
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    ck_assert_uint_eq(reports.n, 1);
    ck_assert_uint_eq(reports.certain, 1);
    ck_assert_int_eq(reports.last.error, -ETIMEDOUT);
    ck_assert_uint_eq(reports.last.tag, 'a');
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(without_a_timeout_a_message_outlives_the_brokers_absence)
{
    struct mock_kafka *mock = mock_kafka_open();
    struct reports reports = {0};
    mock_kafka_topic(mock, "t", 1);
    struct bus_producer *producer = open_producer(mock, (struct bus_producer_config){0}, &reports);
    mock_kafka_down(mock, true);
    send_text(producer, "t", 0, "a");
    ck_assert_int_eq(bus_producer_flush(producer, 300), -ETIMEDOUT);
    ck_assert_uint_eq(bus_producer_outstanding(producer), 1);
    mock_kafka_down(mock, false);
    mock_kafka_refuse_produce(mock, 1);
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    ck_assert_uint_eq(reports.n, 1);
    ck_assert_uint_eq(reports.failed, 0);
    ck_assert_int_eq(bus_producer_state(producer), 0);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

static int64_t cpu_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

START_TEST(repeatable_messages_wait_for_the_broker_without_a_spin)
{
    enum { MESSAGES = 50, ANSWER_MS = 2000 };
    struct mock_kafka *mock = mock_kafka_open();
    struct reports reports = {0};
    mock_kafka_topic(mock, "t", 1);
    struct bus_producer *producer =
        open_producer(mock, (struct bus_producer_config){.repeatable = true}, &reports);
    mock_kafka_delay(mock, ANSWER_MS);
    const int64_t before = cpu_ms();
    for (int i = 0; i < MESSAGES; i++) {
        send_text(producer, "t", 0, "a");
        (void)bus_producer_poll(producer, 1);
    }
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    ck_assert_int_lt(cpu_ms() - before, ANSWER_MS / 4); /* a spin takes most of it */
    ck_assert_uint_eq(reports.n, MESSAGES);
    ck_assert_uint_eq(reports.failed, 0);
    bus_producer_close(producer);
    mock_kafka_close(mock);
}
END_TEST

START_TEST(reports_signal_an_eventfd)
{
    struct mock_kafka *mock = mock_kafka_open();
    struct reports reports = {0};
    mock_kafka_topic(mock, "t", 1);
    struct bus_producer *producer = open_producer(mock, (struct bus_producer_config){0}, &reports);
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    bus_producer_signal(producer, fd);
    send_text(producer, "t", 0, "a");
    while (reports.n == 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        uint64_t n;
        ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
        ck_assert_int_eq(read(fd, &n, sizeof n), sizeof n);
        while (bus_producer_poll(producer, 0) > 0) {
        }
    }
    bus_producer_close(producer);
    close(fd);
    mock_kafka_close(mock);
}
END_TEST

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

CHECK_MAIN("bus", a_wrong_property_is_named_without_its_value, a_message_arrives_as_it_was_sent,
           a_message_without_headers_has_none, a_full_queue_refuses_at_once,
           what_was_never_sent_is_certainly_not_persisted,
           without_a_timeout_a_message_outlives_the_brokers_absence,
           repeatable_messages_wait_for_the_broker_without_a_spin, reports_signal_an_eventfd,
           nothing_is_read_but_what_the_owner_says_and_from_where,
           an_offset_is_committed_with_a_note, a_member_ends_though_the_broker_is_away,
           a_partition_begins_anew_where_it_is_told_and_rests_when_it_is_told,
           a_reader_from_the_end_skips_what_was_and_nothing_that_comes, a_broker_away_is_a_timeout)
