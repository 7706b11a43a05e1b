/* What a granted claim is answered with, read. */
#include "notify-svc/attempt.h"

#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"

/* 0: none of them. */
static int enum_named(const char *const *names, const char *name)
{
    for (int i = 1; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return 0;
}

static bool read_ticket(const void *arena, json_t *json, struct delivery_ticket *ret_ticket)
{
    const char *code, *signature, *type = NULL, *holder = NULL;
    json_int_t number;
    if (json_unpack(json, "{s:I, s:s, s:s, s?s, s?s}", "number", &number, "code", &code,
                    "signature", &signature, "type", &type, "holder", &holder) < 0)
        return false;
    *ret_ticket = (struct delivery_ticket){.number = number,
                                           .code = mem_strdup(arena, code),
                                           .signature = mem_strdup(arena, signature),
                                           .type = mem_strdup(arena, type),
                                           .holder = mem_strdup(arena, holder)};
    return true;
}

static bool read_tickets(const void *arena, const json_t *json, struct delivery_order *order)
{
    size_t n = json_array_size(json);
    order->tickets.at = mem_array(arena, struct delivery_ticket, n + 1);
    for (; order->tickets.n < n; order->tickets.n++)
        if (!read_ticket(arena, json_array_get(json, order->tickets.n),
                         &order->tickets.at[order->tickets.n]))
            return false;
    return true;
}

/* NULL: none, or of a release before. */
static struct delivery_event *event_of(const void *arena, json_t *json)
{
    const char *name, *when, *where, *status = NULL, *locale = NULL;
    if (json_unpack(json, "{s:s, s:s, s:s, s?s, s?s}", "name", &name, "when", &when, "where",
                    &where, "status", &status, "locale", &locale) < 0)
        return NULL;
    struct delivery_event *event = mem_new(arena, struct delivery_event);
    *event = (struct delivery_event){.name = mem_strdup(arena, name),
                                     .when = mem_strdup(arena, when),
                                     .where = mem_strdup(arena, where),
                                     .status = mem_strdup(arena, status),
                                     .locale = mem_strdup(arena, locale)};
    return event;
}

bool attempt_order(const void *arena, const json_t *json, struct delivery_order *ret_order)
{
    const char *id, *channel, *status;
    const char *address = NULL, *message = NULL, *name = NULL, *subject = NULL, *unsubscribe = NULL,
               *calendar = NULL;
    json_int_t resends = 0;
    if (json_unpack((json_t *)json, "{s:s, s:s, s:s, s?s, s?s, s?s, s?s, s?s, s?s, s?I}", "id", &id,
                    "channel", &channel, "status", &status, "address", &address, "message",
                    &message, "calendar", &calendar, "name", &name, "subject", &subject,
                    "unsubscribe", &unsubscribe, "resends", &resends) < 0)
        return false;
    struct delivery_order order = {
        .id = mem_strdup(arena, id),
        .calendar = mem_strdup(arena, calendar),
        .name = mem_strdup(arena, name),
        .address = mem_strdup(arena, address),
        .subject = mem_strdup(arena, subject),
        .message = mem_strdup(arena, message),
        .unsubscribe = mem_strdup(arena, unsubscribe),
        .event = event_of(arena, json_object_get(json, "event")),
        .channel = (enum channel)enum_named(channel_names, channel),
        .status = (enum delivery_status)enum_named(delivery_status_names, status),
        .resends = resends};
    bool whole = order.status != DELIVERY_SENDING || (address != NULL && message != NULL);
    if (order.channel == CHANNEL_UNSET || order.status == DELIVERY_UNSET || !whole ||
        !read_tickets(arena, json_object_get(json, "tickets"), &order))
        return false;
    *ret_order = order;
    return true;
}
