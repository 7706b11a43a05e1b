#include "db-svc/writer/publisher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/reply.h"
#include "libshared/contract/topic.h"
#include "db-svc/dead_letter.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/trace/trace_log.h"

/* A batch on its way: what of it is not acknowledged yet. */
struct flight {
    size_t open;
    struct bus_partition *offsets; /* topics are constants */
    size_t n_offsets;
};

struct publisher {
    struct bus_producer *producer; /* of what is counted */
    struct bus_producer *replies;
    const struct bus_config *bus;
    const struct settings *settings;
    void *arena;
    struct flight *flights; /* the oldest first */
    size_t n_flights;
    uint64_t first; /* the number, and tag, of flights[0]; never 0 */
    bool failed;
    _Atomic uint64_t refused; /* read by others */
    struct reply_drops *drops;
};

#define UNCOUNTED 0
/* Counted messages wait this long for company: nobody waits for them, and librdkafka's idempotent
 * producer spins while it has something to send and may not. */
#define LINGER_US 5000
/* Longer than anyone waits for a reply. */
#define REPLY_TIMEOUT_MS 10000
#define REPLY_FLUSH_MS 500 /* at the end */
/* The most that a batch sends fits in many times over. */
#define QUEUE_MESSAGES 1000000
#define ROOM_MESSAGES 100000

/* The message's own fault, however often it is sent. */
static bool is_for_good(int error)
{
    return error == -EMSGSIZE || error == -EINVAL;
}

static void give_up(struct publisher *publisher, const char *topic, int error)
{
    publisher->failed = publisher->failed || !is_for_good(error);
    publisher->refused += is_for_good(error);
    log_error(is_for_good(error) ? "publish.refused" : "publish.failed", LOG_STR("topic", topic),
              LOG_ERRNO(error));
}

static void delivered(void *context, const struct bus_delivery *delivery)
{
    struct publisher *publisher = context;
    if (delivery->tag == UNCOUNTED || delivery->tag < publisher->first)
        return;
    struct flight *flight = &publisher->flights[delivery->tag - publisher->first];
    flight->open--;
    if (delivery->error != 0)
        give_up(publisher, delivery->topic, delivery->error);
}

static void reply_dropped(void *context, const struct bus_delivery *delivery)
{
    struct publisher *publisher = context;
    reply_drops_count(publisher->drops, delivery->topic, delivery->error);
}

static int open_replies(struct publisher *publisher)
{
    return bus_producer_open(
        publisher->bus,
        &(struct bus_producer_config){.errors_only = true,
                                      .repeatable = true, /* a second one finds nobody waiting */
                                      .message_timeout_ms = REPLY_TIMEOUT_MS,
                                      .context = publisher,
                                      .delivered = reply_dropped},
        &publisher->replies);
}

static int open_producer(struct publisher *publisher)
{
    return bus_producer_open(publisher->bus,
                             &(struct bus_producer_config){.context = publisher,
                                                           .delivered = delivered,
                                                           .linger_us = LINGER_US,
                                                           .queue_messages = QUEUE_MESSAGES},
                             &publisher->producer);
}

int publisher_open(void *arena, const struct bus_config *bus, const struct settings *settings,
                   struct publisher **ret_publisher)
{
    struct publisher *publisher = mem_new(arena, struct publisher);
    publisher->bus = bus;
    publisher->settings = settings;
    publisher->arena = mem_arena(arena, 0);
    publisher->first = 1;
    publisher->drops = reply_drops_new(arena);
    int r = open_replies(publisher);
    if (r == 0)
        r = open_producer(publisher);
    if (r == 0)
        *ret_publisher = publisher;
    else
        bus_producer_close(publisher->replies);
    return r;
}

void publisher_close(struct publisher *publisher)
{
    if (publisher == NULL)
        return;
    if (bus_producer_flush(publisher->replies, REPLY_FLUSH_MS) < 0)
        log_warning("reply.dropped", LOG_STR("cause", "end"),
                    LOG_INT("count", bus_producer_outstanding(publisher->replies)));
    bus_producer_close(publisher->replies);
    bus_producer_close(publisher->producer);
}

int publisher_warm(struct publisher *publisher)
{
    int r = bus_producer_warm(publisher->replies, topics_replies, TOPICS_REPLIES, 2000);
    return r < 0 ? r : bus_producer_warm(publisher->producer, topics_emitted, TOPICS_EMITTED, 2000);
}

bool publisher_has_room(const struct publisher *publisher)
{
    return bus_producer_outstanding(publisher->producer) < ROOM_MESSAGES;
}

uint64_t publisher_refused(const struct publisher *publisher)
{
    return publisher->refused;
}

struct reply_drops *publisher_drops(const struct publisher *publisher)
{
    return publisher->drops;
}

static void send_counted(struct publisher *publisher, struct bus_record *record)
{
    struct flight *flight = &publisher->flights[publisher->n_flights - 1];
    record->tag = publisher->first + publisher->n_flights - 1;
    flight->open++;
    int r = bus_producer_send(publisher->producer, record);
    if (r == 0)
        return;
    flight->open--;
    give_up(publisher, record->topic, r);
}

static void send_reply(struct publisher *publisher, const struct input *input, int64_t now)
{
    const struct receipt *receipt = input->receipt;
    const char *topic = input->envelope.reply_to.topic;
    char id[2 * RECEIPT_ID + sizeof "/reply"];
    if (topic == NULL)
        return;
    if (!reply_allowed(topic, publisher->settings)) {
        reply_drops_not_allowed(publisher->drops, topic);
        return;
    }
    text_hex(id, input->receipt_id, RECEIPT_ID);
    memcpy(id + 2 * RECEIPT_ID, "/reply", sizeof "/reply");
    const struct reply_answer answer = {.id = id,
                                        .status = receipt->status,
                                        .body = receipt->body,
                                        .etag = receipt->etag,
                                        .location = receipt->location,
                                        .stock = receipt->stock,
                                        .any_buyer = receipt->any_buyer};
    int r = reply_send(publisher->replies, &input->envelope, &answer, now);
    if (r < 0)
        reply_drops_count(publisher->drops, topic, r);
}

/* --- What is counted --- */

static void write_outgoing(struct envelope_headers *headers, const struct outgoing *message,
                           const char *traceparent, int64_t at)
{
    if (message->sequence >= 0)
        envelope_write_fact(headers, &(struct envelope_fact){.type = message->type,
                                                             .id = message->id,
                                                             .source = REPLY_SOURCE,
                                                             .time_ms = at,
                                                             .traceparent = traceparent,
                                                             .sequence = message->sequence});
    else
        envelope_write_command(headers, &(struct envelope_command){.type = message->type,
                                                                   .id = message->id,
                                                                   .source = REPLY_SOURCE,
                                                                   .time_ms = at,
                                                                   .traceparent = traceparent,
                                                                   .timeout_ms = -1});
}

static struct bus_record record_of(const struct outgoing *message,
                                   const struct envelope_headers *headers)
{
    return (struct bus_record){.topic = message->topic,
                               .partition = BUS_BY_KEY,
                               .key = message->key,
                               .key_size = message->key != NULL ? strlen(message->key) : 0,
                               .value = message->body,
                               .value_size = strlen(message->body),
                               .headers = headers->list,
                               .n_headers = headers->n};
}

/* `traceparent`: of what caused it; NULL: nobody knows any more. */
static void send_outgoing(struct publisher *publisher, const struct receipt *receipt,
                          const char *traceparent, bool facts_only)
{
    for (size_t i = 0; i < receipt->n_outgoing; i++) {
        struct envelope_headers headers;
        if (facts_only && receipt->outgoing[i].sequence < 0)
            continue;
        write_outgoing(&headers, &receipt->outgoing[i], traceparent, receipt->at);
        struct bus_record record = record_of(&receipt->outgoing[i], &headers);
        send_counted(publisher, &record);
    }
}

/* The message as it came, where its event's commands belong; with its identity, lest it is another
 * command there. */
static void send_home(struct publisher *publisher, const struct input *input)
{
    _cleanup_(mem_freep) void *arena = mem_arena(publisher->arena, 0);
    struct bus_record record = {.topic = input->message.topic,
                                .partition = input->home,
                                .key = input->message.key,
                                .key_size = input->message.key_size,
                                .value = input->message.value,
                                .value_size = input->message.value_size};
    record.headers = envelope_copy(arena, &input->message, &input->envelope, &record.n_headers);
    send_counted(publisher, &record);
}

static void send_dead_letter(struct publisher *publisher, const struct input *input)
{
    _cleanup_(mem_freep) void *arena = mem_arena(publisher->arena, 0);
    struct bus_record record;
    dead_letter_form(arena, &input->message, input->dead, &record);
    send_counted(publisher, &record);
    log_warning("dead_letter", LOG_STR("topic", input->message.topic),
                LOG_INT("partition", input->message.partition),
                LOG_INT("offset", input->message.offset), LOG_STR("reason", input->dead));
}

/* --- Batches --- */

static void raise_offset(struct bus_partition *offsets, size_t *n, const struct bus_partition *to)
{
    for (size_t i = 0; i < *n; i++)
        if (offsets[i].partition == to->partition && strcmp(offsets[i].topic, to->topic) == 0) {
            offsets[i].offset = to->offset;
            return;
        }
    offsets[(*n)++] = *to;
}

static void log_answered(const struct input *input)
{
    if (input->receipt != NULL && input->body.command != NULL)
        log_debug("command.answered", LOG_STR("type", input->body.command->type),
                  LOG_STR("topic", input->message.topic),
                  LOG_INT("partition", input->message.partition),
                  LOG_INT("offset", input->message.offset),
                  LOG_INT("status", input->receipt->status), LOG_INT("repeated", !input->fresh));
}

static void begin_flight(struct publisher *publisher, const struct input *inputs, size_t n)
{
    publisher->flights =
        mem_grow(publisher->arena, publisher->flights, struct flight, publisher->n_flights + 1);
    struct flight *flight = &publisher->flights[publisher->n_flights++];
    *flight = (struct flight){.offsets = mem_array(publisher->arena, struct bus_partition, n)};
    for (size_t i = 0; i < n; i++) {
        int topic = topics_command_index(inputs[i].message.topic);
        if (topic < 0)
            continue;
        const struct bus_partition next = {.topic = topics_commands[topic],
                                           .partition = inputs[i].message.partition,
                                           .offset = inputs[i].message.offset + 1};
        raise_offset(flight->offsets, &flight->n_offsets, &next);
    }
}

void publisher_send(struct publisher *publisher, const struct input *inputs, size_t n, int64_t now)
{
    if (n == 0)
        return;
    begin_flight(publisher, inputs, n);
    for (size_t i = 0; i < n; i++) { /* whoever waits comes first */
        TRACE_LOG(inputs[i].envelope.traceparent);
        if (inputs[i].receipt != NULL)
            send_reply(publisher, &inputs[i], now);
    }
    for (size_t i = 0; i < n; i++) {
        TRACE_LOG(inputs[i].envelope.traceparent);
        log_answered(&inputs[i]);
        if (inputs[i].receipt != NULL)
            send_outgoing(publisher, inputs[i].receipt, inputs[i].envelope.traceparent, false);
        if (inputs[i].misplaced)
            send_home(publisher, &inputs[i]);
        if (inputs[i].dead != NULL)
            send_dead_letter(publisher, &inputs[i]);
    }
    (void)bus_producer_poll(publisher->producer, 0);
}

void publisher_send_facts(struct publisher *publisher, const struct receipt *const *receipts,
                          size_t n)
{
    begin_flight(publisher, NULL, 0);
    for (size_t i = 0; i < n; i++)
        if (receipts[i] != NULL)
            send_outgoing(publisher, receipts[i], NULL, true);
    (void)bus_producer_poll(publisher->producer, 0);
}

int publisher_command(struct publisher *publisher, const struct outgoing *command, int64_t now)
{
    struct envelope_headers headers;
    write_outgoing(&headers, command, NULL, now);
    struct bus_record record = record_of(command, &headers);
    record.tag = UNCOUNTED;
    return bus_producer_send(publisher->producer, &record);
}

void publisher_poll(struct publisher *publisher, int timeout_ms)
{
    (void)bus_producer_poll(publisher->replies, 0);
    (void)bus_producer_poll(publisher->producer, timeout_ms);
    if (bus_producer_state(publisher->producer) < 0)
        publisher->failed = true;
}

bool publisher_failed(const struct publisher *publisher)
{
    return publisher->failed;
}

size_t publisher_acknowledged(struct publisher *publisher, struct bus_partition *ret_offsets,
                              size_t max)
{
    size_t n = 0, done = 0;
    while (!publisher->failed && done < publisher->n_flights &&
           publisher->flights[done].open == 0 && n + publisher->flights[done].n_offsets <= max) {
        struct flight *flight = &publisher->flights[done++];
        for (size_t i = 0; i < flight->n_offsets; i++)
            raise_offset(ret_offsets, &n, &flight->offsets[i]);
        mem_free(flight->offsets);
    }
    publisher->n_flights -= done;
    publisher->first += done;
    if (done > 0)
        memmove(publisher->flights, publisher->flights + done,
                publisher->n_flights * sizeof *publisher->flights);
    return n;
}

static bool all_acknowledged(const struct publisher *publisher)
{
    for (size_t i = 0; i < publisher->n_flights; i++)
        if (publisher->flights[i].open > 0)
            return false;
    return true;
}

bool publisher_settle(struct publisher *publisher, int timeout_ms)
{
    int64_t end = clock_monotonic_ms() + timeout_ms;
    while (!all_acknowledged(publisher) && !publisher->failed && clock_monotonic_ms() < end)
        publisher_poll(publisher, 50);
    return all_acknowledged(publisher);
}

void publisher_forget(struct publisher *publisher)
{
    for (size_t i = 0; i < publisher->n_flights; i++)
        mem_free(publisher->flights[i].offsets);
    publisher->first += publisher->n_flights;
    publisher->n_flights = 0;
    publisher->failed = false;
    if (bus_producer_state(publisher->producer) == 0)
        return;
    bus_producer_close(publisher->producer); /* beyond repair: another takes its place */
    if (open_producer(publisher) < 0)
        abort(); /* its configuration was taken before */
}
