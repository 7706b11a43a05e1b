/* replies_fixture: a facade and the service that answers it, over a simulated Kafka. */
#pragma once

#include <poll.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "libshared/kafka/replies.h"
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
    bool any_buyer;
};

static inline void copy(char *to, size_t size, const char *from)
{
    ck_assert_uint_lt(strlen(from), size);
    strcpy(to, from);
}

static inline void tell(void *context, const struct reply *reply)
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
    told->any_buyer = reply->any_buyer;
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

static inline void open_replies(struct room *room, int64_t timeout_ms)
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

static inline void wait_ready(struct room *room)
{
    for (int waited = 0; replies_unready(room->replies) != NULL; waited += 10) {
        ck_assert_int_lt(waited, PATIENCE_MS);
        (void)poll(NULL, 0, 10);
    }
}

static inline void open_service(struct room *room)
{
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(room->mock), 1 << 20, &room->service), 0);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        ck_assert_int_eq(bus_reader_start(room->service, COMMANDS, p, BUS_BEGINNING), 0);
    }
    ck_assert_int_eq(bus_producer_open(mock_kafka_bus(room->mock), &(struct bus_producer_config){0},
                                       &room->producer),
                     0);
}

static inline struct room open_room_with(const struct settings_pair *conf, int64_t timeout_ms)
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

static inline struct room open_room(int64_t timeout_ms)
{
    return open_room_with(NULL, timeout_ms);
}

static inline void close_room(struct room *room)
{
    replies_close(room->replies);
    bus_reader_close(room->service);
    bus_producer_close(room->producer);
    mock_kafka_close(room->mock);
}

static inline struct replies_request place_order(struct told *told)
{
    return (struct replies_request){
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
    };
}

static inline void request_patiently(struct room *room, struct told *told, int64_t now_ms,
                                     int64_t patience_ms)
{
    struct replies_request order = place_order(told);
    order.patience_ms = patience_ms;
    replies_request(room->replies, &order, now_ms, 1777658400000);
}

static inline void request(struct room *room, struct told *told, int64_t now_ms)
{
    request_patiently(room, told, now_ms, 0);
}

static inline struct bus_message serve(struct room *room)
{
    struct bus_message message;
    ck_assert_int_eq(bus_reader_poll(room->service, PATIENCE_MS, &message), 1);
    return message;
}

static inline void send_reply(struct room *room, const struct bus_header *headers, size_t n)
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

static inline void answer(struct room *room, const struct bus_message *message, const char *etag)
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
                                       .any_buyer = etag != NULL,
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
