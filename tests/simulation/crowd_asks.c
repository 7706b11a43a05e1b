/* What clients ask for. */
#include "tests/simulation/crowd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void ask_event(struct simulation *simulation)
{
    struct ask *ask = new_ask(simulation, ASK_EVENT, "events.commands", "event.create", -1);
    char key[32];
    (void)snprintf(key, sizeof key, "ask-%u", crowd_number(simulation, ask));
    ask->key = strdup(key);
    set_body(ask,
             "{\"name\":\"Event %u\",\"starts_at\":\"2027-05-01T20:00:00Z\",\"time_zone\":\"UTC\","
             "\"location\":\"Here\",\"category\":\"concert\",\"currency\":\"EUR\","
             "\"external_id\":\"%s\"}",
             crowd_number(simulation, ask), key);
}

void crowd_ask_publish(struct simulation *simulation, int32_t event)
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
             ask->key, (unsigned)(5 + crowd_below(simulation, 400)),
             crowd_percent(simulation, 30) ? ",\"per_buyer_limit\":6" : "");
}

static void ask_place(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    int32_t type = (int32_t)crowd_below(simulation, history->n_types);
    int32_t event = history->types[type].event;
    struct ask *ask = new_ask(simulation, ASK_PLACE, "tickets.commands", "order.place", event);
    char hold[40] = "";
    if (crowd_percent(simulation, 40))
        (void)snprintf(hold, sizeof hold, ",\"hold_seconds\":%u",
                       (unsigned)(1 + crowd_below(simulation, 15)));
    ask->type = type;
    set_body(ask,
             "{\"event_id\":\"%s\",\"external_id\":\"ask-%u\",\"items\":[{\"ticket_type_id\":\"%s\""
             ",\"quantity\":%u}],\"buyer\":{\"name\":\"Ana\",\"email\":\"b%u@example.org\"}%s}",
             ask->key, crowd_number(simulation, ask), history->types[type].id,
             (unsigned)(1 + crowd_below(simulation, 4)), (unsigned)crowd_below(simulation, 60),
             hold);
}

static void ask_of_order(struct simulation *simulation, enum ask_kind kind, const char *command)
{
    struct history *history = &simulation->history;
    int32_t order = (int32_t)crowd_below(simulation, history->n_orders);
    struct ask *ask =
        new_ask(simulation, kind, "tickets.commands", command, history->orders[order].event);
    ask->order = order;
    set_body(ask, "{\"event_id\":\"%s\",\"order_id\":\"%s\"}", ask->key, history->orders[order].id);
}

static void ask_check_in(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    const struct order_known *order = &history->orders[crowd_below(simulation, history->n_orders)];
    struct ask *ask =
        new_ask(simulation, ASK_CHECK_IN, "tickets.commands", "ticket.check_in", order->event);
    set_body(ask, "{\"event_id\":\"%s\",\"code\":\"%s\",\"gate\":\"A\"}", ask->key,
             order->code[0] != '\0' ? order->code : "0000000000000000");
}

static void ask_payment(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    const struct order_known *order = &history->orders[crowd_below(simulation, history->n_orders)];
    struct ask *ask =
        new_ask(simulation, ASK_PAYMENT, "payments.events", "payment.succeeded", order->event);
    ask->order = (int32_t)(order - history->orders);
    if (crowd_percent(simulation, 30)) { /* a payment system may not know the event */
        free(ask->key);
        ask->key = strdup(order->id);
    }
    set_body(ask,
             "{\"order_id\":\"%s\",\"payment_id\":\"pay-%u\",\"amount\":{\"amount\":%u,"
             "\"currency\":\"EUR\"}}",
             order->id, crowd_number(simulation, ask),
             1000 * (unsigned)(1 + crowd_below(simulation, 4)));
}

void crowd_ask_register(struct simulation *simulation, int32_t event)
{
    struct ask *ask =
        new_ask(simulation, ASK_REGISTER, "attendees.commands", "attendee.register", event);
    set_body(ask, "{\"event_id\":\"%s\",\"name\":\"Ana\",\"email\":\"a%u@example.org\"}", ask->key,
             (unsigned)crowd_below(simulation, 3000));
}

static void ask_of_attendee(struct simulation *simulation, enum ask_kind kind, const char *command)
{
    struct history *history = &simulation->history;
    const struct attendee_known *attendee =
        &history->attendees[crowd_below(simulation, history->n_attendees)];
    struct ask *ask = new_ask(simulation, kind, "attendees.commands", command, attendee->event);
    set_body(ask, "{\"event_id\":\"%s\",\"attendee_id\":\"%s\"}", ask->key, attendee->id);
}

static void ask_capacity(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    const struct type_known *type = &history->types[crowd_below(simulation, history->n_types)];
    struct ask *ask =
        new_ask(simulation, ASK_CAPACITY, "tickets.commands", "ticket_type.update", type->event);
    set_body(ask, "{\"event_id\":\"%s\",\"ticket_type_id\":\"%s\",\"patch\":{\"capacity\":%u}}",
             ask->key, type->id, (unsigned)(5 + crowd_below(simulation, 600)));
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
             ask->key, (unsigned)crowd_below(simulation, 1000),
             (unsigned)crowd_below(simulation, 1000));
}

static int32_t any_event(struct simulation *simulation)
{
    return (int32_t)crowd_below(simulation, simulation->history.n_events);
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
        crowd_ask_register(simulation, any_event(simulation));
    else if (drawn < 75)
        ask_of_attendee(simulation, ASK_ATTENDEE_CONFIRM, "attendee.confirm");
    else if (drawn < 85)
        ask_of_attendee(simulation, ASK_ATTENDEE_CANCEL, "attendee.cancel");
    else
        ask_notify(simulation, any_event(simulation));
}

void crowd_ask(struct simulation *simulation)
{
    const struct history *history = &simulation->history;
    uint64_t drawn = crowd_below(simulation, 1000), more = crowd_below(simulation, 100);
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
