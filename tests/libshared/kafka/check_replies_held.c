/* Requests that wait a moment for company, so that many leave together. */
#include "libshared/kafka/replies.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "libshared/kafka/reader.h"
#include "tests/support/check_main.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"

#define COMMANDS "tickets.commands"
#define REPLIES "tickets-svc.replies"
enum { MANY = 40 };

static const char *const warm[] = {COMMANDS};

static struct {
    struct mock_kafka *mock;
    struct replies *replies;
    struct bus_reader *service;
    int told;
} t;

static void tell(void *context, const struct reply *reply)
{
    (void)context, (void)reply;
    t.told++;
}

/* One partition, which keeps the order. */
static void begin(void)
{
    t.mock = mock_kafka_open();
    mock_kafka_topic(t.mock, COMMANDS, 1);
    mock_kafka_topic(t.mock, REPLIES, 1);
    const struct replies_config config = {.bus = *mock_kafka_bus(t.mock),
                                          .topic = REPLIES,
                                          .source = "/rest/anonymous",
                                          .instance = "one",
                                          .max_pending = MANY,
                                          .timeout_ms = 20000,
                                          .warm = warm,
                                          .n_warm = 1};
    t.told = 0;
    ck_assert_int_eq(replies_open(&config, &t.replies), 0);
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(t.mock), 1 << 20, &t.service), 0);
    ck_assert_int_eq(bus_reader_start(t.service, COMMANDS, 0, BUS_BEGINNING), 0);
    for (int waited = 0; replies_unready(t.replies) != NULL; waited += 10) {
        ck_assert_int_lt(waited, PATIENCE_MS);
        (void)poll(NULL, 0, 10);
    }
}

static void end(void)
{
    replies_close(t.replies);
    bus_reader_close(t.service);
    mock_kafka_close(t.mock);
}

static void request(int number, int64_t now_ms)
{
    char id[32], body[32], key[32];
    (void)snprintf(id, sizeof id, "%d", number);
    (void)snprintf(body, sizeof body, "[%d]", number);
    (void)snprintf(key, sizeof key, "event_%d", number);
    replies_request(t.replies,
                    &(struct replies_request){.topic = COMMANDS,
                                              .key = key,
                                              .type = "order.place",
                                              .id = id,
                                              .body = body,
                                              .body_size = strlen(body),
                                              .done = tell},
                    now_ms, 1777658400000);
    memset(id, 'x', sizeof id - 1); /* what is held is a copy */
    memset(body, 'x', sizeof body - 1);
    memset(key, 'x', sizeof key - 1);
}

static uint64_t sent(void)
{
    return replies_counts(t.replies).sent;
}

static void read_in_order(int n)
{
    for (int i = 0; i < n; i++) {
        struct bus_message message;
        struct bus_header header;
        char id[32], body[32], key[32];
        (void)snprintf(id, sizeof id, "%d", i);
        (void)snprintf(body, sizeof body, "[%d]", i);
        (void)snprintf(key, sizeof key, "event_%d", i);
        ck_assert_int_eq(bus_reader_poll(t.service, PATIENCE_MS, &message), 1);
        ck_assert(bus_message_header(&message, "ce_id", &header));
        ck_assert_str_eq(header.value, id);
        ck_assert_uint_eq(message.value_size, strlen(body));
        ck_assert_mem_eq(message.value, body, strlen(body));
        ck_assert_uint_eq(message.key_size, strlen(key));
        ck_assert_mem_eq(message.key, key, strlen(key));
        bus_message_free(&message);
    }
}

START_TEST(who_asks_alone_waits_for_no_company)
{
    begin();
    for (int i = 0; i < 3; i++) {
        request(i, 1000);
        ck_assert_uint_eq(sent(), (uint64_t)i + 1);
    }
    read_in_order(3);
    end();
}
END_TEST

START_TEST(requests_of_many_leave_together_and_in_order)
{
    begin();
    for (int i = 0; i < MANY; i++)
        request(i, 1000);
    const uint64_t at_once = sent();
    ck_assert_uint_gt(at_once, 0);
    ck_assert_uint_lt(at_once, MANY);
    replies_run(t.replies, 1000);
    ck_assert_uint_eq(sent(), at_once); /* company may still come */
    ck_assert_int_eq(replies_next(t.replies, 1000), 1001);
    replies_run(t.replies, 1001);
    ck_assert_uint_eq(sent(), MANY);
    read_in_order(MANY);
    end();
}
END_TEST

/* The owner's loop may have asked already how long it may sleep. */
START_TEST(the_first_that_is_held_wakes_the_loop)
{
    begin();
    replies_run(t.replies, 1000); /* what else has woken it */
    for (int i = 0; i < MANY; i++)
        request(i, 1000);
    struct pollfd woken = {.fd = replies_fd(t.replies), .events = POLLIN};
    ck_assert_int_eq(poll(&woken, 1, 0), 1);
    end();
    ck_assert_int_eq(t.told, MANY);
}
END_TEST

START_TEST(what_is_held_leaves_at_the_end)
{
    begin();
    for (int i = 0; i < MANY; i++)
        request(i, 1000);
    replies_flush(t.replies, PATIENCE_MS);
    ck_assert_uint_eq(sent(), MANY);
    read_in_order(MANY);
    end();
}
END_TEST

CHECK_MAIN("replies_held", who_asks_alone_waits_for_no_company,
           requests_of_many_leave_together_and_in_order, the_first_that_is_held_wakes_the_loop,
           what_is_held_leaves_at_the_end)
