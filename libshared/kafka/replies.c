#include "libshared/kafka/replies.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"
#include "libshared/kafka/held.h"
#include "libshared/kafka/pending.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "libshared/kafka/replies_connection.h"
#include "libshared/kafka/topic_rights.h"
#include "libshared/trace/trace_context.h"

enum {
    AT_LATEST_MS = 100, /* an eventfd can miss an event of librdkafka's (#3344) */
    MEND_MS = 1000,     /* between replacements of a broken producer */
    AT_ONCE = 4096,     /* replies a run, so that the owner's loop stays fair */
    BUSY = 16,          /* so many wait: one more may wait a moment for company */
    HELD_MOST = 64,     /* requests that leave together */
    RANDOM_BATCH = 64,  /* correlation ids drawn with one system call */
    AHEAD_BYTES = 67108864,
};

static const char broken[] = "the Kafka producer is beyond repair";

struct replies {
    struct replies_config config;
    struct topic_rights *rights;
    struct replies_connection *connection;
    struct bus_producer *producer;
    struct bus_reader *reader;
    struct pending *pending;
    struct replies_counts counts;
    int fd;
    uint8_t random[RANDOM_BATCH][PENDING_RANDOM];
    size_t random_left;
    struct held held;
    int64_t held_at; /* when the first was */
    int64_t mend_at; /* the earliest */
};

static void tell(const struct pending_caller *caller, const struct reply *reply)
{
    LOG_TRACE(caller->trace.id);
    caller->done(caller->context, reply);
}

static void finish(struct pending_caller caller, enum reply_outcome outcome, uint64_t *count)
{
    (*count)++;
    tell(&caller, &(struct reply){.outcome = outcome});
}

static void delivered(void *context, const struct bus_delivery *delivery)
{
    struct replies *r = context;
    struct pending_caller caller;
    if (delivery->error == -EACCES)
        topic_rights_note_missing(r->rights, delivery->topic, clock_monotonic_ms());
    if (delivery->certainly_not_persisted && pending_take_tag(r->pending, delivery->tag, &caller))
        finish(caller, REPLY_NOT_DONE, &r->counts.refused);
}

static int open_producer(struct replies *r, struct bus_producer **ret_producer)
{
    const struct bus_producer_config producer = {
        /* librdkafka looks for overdue messages once a second: well before the caller's deadline,
         * so that most of what was not sent is known not to have been. */
        .message_timeout_ms = r->config.timeout_ms * 7 / 10,
        .linger_us = r->config.linger_us,
        /* Messages that come while two requests are on their way go together in the next: no delay
         * when alone, and nearly twice the throughput of five when busy. */
        .in_flight = 2,
        .queue_messages = (int64_t)r->config.max_pending,
        .errors_only = true,
        .repeatable = true, /* a command by its id, a query anyway */
        .context = r,
        .delivered = delivered,
    };
    const int error = bus_producer_open(&r->config.bus, &producer, ret_producer);
    if (error == 0)
        bus_producer_signal(*ret_producer, r->fd);
    return error;
}

static int open_bus(struct replies *r)
{
    const int error = bus_reader_open(&r->config.bus, AHEAD_BYTES, &r->reader);
    if (error < 0)
        return error;
    bus_reader_signal(r->reader, r->fd);
    return open_producer(r, &r->producer);
}

/* Requests that the broken one still held end as REPLY_UNKNOWN at their deadlines. */
static void mend(struct replies *r, int64_t now_ms)
{
    struct bus_producer *fresh;
    if (!replies_connection_is_warm(r->connection) || now_ms < r->mend_at ||
        bus_producer_state(r->producer) == 0)
        return;
    r->mend_at = now_ms + MEND_MS;
    log_error("kafka.producer", LOG_STR("error", broken));
    if (open_producer(r, &fresh) == 0) {
        bus_producer_close(r->producer);
        r->producer = fresh;
    }
}

static int start_connection(struct replies *r)
{
    const struct replies_connection_config config = {
        .topic = r->config.topic,
        .instance = r->config.instance,
        .warm = r->config.warm,
        .n_warm = r->config.n_warm,
        .reader = r->reader,
        .producer = r->producer,
        .rights = r->rights,
    };
    return replies_connection_start(r, &config, &r->connection);
}

static void free_replies(struct replies *r)
{
    held_clear(&r->held);
    bus_producer_close(r->producer);
    bus_reader_close(r->reader);
    if (r->fd >= 0)
        close(r->fd);
    mem_free(r);
}

int replies_open(const struct replies_config *config, struct replies **ret_replies)
{
    struct replies *r = mem_new(NULL, struct replies);
    r->config = *config;
    r->pending = pending_new(r, config->instance, config->max_pending);
    r->rights = topic_rights_new(r, config->topic, config->warm, config->n_warm);
    r->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int error = r->fd < 0 ? -errno : open_bus(r);
    if (error == 0)
        error = start_connection(r);
    if (error < 0) {
        free_replies(r);
        return error;
    }
    *ret_replies = r;
    return 0;
}

void replies_close(struct replies *r)
{
    struct pending_caller caller;
    if (r == NULL)
        return;
    replies_connection_stop(r->connection);
    while (pending_take_overdue(r->pending, INT64_MAX, &caller))
        finish(caller, REPLY_UNKNOWN, &r->counts.expired);
    free_replies(r);
}

static const uint8_t *draw(struct replies *r)
{
    if (r->random_left == 0) {
        randombytes_buf(r->random, sizeof r->random);
        r->random_left = RANDOM_BATCH;
    }
    return r->random[--r->random_left];
}

/* What is left of it. */
static int64_t patience(const struct replies *r, const struct replies_request *request,
                        int64_t now_ms)
{
    const int64_t whole = request->patience_ms > 0 ? request->patience_ms : r->config.timeout_ms;
    return request->since_ms > 0 ? whole - (now_ms - request->since_ms) : whole;
}

static void send_record(struct replies *r, const struct bus_record *record)
{
    struct pending_caller caller;
    if (bus_producer_send(r->producer, record) == 0)
        r->counts.sent++;
    else if (pending_take_tag(r->pending, record->tag, &caller))
        finish(caller, REPLY_NOT_DONE, &r->counts.refused);
}

/* A caller that is told of a failure may make another request. */
static void send_held(struct replies *r)
{
    struct held held;
    held_take(&r->held, &held);
    for (size_t i = 0; i < held.n; i++)
        send_record(r, &held.records[i]);
    held_clear(&held);
}

/* The loop may have asked already how long it may sleep. */
static void hold(struct replies *r, const struct bus_record *record, int64_t now_ms)
{
    static const uint64_t one = 1;
    if (r->held.n == 0) {
        r->held_at = now_ms;
        (void)!write(r->fd, &one, sizeof one);
    }
    held_add(&r->held, record);
    if (r->held.n == HELD_MOST)
        send_held(r);
}

/* One that is alone goes at once. While many wait, those of the same moment go together: each
 * request to the broker costs it as much as many messages do. Their order stays. */
static void send_or_hold(struct replies *r, const struct bus_record *record, int64_t now_ms)
{
    if (pending_count(r->pending) >= BUSY) {
        hold(r, record, now_ms);
    } else {
        send_held(r);
        send_record(r, record);
    }
}

static void send_request(struct replies *r, const struct replies_request *request,
                         const char *correlation, uint64_t tag, int64_t now_ms, int64_t wall_ms)
{
    struct envelope_headers headers;
    envelope_write_command(
        &headers, &(struct envelope_command){
                      .type = request->type,
                      .id = request->id,
                      .source = request->source != NULL ? request->source : r->config.source,
                      .time_ms = wall_ms,
                      .traceparent = request->traceparent,
                      .if_match = request->if_match,
                      .timeout_ms = request->no_deadline ? -1 : patience(r, request, now_ms),
                      .reply_to = {r->config.topic, replies_connection_partition(r->connection),
                                   correlation, strlen(correlation)},
                  });
    send_or_hold(r,
                 &(struct bus_record){
                     .topic = request->topic,
                     .partition = BUS_BY_KEY,
                     .key = request->key,
                     .key_size = request->key != NULL ? strlen(request->key) : 0,
                     .value = request->body,
                     .value_size = request->body_size,
                     .headers = headers.list,
                     .n_headers = headers.n,
                     .tag = tag,
                 },
                 now_ms);
}

void replies_request(struct replies *r, const struct replies_request *request, int64_t now_ms,
                     int64_t wall_ms)
{
    struct pending_caller caller = {.done = request->done, .context = request->context};
    trace_context_id_of(caller.trace.id, request->traceparent);
    char correlation[PENDING_ID_SIZE];
    const int64_t left = patience(r, request, now_ms);
    uint64_t tag;

    if (replies_connection_partition(r->connection) < 0 || left <= 0 ||
        pending_add(r->pending, caller, now_ms + left, draw(r), correlation, &tag) < 0)
        finish(caller, REPLY_NOT_DONE, &r->counts.refused);
    else
        send_request(r, request, correlation, tag, now_ms, wall_ms);
}

/* An HTTP status in three digits, else 0. */
static int read_status(const struct bus_header *header)
{
    const char *text = header->value;
    if (text == NULL || header->size != 3 || text[0] < '1' || text[0] > '5' || text[1] < '0' ||
        text[1] > '9' || text[2] < '0' || text[2] > '9')
        return 0;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

static void read_reply(const struct bus_message *message, struct bus_header *correlation,
                       struct reply *reply)
{
    struct bus_header header;
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++)
        if (strcmp(header.name, "kafka_correlationId") == 0)
            *correlation = header;
        else if (strcmp(header.name, "status") == 0)
            reply->status = read_status(&header);
        else if (strcmp(header.name, "etag") == 0)
            reply->etag = header.value;
        else if (strcmp(header.name, "location") == 0)
            reply->location = header.value;
        else if (strcmp(header.name, "stock") == 0)
            reply->stock = header.value;
        else if (strcmp(header.name, "any_buyer") == 0)
            reply->any_buyer = true;
}

static void take_reply(struct replies *r, const struct bus_message *message)
{
    struct bus_header correlation = {0};
    struct reply reply = {
        .outcome = REPLY_ANSWERED,
        .body = message->value != NULL ? message->value : "",
        .body_size = message->value_size,
        .message = message,
    };
    struct pending_caller caller;

    read_reply(message, &correlation, &reply);
    if (!pending_is_own(r->pending, correlation.value, correlation.size)) {
        r->counts.foreign++;
    } else if (reply.status == 0) {
        r->counts.bad++;
    } else if (!pending_take(r->pending, correlation.value, correlation.size, &caller)) {
        r->counts.late++;
    } else {
        r->counts.answered++;
        tell(&caller, &reply);
    }
}

static void take_replies(struct replies *r)
{
    static const uint64_t one = 1;
    struct bus_message message;
    for (int i = 0; bus_reader_poll(r->reader, 0, &message) == 1; i++) {
        take_reply(r, &message);
        bus_message_free(&message);
        if (i == AT_ONCE) {
            (void)!write(r->fd, &one, sizeof one);
            return;
        }
    }
}

void replies_run(struct replies *r, int64_t now_ms)
{
    struct pending_caller caller;
    uint64_t signals;

    (void)!read(r->fd, &signals, sizeof signals);
    (void)bus_producer_poll(r->producer, 0);
    mend(r, now_ms);
    if (r->held.n > 0 && now_ms > r->held_at)
        send_held(r);
    if (replies_connection_partition(r->connection) >= 0)
        take_replies(r);
    while (pending_take_overdue(r->pending, now_ms, &caller))
        finish(caller, REPLY_UNKNOWN, &r->counts.expired);
}

int replies_fd(const struct replies *r)
{
    return r->fd;
}

int64_t replies_next(const struct replies *r, int64_t now_ms)
{
    const int64_t deadline = pending_next(r->pending);
    const int64_t at_latest = r->held.n > 0 ? r->held_at + 1 : now_ms + AT_LATEST_MS;
    return deadline < at_latest ? deadline : at_latest;
}

const char *replies_unready(const struct replies *r)
{
    const char *why = replies_connection_unready(r->connection, clock_monotonic_ms());
    return why == NULL && bus_producer_state(r->producer) < 0 ? broken : why;
}

size_t replies_pending(const struct replies *r)
{
    return pending_count(r->pending);
}

struct replies_counts replies_counts(const struct replies *r)
{
    return r->counts;
}

void replies_flush(struct replies *r, int timeout_ms)
{
    send_held(r);
    const int error = bus_producer_flush(r->producer, timeout_ms);
    if (error < 0) {
        log_warning("kafka.flush", LOG_ERRNO(error),
                    LOG_INT("left", bus_producer_outstanding(r->producer)));
    }
}
