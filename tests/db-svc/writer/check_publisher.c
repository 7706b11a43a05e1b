/* What a batch tells, and when its offsets may be committed. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/contract/topic.h"
#include "db-svc/writer/publisher.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/reader.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"

enum { INPUTS = 200 };
#define REPLIES "tickets-svc.replies"

static struct {
    void *arena;
    struct mock_kafka *mock;
    struct settings settings;
    struct publisher *publisher;
    struct input inputs[INPUTS];
    struct bus_partition offsets[INPUTS];
} t;

static void begin(void)
{
    static const char *const topics[] = {
        "events.facts",   "tickets.facts",         "attendees.facts",    "notifications.facts",
        "db-svc.replies", "attendees-svc.replies", "notify-svc.replies", "notifications.deliveries",
        REPLIES};
    memset(&t, 0, sizeof t);
    t.arena = mem_arena(NULL, 0);
    t.mock = mock_kafka_open();
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        mock_kafka_topic(t.mock, topics[i], 1);
    ck_assert_int_eq(publisher_open(t.arena, mock_kafka_bus(t.mock), &t.settings, &t.publisher), 0);
    ck_assert_int_eq(publisher_warm(t.publisher), 0);
}

static void end(void)
{
    publisher_close(t.publisher);
    mock_kafka_close(t.mock);
    mem_free(t.arena);
}

/* A command that was decided: it is answered, and has one fact. */
static void decide(size_t i)
{
    struct receipt *receipt = mem_new(t.arena, struct receipt);
    struct outgoing *fact = mem_new(t.arena, struct outgoing);
    *fact = (struct outgoing){.topic = "tickets.facts",
                              .key = "event",
                              .type = "order.placed",
                              .id = "id",
                              .sequence = (int64_t)i,
                              .body = "{}"};
    *receipt = (struct receipt){.status = 201, .body = "{}", .outgoing = fact, .n_outgoing = 1};
    t.inputs[i] = (struct input){
        .message = {.topic = topics_commands[1], .partition = 0, .offset = (int64_t)i},
        .envelope.type = "order.place",
        .envelope.reply_to = {.topic = REPLIES, .correlation = "c", .correlation_size = 1},
        .receipt = receipt};
}

static void publish(void)
{
    for (size_t i = 0; i < INPUTS; i++)
        decide(i);
    publisher_send(t.publisher, t.inputs, INPUTS, 0);
}

START_TEST(offsets_are_given_out_once_the_facts_are_acknowledged)
{
    begin();
    mock_kafka_down(t.mock, true);
    publish();
    ck_assert(!publisher_settle(t.publisher, 50));
    ck_assert_uint_eq(publisher_acknowledged(t.publisher, t.offsets, INPUTS), 0);
    mock_kafka_down(t.mock, false);
    ck_assert(publisher_settle(t.publisher, PATIENCE_MS));
    ck_assert_uint_eq(publisher_acknowledged(t.publisher, t.offsets, INPUTS), 1);
    ck_assert_int_eq(t.offsets[0].offset, INPUTS);
    end();
}
END_TEST

START_TEST(whoever_asked_is_answered_though_the_writer_ends)
{
    struct bus_reader *reader;
    struct bus_message message;
    begin();
    publish();
    publisher_close(t.publisher);
    t.publisher = NULL;
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(t.mock), 1 << 20, &reader), 0);
    ck_assert_int_eq(bus_reader_start(reader, REPLIES, 0, BUS_BEGINNING), 0);
    for (size_t n = 0; n < INPUTS; n++) {
        ck_assert_int_eq(bus_reader_poll(reader, PATIENCE_MS, &message), 1);
        bus_message_free(&message);
    }
    bus_reader_close(reader);
    end();
}
END_TEST

/* A backlog: what was decided is told again, before new batches, and nobody is answered. */
START_TEST(facts_alone_are_sent_in_order_and_counted_before_what_follows)
{
    const struct receipt *receipts[INPUTS];
    struct bus_reader *reader;
    struct bus_message message;
    begin();
    mock_kafka_down(t.mock, true);
    for (size_t i = 0; i < INPUTS; i++) {
        decide(i);
        receipts[i] = i == 1 ? NULL : t.inputs[i].receipt;
    }
    publisher_send_facts(t.publisher, receipts, 3);
    publisher_send(t.publisher, &t.inputs[3], 1, 0);
    ck_assert_uint_eq(publisher_acknowledged(t.publisher, t.offsets, INPUTS), 0);
    mock_kafka_down(t.mock, false);
    ck_assert(publisher_settle(t.publisher, PATIENCE_MS));
    ck_assert_uint_eq(publisher_acknowledged(t.publisher, t.offsets, INPUTS), 1);
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(t.mock), 1 << 20, &reader), 0);
    ck_assert_int_eq(bus_reader_start(reader, "tickets.facts", 0, BUS_BEGINNING), 0);
    for (size_t i = 0; i < 3; i++) {
        static const char *const sequences[] = {"0", "2", "3"};
        struct bus_header sequence;
        ck_assert_int_eq(bus_reader_poll(reader, PATIENCE_MS, &message), 1);
        ck_assert(bus_message_header(&message, "ce_sequence", &sequence));
        ck_assert_mem_eq(sequence.value, sequences[i], sequence.size);
        bus_message_free(&message);
    }
    bus_reader_close(reader);
    end();
}
END_TEST

/* Nothing that arrives may stop what comes after it. */
START_TEST(what_the_broker_never_takes_is_counted_and_passed)
{
    begin();
    decide(0);
    struct outgoing *fact = t.inputs[0].receipt->outgoing;
    char *large = mem_zeroed(t.arena, 3 << 20);
    memset(large, ' ', (3 << 20) - 1);
    fact->body = large;
    decide(1);
    publisher_send(t.publisher, t.inputs, 2, 0);
    ck_assert(publisher_settle(t.publisher, PATIENCE_MS));
    ck_assert(!publisher_failed(t.publisher));
    ck_assert_uint_eq(publisher_acknowledged(t.publisher, t.offsets, INPUTS), 1);
    ck_assert_int_eq(t.offsets[0].offset, 2);
    ck_assert_uint_eq(publisher_refused(t.publisher), 1);
    end();
}
END_TEST

CHECK_MAIN("publisher", what_the_broker_never_takes_is_counted_and_passed,
           offsets_are_given_out_once_the_facts_are_acknowledged,
           facts_alone_are_sent_in_order_and_counted_before_what_follows,
           whoever_asked_is_answered_though_the_writer_ends)
