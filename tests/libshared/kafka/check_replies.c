#include "libshared/kafka/replies.h"

#include <poll.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "tests/support/check_main.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"

#define COMMANDS "tickets.commands"
#define REPLIES "tickets-svc.replies"
enum { PARTITIONS = 4, TIMEOUT_MS = 20000, MAX_PENDING = 2 };

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define TRACEPARENT "00-" TRACE "-00f067aa0ba902b7-01"

static const char *const warm[] = {COMMANDS};

/* What the caller was told last, and how often. */
struct told {
    int times;
    enum reply_outcome outcome;
    int status;
    char trace_id[LOG_TRACE_SIZE];
    char body[64], etag[16], location[16], stock[16];
};

static void copy(char *to, size_t size, const char *from)
{
    ck_assert_uint_lt(strlen(from), size);
    strcpy(to, from);
}

static void tell(void *context, const struct reply *reply)
{
    struct told *told = context;
    told->times++;
    told->outcome = reply->outcome;
    strcpy(told->trace_id, log_trace_get().id);
    if (reply->outcome != REPLY_ANSWERED)
        return;
    told->status = reply->status;
    memcpy(told->body, reply->body, reply->body_size);
    told->body[reply->body_size] = '\0';
    copy(told->etag, sizeof told->etag, reply->etag != NULL ? reply->etag : "-");
    copy(told->location, sizeof told->location, reply->location != NULL ? reply->location : "-");
    copy(told->stock, sizeof told->stock, reply->stock != NULL ? reply->stock : "-");
    ck_assert_ptr_nonnull(reply->message);
}

/* A facade's end, and the service's: a reader of the commands and a producer of replies. */
struct room {
    struct mock_kafka *mock;
    struct bus_config bus;
    struct replies *replies;
    struct bus_reader *service;
    struct bus_producer *producer;
};

static void open_replies(struct room *room, int64_t timeout_ms)
{
    const struct replies_config config = {
        .bus = room->bus,
        .topic = REPLIES,
        .source = "/rest/anonymous",
        .instance = "one",
        .max_pending = MAX_PENDING,
        .timeout_ms = timeout_ms,
        .warm = warm,
        .n_warm = 1,
    };
    ck_assert_int_eq(replies_open(&config, &room->replies), 0);
}

static void wait_ready(struct room *room)
{
    for (int waited = 0; replies_unready(room->replies) != NULL; waited += 10) {
        ck_assert_int_lt(waited, PATIENCE_MS);
        (void)poll(NULL, 0, 10);
    }
}

static void open_service(struct room *room)
{
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(room->mock), 1 << 20, &room->service), 0);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_eq(bus_reader_start(room->service, COMMANDS, p, BUS_BEGINNING), 0);
    }
    ck_assert_int_eq(bus_producer_open(mock_kafka_bus(room->mock), &(struct bus_producer_config){0},
                                       &room->producer),
                     0);
}

static struct room open_room_with(const struct settings_pair *conf, int64_t timeout_ms)
{
    struct room room = {.mock = mock_kafka_open()};
    room.bus = *mock_kafka_bus(room.mock);
    room.bus.conf = conf != NULL ? conf : room.bus.conf;
    mock_kafka_topic(room.mock, COMMANDS, PARTITIONS);
    mock_kafka_topic(room.mock, REPLIES, PARTITIONS);
    open_replies(&room, timeout_ms);
    open_service(&room);
    wait_ready(&room);
    return room;
}

static struct room open_room(int64_t timeout_ms)
{
    return open_room_with(NULL, timeout_ms);
}

static void close_room(struct room *room)
{
    replies_close(room->replies);
    bus_reader_close(room->service);
    bus_producer_close(room->producer);
    mock_kafka_close(room->mock);
}

static void request_patiently(struct room *room, struct told *told, int64_t now_ms,
                              int64_t patience_ms)
{
    replies_request(room->replies,
                    &(struct replies_request){
                        .topic = COMMANDS,
                        .key = "event_1",
                        .type = "order.place",
                        .id = "k",
                        .if_match = "\"1\"",
                        .traceparent = TRACEPARENT,
                        .body = "{}",
                        .body_size = 2,
                        .done = tell,
                        .context = told,
                        .patience_ms = patience_ms,
                    },
                    now_ms, 1777658400000);
}

static void request(struct room *room, struct told *told, int64_t now_ms)
{
    request_patiently(room, told, now_ms, 0);
}

static struct bus_message serve(struct room *room)
{
    struct bus_message message;
    ck_assert_int_eq(bus_reader_poll(room->service, PATIENCE_MS, &message), 1);
    return message;
}

static void send_reply(struct room *room, const struct bus_header *headers, size_t n)
{
    const struct bus_record record = {
        .topic = REPLIES,
        .partition = partitioner_murmur2("one", 3, PARTITIONS),
        .value = "{\"a\":1}",
        .value_size = 7,
        .headers = headers,
        .n_headers = n,
    };
    ck_assert_int_eq(bus_producer_send(room->producer, &record), 0);
    ck_assert_int_eq(bus_producer_flush(room->producer, PATIENCE_MS), 0);
}

static void answer(struct room *room, const struct bus_message *message, const char *etag)
{
    void *arena = mem_arena(NULL, 0);
    struct envelope e;
    struct envelope_headers headers;
    ck_assert_int_eq(envelope_read(arena, message, &e), 0);
    ck_assert_str_eq(e.reply_to.topic, REPLIES);
    ck_assert_int_eq(e.reply_to.partition, partitioner_murmur2("one", 3, PARTITIONS));
    envelope_write_reply(&headers, &(struct envelope_reply){
                                       .type = e.type,
                                       .id = "r",
                                       .source = "db-svc",
                                       .status = 201,
                                       .etag = etag,
                                       .location = etag != NULL ? "/v1" : NULL,
                                       .stock = etag != NULL ? "[]" : NULL,
                                       .correlation = e.reply_to.correlation,
                                       .correlation_size = e.reply_to.correlation_size,
                                   });
    send_reply(room, headers.list, headers.n);
    mem_free(arena);
}

/* Runs the facade's loop until `count` has come to `wanted`. */
#define RUN_UNTIL(room, now_ms, count, wanted)                                                     \
    for (int waited = 0; replies_counts((room)->replies).count < (wanted); waited += 10) {         \
        ck_assert_int_lt(waited, PATIENCE_MS);                                                     \
        struct pollfd p = {.fd = replies_fd((room)->replies), .events = POLLIN};                   \
        (void)poll(&p, 1, 10);                                                                     \
        replies_run((room)->replies, (now_ms));                                                    \
    }

START_TEST(a_request_is_answered_once)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 0);
    ck_assert_uint_eq(replies_pending(room.replies), 1);
    struct bus_message m = serve(&room);
    void *arena = mem_arena(NULL, 0);
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_int_eq(m.partition, partitioner_murmur2("event_1", 7, PARTITIONS));
    ck_assert_mem_eq(m.key, "event_1", 7);
    ck_assert_str_eq(e.type, "order.place");
    ck_assert_str_eq(e.id, "k");
    ck_assert_str_eq(e.source, "/rest/anonymous");
    ck_assert_str_eq(e.if_match, "\"1\"");
    ck_assert_int_eq(e.timeout_ms, TIMEOUT_MS);
    ck_assert_int_eq(e.time_ms, 1777658400000);
    ck_assert_uint_eq(e.reply_to.correlation_size, strlen("one") + 32);
    ck_assert_mem_eq(e.reply_to.correlation, "one", 3);
    mem_free(arena);

    answer(&room, &m, "\"1\"");
    answer(&room, &m, "\"2\"");
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, late, 1);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_ANSWERED);
    ck_assert_int_eq(told.status, 201);
    ck_assert_str_eq(told.body, "{\"a\":1}");
    ck_assert_str_eq(told.etag, "\"1\"");
    ck_assert_str_eq(told.location, "/v1");
    ck_assert_str_eq(told.stock, "[]");
    ck_assert_uint_eq(replies_pending(room.replies), 0);
    ck_assert_uint_eq(replies_counts(room.replies).answered, 1);
    ck_assert_uint_eq(replies_counts(room.replies).sent, 1);
    close_room(&room);
    ck_assert_int_eq(told.times, 1);
}
END_TEST

START_TEST(a_reply_without_further_headers_has_none)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_str_eq(told.etag, "-");
    ck_assert_str_eq(told.location, "-");
    ck_assert_str_eq(told.stock, "-");
    close_room(&room);
}
END_TEST

START_TEST(a_deadline_passed_is_unknown_and_its_reply_late)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 1000);
    ck_assert_int_le(replies_next(room.replies, 1000), 1000 + TIMEOUT_MS);
    replies_run(room.replies, 1000 + TIMEOUT_MS - 1);
    ck_assert_int_eq(told.times, 0);
    replies_run(room.replies, 1000 + TIMEOUT_MS);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_UNKNOWN);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 1000 + TIMEOUT_MS, late, 1);
    ck_assert_int_eq(told.times, 1);
    ck_assert_uint_eq(replies_counts(room.replies).expired, 1);
    close_room(&room);
}
END_TEST

START_TEST(a_request_may_be_waited_for_longer_than_others)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told slow = {0}, quick = {0};
    request_patiently(&room, &slow, 1000, 3 * TIMEOUT_MS);
    request(&room, &quick, 1000);
    struct bus_message m = serve(&room);
    struct envelope e;
    void *arena = mem_arena(NULL, 0);
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_int_eq(e.timeout_ms, 3 * TIMEOUT_MS);
    mem_free(arena);
    bus_message_free(&m);
    replies_run(room.replies, 1000 + TIMEOUT_MS);
    ck_assert_int_eq(quick.outcome, REPLY_UNKNOWN);
    ck_assert_int_eq(quick.times, 1);
    replies_run(room.replies, 1000 + 3 * TIMEOUT_MS - 1);
    ck_assert_int_eq(slow.times, 0);
    replies_run(room.replies, 1000 + 3 * TIMEOUT_MS);
    ck_assert_int_eq(slow.times, 1);
    close_room(&room);
}
END_TEST

START_TEST(what_is_not_ours_or_not_readable_is_dropped)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 0);
    struct bus_message m = serve(&room);
    struct bus_header id, wrong[2] = {{"kafka_correlationId", "two", 3}, {"status", "2x", 2}};
    ck_assert(bus_message_header(&m, "kafka_correlationId", &id));
    send_reply(&room, wrong, 1);
    send_reply(&room, NULL, 0);
    wrong[0] = id;
    send_reply(&room, wrong, 1);
    send_reply(&room, wrong, 2);
    wrong[1] = (struct bus_header){"status", NULL, 0};
    send_reply(&room, wrong, 2);
    wrong[1] = wrong[0];
    wrong[0] = (struct bus_header){"status", "099", 3};
    send_reply(&room, wrong, 2);
    RUN_UNTIL(&room, 0, bad, 4);
    ck_assert_uint_eq(replies_counts(room.replies).foreign, 2);
    ck_assert_int_eq(told.times, 0);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_int_eq(told.outcome, REPLY_ANSWERED);
    close_room(&room);
}
END_TEST

START_TEST(more_than_may_wait_are_refused)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told[MAX_PENDING + 1] = {0};
    for (int i = 0; i <= MAX_PENDING; i++)
        request(&room, &told[i], 0);
    ck_assert_int_eq(told[0].times, 0);
    ck_assert_int_eq(told[MAX_PENDING].times, 1);
    ck_assert_int_eq(told[MAX_PENDING].outcome, REPLY_NOT_DONE);
    ck_assert_uint_eq(replies_counts(room.replies).refused, 1);
    ck_assert_uint_eq(replies_counts(room.replies).sent, MAX_PENDING);
    close_room(&room);
    ck_assert_int_eq(told[0].times, 1);
    ck_assert_int_eq(told[0].outcome, REPLY_UNKNOWN);
    ck_assert_int_eq(told[MAX_PENDING].times, 1);
}
END_TEST

START_TEST(a_broker_away_at_the_start_is_waited_for)
{
    struct room room = {.mock = mock_kafka_open()};
    room.bus = *mock_kafka_bus(room.mock);
    struct told told = {0};
    mock_kafka_topic(room.mock, COMMANDS, PARTITIONS);
    mock_kafka_topic(room.mock, REPLIES, PARTITIONS);
    mock_kafka_down(room.mock, true);
    open_replies(&room, TIMEOUT_MS);
    ck_assert_ptr_nonnull(replies_unready(room.replies));
    request(&room, &told, 0);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_NOT_DONE);
    mock_kafka_down(room.mock, false);
    wait_ready(&room);
    open_service(&room);
    request(&room, &told, 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    close_room(&room);
}
END_TEST

START_TEST(what_could_not_be_sent_is_certainly_not_done)
{
    struct room room = open_room(500);
    struct told told = {0};
    mock_kafka_down(room.mock, true);
    request(&room, &told, 0);
    RUN_UNTIL(&room, 0, refused, 1);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_NOT_DONE);
    for (int waited = 0; replies_unready(room.replies) == NULL; waited += 10) {
        ck_assert_int_lt(waited, PATIENCE_MS);
        (void)poll(NULL, 0, 10);
    }
    mock_kafka_down(room.mock, false);
    wait_ready(&room);
    close_room(&room);
}
END_TEST

/* Only an idempotent one can be, as KAFKA_CONF_ENABLE_IDEMPOTENCE makes it. */
START_TEST(a_producer_beyond_repair_is_replaced)
{
    static const struct settings_pair conf[] = {
        {"fetch.wait.max.ms", "1"}, {"enable.idempotence", "true"}, {NULL, NULL}};
    struct room room = open_room_with(conf, TIMEOUT_MS);
    struct told told[2] = {0};
    mock_kafka_break_producer(room.mock);
    request(&room, &told[0], 0);
    for (int waited = 0; replies_unready(room.replies) == NULL; waited += 10) {
        ck_assert_int_lt(waited, PATIENCE_MS);
        (void)poll(NULL, 0, 10);
    }
    replies_run(room.replies, 0);
    ck_assert_ptr_null(replies_unready(room.replies));
    request(&room, &told[1], 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_int_eq(told[1].outcome, REPLY_ANSWERED);
    replies_run(room.replies, TIMEOUT_MS);
    ck_assert_int_eq(told[0].times, 1);
    ck_assert_int_ne(told[0].outcome, REPLY_ANSWERED);
    close_room(&room);
}
END_TEST

START_TEST(whoever_asked_logs_the_answer_under_the_trace_of_the_request)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told answered = {0}, overdue = {0};
    request(&room, &answered, 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_str_eq(answered.trace_id, TRACE);
    request(&room, &overdue, 0);
    replies_run(room.replies, TIMEOUT_MS);
    ck_assert_int_eq(overdue.outcome, REPLY_UNKNOWN);
    ck_assert_str_eq(overdue.trace_id, TRACE);
    ck_assert_str_eq(log_trace_get().id, "");
    close_room(&room);
}
END_TEST

CHECK_MAIN("replies", a_request_is_answered_once,
           whoever_asked_logs_the_answer_under_the_trace_of_the_request,
           a_reply_without_further_headers_has_none,
           a_deadline_passed_is_unknown_and_its_reply_late,
           a_request_may_be_waited_for_longer_than_others,
           what_is_not_ours_or_not_readable_is_dropped, more_than_may_wait_are_refused,
           a_broker_away_at_the_start_is_waited_for, what_could_not_be_sent_is_certainly_not_done,
           a_producer_beyond_repair_is_replaced)
