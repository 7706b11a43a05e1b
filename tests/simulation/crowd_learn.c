/* What clients learn from answers. */
#include "tests/simulation/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    crowd_ask_publish(simulation, (int32_t)history->n_events++);
    struct ask *ask = &history->asks[history->n - 1];
    (void)crowd_send(simulation, ask);
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
    *order =
        (struct order_known){.event = ask->event, .ask = (int32_t)crowd_number(simulation, ask)};
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
