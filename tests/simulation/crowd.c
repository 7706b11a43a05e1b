/* The clients: what they ask for, again until they are told, and what they learn from it. */
#include "tests/simulation/simulation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/kafka/envelope.h"
#include "libshared/kafka/partitioner.h"

#define EVENTS_MOST 12
#define TYPES_MOST 48
#define RETRY_US 7000000
#define SENDS_MOST 40
#define SOURCE "/rest/anonymous"

static uint64_t below(struct simulation *simulation, uint64_t n)
{
    return dice_below(&simulation->dice, n);
}

/* True n times in a hundred. */
static bool percent(struct simulation *simulation, uint32_t n)
{
    return dice_chance(&simulation->dice, n * 10000);
}

/* --- Asks --- */

static struct ask *new_ask(struct simulation *simulation, enum ask_kind kind, const char *topic,
                           const char *command, int32_t event)
{
    struct history *history = &simulation->history;
    if (history->n == history->room) {
        history->room = history->room > 0 ? 2 * history->room : 1024;
        history->asks = realloc(history->asks, history->room * sizeof *history->asks);
    }
    struct ask *ask = &history->asks[history->n++];
    *ask = (struct ask){.kind = kind,
                        .has_id = true,
                        .answers = true,
                        .event = event,
                        .type = -1,
                        .order = -1,
                        .topic = topic,
                        .command = command,
                        .timeout_ms = 5000};
    if (event >= 0)
        ask->key = strdup(history->events[event].id);
    simulation->sent++;
    return ask;
}

__attribute__((format(printf, 2, 3))) static void set_body(struct ask *ask, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&ask->body, format, arguments) < 0)
        abort();
    va_end(arguments);
}

static uint32_t number_of(const struct simulation *simulation, const struct ask *ask)
{
    return (uint32_t)(ask - simulation->history.asks);
}

struct ask *crowd_find(struct simulation *simulation, const void *correlation, size_t size)
{
    char text[16] = "";
    if (size == 0 || size >= sizeof text || correlation == NULL)
        return NULL;
    memcpy(text, correlation, size);
    size_t number = strtoul(text, NULL, 10);
    return number < simulation->history.n ? &simulation->history.asks[number] : NULL;
}

/* --- Sending --- */

static size_t drop_header(struct bus_header *headers, size_t n, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(headers[i].name, name) != 0)
            headers[kept++] = headers[i];
    return kept;
}

static void append(struct simulation *simulation, const struct ask *ask,
                   const struct bus_record *record)
{
    struct simulated_topic *topic = broker_topic(ask->topic);
    int32_t partition = record->key != NULL
                            ? partitioner_murmur2(record->key, record->key_size, topic->partitions)
                            : (int32_t)below(simulation, (uint64_t)topic->partitions);
    if (ask->misplaced)
        partition = (int32_t)below(simulation, (uint64_t)topic->partitions);
    simulation->messages++;
    broker_append(topic, partition, record, world_wall_us(NULL) / 1000);
}

/* False: Kafka is not there. */
static bool send(struct simulation *simulation, struct ask *ask)
{
    char id[32], correlation[16];
    struct envelope_headers headers;
    if (broker_is_away() || broker_topic(ask->topic) == NULL)
        return false;
    uint32_t number = number_of(simulation, ask);
    (void)snprintf(id, sizeof id, "ask-%u", ask->reuses ? number - 1 : number);
    (void)snprintf(correlation, sizeof correlation, "%u", number);
    envelope_write_command(&headers,
                           &(struct envelope_command){
                               .type = ask->command,
                               .id = id,
                               .source = SOURCE,
                               .time_ms = world_wall_us(NULL) / 1000,
                               .timeout_ms = ask->timeout_ms,
                               .reply_to = {.topic = ask->answers ? "tickets-svc.replies" : NULL,
                                            .partition = 0,
                                            .correlation = correlation,
                                            .correlation_size = strlen(correlation)}});
    size_t n = ask->has_id ? headers.n : drop_header(headers.list, headers.n, "ce_id");
    append(simulation, ask,
           &(struct bus_record){.key = ask->key,
                                .key_size = ask->key != NULL ? strlen(ask->key) : 0,
                                .value = ask->body,
                                .value_size = strlen(ask->body),
                                .headers = headers.list,
                                .n_headers = n});
    ask->sent_at = world->now;
    if (ask->sends++ == 0)
        ask->first_at = world->now;
    return true;
}

/* --- Junk --- */

/* A message that may be anything; nothing is known of what becomes of it. */
static void send_junk(struct simulation *simulation)
{
    static const char *const topics[] = {"events.commands", "tickets.commands",
                                         "attendees.commands", "notifications.commands",
                                         "payments.events"};
    static const char *const values[] = {"",
                                         "{",
                                         "null",
                                         "[]",
                                         "{\"event_id\":1}",
                                         "\xff\xfe",
                                         "{\"a\":1,\"a\":2}",
                                         "0",
                                         "\"x\"",
                                         "{\"event_id\":\"event_00000000000000000000000000\"}"};
    static const char *const types[] = {
        "order.place",       "event.create",      "nothing", "order.expire",
        "payment.succeeded", "attendee.register", ""};
    static const uint32_t sizes[] = {10000, 980000, 1040000, 3000000};
    struct simulated_topic *topic = broker_topic(topics[below(simulation, 5)]);
    if (topic == NULL || broker_is_away())
        return;
    const char *type = types[below(simulation, 7)], *value = values[below(simulation, 10)];
    struct bus_header headers[4] = {{"ce_specversion", "1.0", 3},
                                    {"ce_type", type, strlen(type)},
                                    {"ce_id", "junk", 4},
                                    {"kafka_replyTopic", "nowhere.replies", 15}};
    /* Few: to read them takes longer than all else. */
    uint32_t size = percent(simulation, 3) ? sizes[below(simulation, 4)] : 0;
    char *large = size > 0 ? malloc(size) : NULL;
    if (large != NULL)
        memset(large, 'x', size);
    simulation->messages++;
    broker_append(topic, (int32_t)below(simulation, (uint64_t)topic->partitions),
                  &(struct bus_record){.key = percent(simulation, 50) ? "key" : NULL,
                                       .key_size = 3,
                                       .value = large != NULL ? large : value,
                                       .value_size = large != NULL ? size : strlen(value),
                                       .headers = headers,
                                       .n_headers = below(simulation, 5)},
                  0);
    free(large);
}

/* --- What is asked for --- */

static void ask_event(struct simulation *simulation)
{
    struct ask *ask = new_ask(simulation, ASK_EVENT, "events.commands", "event.create", -1);
    char key[32];
    (void)snprintf(key, sizeof key, "ask-%u", number_of(simulation, ask));
    ask->key = strdup(key);
    set_body(ask,
             "{\"name\":\"Event %u\",\"starts_at\":\"2027-05-01T20:00:00Z\",\"time_zone\":\"UTC\","
             "\"location\":\"Here\",\"category\":\"concert\",\"currency\":\"EUR\","
             "\"external_id\":\"%s\"}",
             number_of(simulation, ask), key);
}

static void ask_publish(struct simulation *simulation, int32_t event)
{
    struct ask *ask = new_ask(simulation, ASK_PUBLISH, "events.commands", "event.update", event);
    set_body(ask, "{\"event_id\":\"%s\",\"patch\":{\"status\":\"published\"}}", ask->key);
}

static void ask_type(struct simulation *simulation, int32_t event)
{
    struct ask *ask =
        new_ask(simulation, ASK_TYPE, "tickets.commands", "ticket_type.create", event);
    set_body(ask,
             "{\"event_id\":\"%s\",\"type\":\"general\",\"name\":\"General\",\"capacity\":%u,"
             "\"price\":{\"amount\":1000,\"currency\":\"EUR\"}%s}",
             ask->key, (unsigned)(5 + below(simulation, 400)),
             percent(simulation, 30) ? ",\"per_buyer_limit\":6" : "");
}

static void ask_place(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    int32_t type = (int32_t)below(simulation, history->n_types);
    int32_t event = history->types[type].event;
    struct ask *ask = new_ask(simulation, ASK_PLACE, "tickets.commands", "order.place", event);
    char hold[40] = "";
    if (percent(simulation, 40))
        (void)snprintf(hold, sizeof hold, ",\"hold_seconds\":%u",
                       (unsigned)(1 + below(simulation, 15)));
    ask->type = type;
    set_body(ask,
             "{\"event_id\":\"%s\",\"external_id\":\"ask-%u\",\"items\":[{\"ticket_type_id\":\"%s\""
             ",\"quantity\":%u}],\"buyer\":{\"name\":\"Ana\",\"email\":\"b%u@example.org\"}%s}",
             ask->key, number_of(simulation, ask), history->types[type].id,
             (unsigned)(1 + below(simulation, 4)), (unsigned)below(simulation, 60), hold);
}

static void ask_of_order(struct simulation *simulation, enum ask_kind kind, const char *command)
{
    struct history *history = &simulation->history;
    int32_t order = (int32_t)below(simulation, history->n_orders);
    struct ask *ask =
        new_ask(simulation, kind, "tickets.commands", command, history->orders[order].event);
    ask->order = order;
    set_body(ask, "{\"event_id\":\"%s\",\"order_id\":\"%s\"}", ask->key, history->orders[order].id);
}

static void ask_check_in(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    const struct order_known *order = &history->orders[below(simulation, history->n_orders)];
    struct ask *ask =
        new_ask(simulation, ASK_CHECK_IN, "tickets.commands", "ticket.check_in", order->event);
    set_body(ask, "{\"event_id\":\"%s\",\"code\":\"%s\",\"gate\":\"A\"}", ask->key,
             order->code[0] != '\0' ? order->code : "0000000000000000");
}

static void ask_payment(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    const struct order_known *order = &history->orders[below(simulation, history->n_orders)];
    struct ask *ask =
        new_ask(simulation, ASK_PAYMENT, "payments.events", "payment.succeeded", order->event);
    ask->order = (int32_t)(order - history->orders);
    if (percent(simulation, 30)) { /* a payment system may not know the event */
        free(ask->key);
        ask->key = strdup(order->id);
    }
    set_body(ask,
             "{\"order_id\":\"%s\",\"payment_id\":\"pay-%u\",\"amount\":{\"amount\":%u,"
             "\"currency\":\"EUR\"}}",
             order->id, number_of(simulation, ask), 1000 * (unsigned)(1 + below(simulation, 4)));
}

static void ask_register(struct simulation *simulation, int32_t event)
{
    struct ask *ask =
        new_ask(simulation, ASK_REGISTER, "attendees.commands", "attendee.register", event);
    set_body(ask, "{\"event_id\":\"%s\",\"name\":\"Ana\",\"email\":\"a%u@example.org\"}", ask->key,
             (unsigned)below(simulation, 3000));
}

static void ask_of_attendee(struct simulation *simulation, enum ask_kind kind, const char *command)
{
    struct history *history = &simulation->history;
    const struct attendee_known *attendee =
        &history->attendees[below(simulation, history->n_attendees)];
    struct ask *ask = new_ask(simulation, kind, "attendees.commands", command, attendee->event);
    set_body(ask, "{\"event_id\":\"%s\",\"attendee_id\":\"%s\"}", ask->key, attendee->id);
}

static void ask_capacity(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    const struct type_known *type = &history->types[below(simulation, history->n_types)];
    struct ask *ask =
        new_ask(simulation, ASK_CAPACITY, "tickets.commands", "ticket_type.update", type->event);
    set_body(ask, "{\"event_id\":\"%s\",\"ticket_type_id\":\"%s\",\"patch\":{\"capacity\":%u}}",
             ask->key, type->id, (unsigned)(5 + below(simulation, 600)));
}

static void ask_cancel_event(struct simulation *simulation, int32_t event)
{
    struct ask *ask =
        new_ask(simulation, ASK_CANCEL_EVENT, "events.commands", "event.cancel", event);
    set_body(ask, "{\"event_id\":\"%s\"}", ask->key);
}

static void ask_notify(struct simulation *simulation, int32_t event)
{
    struct ask *ask =
        new_ask(simulation, ASK_NOTIFY, "notifications.commands", "notification.send", event);
    set_body(ask,
             "{\"event_id\":\"%s\",\"channel\":\"email\",\"subject\":\"Hi\",\"message\":\"Hello\","
             "\"audience\":{\"recipients\":[{\"name\":\"A\",\"email\":\"n%u@example.org\"},"
             "{\"name\":\"B\",\"email\":\"m%u@example.org\"}]}}",
             ask->key, (unsigned)below(simulation, 1000), (unsigned)below(simulation, 1000));
}

static int32_t any_event(struct simulation *simulation)
{
    return (int32_t)below(simulation, simulation->history.n_events);
}

static void ask_about_order(struct simulation *simulation, uint64_t drawn)
{
    if (drawn < 35)
        ask_of_order(simulation, ASK_CONFIRM, "order.confirm");
    else if (drawn < 45)
        ask_of_order(simulation, ASK_EXTEND, "order.extend");
    else if (drawn < 60)
        ask_of_order(simulation, ASK_CANCEL, "order.cancel");
    else if (drawn < 70)
        ask_of_order(simulation, ASK_REFUND, "order.refund");
    else if (drawn < 85)
        ask_check_in(simulation);
    else
        ask_payment(simulation);
}

static void ask_about_people(struct simulation *simulation, uint64_t drawn)
{
    if (simulation->history.n_attendees == 0 || drawn < 60)
        ask_register(simulation, any_event(simulation));
    else if (drawn < 75)
        ask_of_attendee(simulation, ASK_ATTENDEE_CONFIRM, "attendee.confirm");
    else if (drawn < 85)
        ask_of_attendee(simulation, ASK_ATTENDEE_CANCEL, "attendee.cancel");
    else
        ask_notify(simulation, any_event(simulation));
}

static void ask_something(struct simulation *simulation)
{
    const struct history *history = &simulation->history;
    uint64_t drawn = below(simulation, 1000), more = below(simulation, 100);
    if (history->n_events == 0 || (drawn < 3 && history->n_events < EVENTS_MOST))
        ask_event(simulation);
    else if (history->n_types == 0 || (drawn < 10 && history->n_types < TYPES_MOST))
        ask_type(simulation, any_event(simulation));
    else if (drawn < 15)
        ask_capacity(simulation);
    else if (drawn < 16)
        ask_cancel_event(simulation, any_event(simulation));
    else if (drawn < 620 || history->n_orders == 0)
        ask_place(simulation);
    else if (drawn < 850)
        ask_about_order(simulation, more);
    else
        ask_about_people(simulation, more);
}

/* --- How it is asked --- */

static void vary(struct simulation *simulation, struct ask *ask)
{
    const bool *on = simulation->faults.on;
    if (simulation->phase != PHASE_RUN)
        return;
    ask->misplaced = on[FAULT_MISPLACED] && percent(simulation, 10);
    ask->has_id = !percent(simulation, 5);
    if (ask->kind == ASK_EVENT || ask->kind == ASK_PUBLISH || ask->kind == ASK_TYPE)
        ask->has_id = true; /* all else is built upon them */
    if (percent(simulation, 20))
        ask->timeout_ms = percent(simulation, 50) ? -1 : 1000;
}

/* Another command under the id of the one before. */
static void reuse(struct simulation *simulation, size_t first)
{
    struct history *history = &simulation->history;
    const struct ask *ask = &history->asks[first];
    if (ask->kind != ASK_PLACE || !ask->has_id || history->n != first + 1)
        return;
    ask_register(simulation, ask->event);
    struct ask *again = &history->asks[history->n - 1];
    again->reuses = true;
    again->timeout_ms = -1;
    (void)send(simulation, again);
}

static void ask_one(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    size_t first = history->n;
    ask_something(simulation);
    struct ask *ask = &history->asks[first];
    vary(simulation, ask);
    if (!send(simulation, ask))
        return;
    if (simulation->faults.on[FAULT_REPEATED] && ask->has_id && percent(simulation, 8))
        (void)send(simulation, ask);
    if (percent(simulation, 1))
        reuse(simulation, first);
    if (simulation->faults.on[FAULT_JUNK] && percent(simulation, 4))
        send_junk(simulation);
}

/* --- Again, until there is an answer --- */

static bool wants_again(const struct ask *ask)
{
    if (ask->status != 0 || !ask->answers || ask->lost)
        return false;
    if (ask->sends == 0)
        return true;
    return ask->has_id && world->now - ask->sent_at > RETRY_US && ask->sends < SENDS_MOST;
}

static void ask_again(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++)
        if (wants_again(&history->asks[i]) && !send(simulation, &history->asks[i]))
            return;
}

static bool is_ready(const struct simulation *simulation)
{
    return broker_topic("payments.events") != NULL && !broker_is_away() &&
           simulation->sent < simulation->options.commands;
}

static void act(void *context)
{
    struct simulation *simulation = context;
    size_t burst = 1 + below(simulation, percent(simulation, 30) ? 300 : 60);
    if (simulation->history.n_events == 0)
        burst = 3;
    for (size_t i = 0; i < burst && is_ready(simulation); i++)
        ask_one(simulation);
    if (percent(simulation, 25) || simulation->phase != PHASE_RUN)
        ask_again(simulation);
    simulation->crowd.at =
        world->now + (percent(simulation, 70) ? dice_between(&simulation->dice, 2000, 100000)
                                              : dice_between(&simulation->dice, 100000, 3000000));
}

void crowd_open(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    simulation->dice = (struct dice){simulation->options.seed * 7919 + 1};
    simulation->crowd = (struct actor){.at = 0, .act = act, .context = simulation};
    history->events = calloc(EVENTS_MOST * 4, sizeof *history->events);
    history->types = calloc(TYPES_MOST * 4, sizeof *history->types);
    world_add_actor(&simulation->crowd);
}

void crowd_close(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++) {
        free(history->asks[i].body);
        free(history->asks[i].key);
    }
    free(history->asks);
    free(history->events);
    free(history->types);
    free(history->orders);
    free(history->attendees);
}

/* --- What is learnt --- */

/* The text of a member, the first of that name; false: there is none. */
static bool text_of(const char *body, size_t size, const char *name, char *out, size_t room)
{
    char sought[64];
    (void)snprintf(sought, sizeof sought, "\"%s\":\"", name);
    const char *at = memmem(body, size, sought, strlen(sought));
    if (at == NULL)
        return false;
    at += strlen(sought);
    const char *end = memchr(at, '"', size - (size_t)(at - body));
    if (end == NULL || (size_t)(end - at) >= room)
        return false;
    memcpy(out, at, (size_t)(end - at));
    out[end - at] = '\0';
    return true;
}

static void learn_event(struct simulation *simulation, const char *body, size_t size)
{
    struct history *history = &simulation->history;
    struct event_known *event = &history->events[history->n_events];
    if (history->n_events == EVENTS_MOST * 4 || !text_of(body, size, "id", event->id, 48))
        return;
    ask_publish(simulation, (int32_t)history->n_events++);
    struct ask *ask = &history->asks[history->n - 1];
    (void)send(simulation, ask);
}

static void learn_type(struct simulation *simulation, const struct ask *ask, const char *body,
                       size_t size)
{
    struct history *history = &simulation->history;
    struct type_known *type = &history->types[history->n_types];
    if (history->n_types == TYPES_MOST * 4 || !text_of(body, size, "id", type->id, 48))
        return;
    type->event = ask->event;
    history->n_types++;
}

static void *grow(void *array, size_t n, size_t member)
{
    return (n & (n - 1)) == 0 && (n == 0 || n >= 64)
               ? realloc(array, (n == 0 ? 64 : 2 * n) * member)
               : array;
}

static void learn_order(struct simulation *simulation, const struct ask *ask, const char *body,
                        size_t size)
{
    struct history *history = &simulation->history;
    history->orders = grow(history->orders, history->n_orders, sizeof *history->orders);
    struct order_known *order = &history->orders[history->n_orders];
    *order = (struct order_known){.event = ask->event, .ask = (int32_t)number_of(simulation, ask)};
    if (!text_of(body, size, "id", order->id, sizeof order->id))
        return;
    (void)text_of(body, size, "code", order->code, sizeof order->code);
    history->n_orders++;
}

static void learn_attendee(struct simulation *simulation, const struct ask *ask, const char *body,
                           size_t size)
{
    struct history *history = &simulation->history;
    history->attendees = grow(history->attendees, history->n_attendees, sizeof *history->attendees);
    struct attendee_known *attendee = &history->attendees[history->n_attendees];
    *attendee = (struct attendee_known){.event = ask->event};
    if (text_of(body, size, "id", attendee->id, sizeof attendee->id))
        history->n_attendees++;
}

void crowd_told(struct simulation *simulation, struct ask *ask, int status, const char *body,
                size_t size)
{
    if (status != 201 || ask->reuses)
        return;
    const struct ask asked = *ask; /* learning may move it */
    if (asked.kind == ASK_EVENT)
        learn_event(simulation, body, size);
    else if (asked.kind == ASK_TYPE)
        learn_type(simulation, ask, body, size);
    else if (asked.kind == ASK_PLACE)
        learn_order(simulation, ask, body, size);
    else if (asked.kind == ASK_REGISTER)
        learn_attendee(simulation, ask, body, size);
}
