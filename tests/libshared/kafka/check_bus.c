#include "tests/support/check_main.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "libshared/kafka/bus.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "tests/libshared/kafka/bus_fixture.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"

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

CHECK_MAIN("bus", a_wrong_property_is_named_without_its_value, a_message_arrives_as_it_was_sent,
           a_message_without_headers_has_none, a_full_queue_refuses_at_once,
           what_was_never_sent_is_certainly_not_persisted,
           without_a_timeout_a_message_outlives_the_brokers_absence,
           repeatable_messages_wait_for_the_broker_without_a_spin, reports_signal_an_eventfd)
