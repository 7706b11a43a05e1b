#include "db-svc/rules/messages/content.h"

#include <string.h>

#include "db-svc/rules/messages/send_time_fields.h"
#include "db-svc/rules/messages/locale_format.h"
#include "libshared/base/mem.h"

static const char *ordered(const void *arena, const struct order *order)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->items.n; i++)
        n += order->items.at[i].quantity;
    return mem_printf(arena, "%lld", (long long)n);
}

static bool same_type(const struct delivery_ticket *one, const struct delivery_ticket *other)
{
    return one->type != NULL && other->type != NULL && strcmp(one->type, other->type) == 0;
}

/* How many of each type, in the order of their first. */
static const char *types(const void *arena, const struct content *content)
{
    const struct delivery_ticket *at = content->tickets;
    char *text = mem_strdup(arena, "");
    for (size_t i = 0; i < content->n_tickets; i++) {
        size_t before = 0, n = 0;
        for (size_t k = 0; k < i; k++)
            before += same_type(&at[k], &at[i]);
        for (size_t k = i; k < content->n_tickets; k++)
            n += same_type(&at[k], &at[i]);
        if (before == 0 && n > 0)
            text = talloc_asprintf_append_buffer(text, "%s%zu %s", *text != '\0' ? ", " : "", n,
                                                 at[i].type);
    }
    return text;
}

enum {
    EVENT_ID_FIELD,
    EVENT_NAME,
    EVENT_LOCATION,
    EVENT_CATEGORY,
    EVENT_STATUS,
    EVENT_TIME_ZONE,
    EVENT_STARTS_AT,
    EVENT_ENDS_AT,
    EVENT_PREVIOUS_STARTS_AT,
    EVENT_PREVIOUS_LOCATION,
    RECIPIENT_NAME,
    RECIPIENT_ADDRESS,
    ATTENDEE_NAME,
    ATTENDEE_EMAIL,
    ATTENDEE_PHONE,
    ATTENDEE_STATUS,
    ORDER_ID_FIELD,
    ORDER_NAME,
    ORDER_EMAIL,
    ORDER_STATUS,
    ORDER_TICKETS,
    ORDER_TOTAL,
    ORDER_REFUNDED_FIELD,
    LINKS_CONFIRM,
    LINKS_CANCEL,
    LINKS_UNSUBSCRIBE,
    LINKS_ORDER,
    ATTENDEE_CONFIRM_URL,
    ATTENDEE_CANCEL_URL,
    TICKETS_COUNT, /* from here on: of tickets */
    TICKETS_TYPES,
    TICKETS_CODES,
    TICKETS_LIST,
    TICKETS_ANSWERS,
    FIELDS
};
/* Each at most some hundred characters long, so that a hundred of them stay small, but for lists of
 * tickets. */
static const struct template_field fields[FIELDS + 1] = {
    [EVENT_ID_FIELD] = {.name = "event.id"},
    [EVENT_NAME] = {.name = "event.name"},
    [EVENT_LOCATION] = {.name = "event.location"},
    [EVENT_CATEGORY] = {.name = "event.category"},
    [EVENT_STATUS] = {.name = "event.status"},
    [EVENT_TIME_ZONE] = {.name = "event.time_zone"},
    [EVENT_STARTS_AT] = {.name = "event.starts_at"},
    [EVENT_ENDS_AT] = {.name = "event.ends_at"},
    [EVENT_PREVIOUS_STARTS_AT] = {.name = "event.previous_starts_at"},
    [EVENT_PREVIOUS_LOCATION] = {.name = "event.previous_location"},
    [RECIPIENT_NAME] = {.name = "recipient.name"},
    [RECIPIENT_ADDRESS] = {.name = "recipient.address"},
    [ATTENDEE_NAME] = {.name = "attendee.name"},
    [ATTENDEE_EMAIL] = {.name = "attendee.email"},
    [ATTENDEE_PHONE] = {.name = "attendee.phone"},
    [ATTENDEE_STATUS] = {.name = "attendee.status"},
    [ORDER_ID_FIELD] = {.name = "order.id"},
    [ORDER_NAME] = {.name = "order.name"},
    [ORDER_EMAIL] = {.name = "order.email"},
    [ORDER_STATUS] = {.name = "order.status"},
    [ORDER_TICKETS] = {.name = "order.tickets"},
    [ORDER_TOTAL] = {.name = "order.total"},
    [ORDER_REFUNDED_FIELD] = {.name = "order.refunded"},
    [LINKS_CONFIRM] = {.name = "links.confirm", .value = SEND_TIME_CONFIRM, .mark = true},
    [LINKS_CANCEL] = {.name = "links.cancel", .value = SEND_TIME_CANCEL, .mark = true},
    [LINKS_UNSUBSCRIBE] = {.name = "links.unsubscribe",
                           .value = SEND_TIME_UNSUBSCRIBE,
                           .mark = true},
    [LINKS_ORDER] = {.name = "links.order", .value = SEND_TIME_ORDER, .mark = true},
    [ATTENDEE_CONFIRM_URL] = {.name = "attendee.confirm_url",
                              .value = SEND_TIME_CONFIRM,
                              .mark = true},
    [ATTENDEE_CANCEL_URL] = {.name = "attendee.cancel_url",
                             .value = SEND_TIME_CANCEL,
                             .mark = true},
    [TICKETS_COUNT] = {.name = "tickets.count"},
    [TICKETS_TYPES] = {.name = "tickets.types", .cost = SEND_TIME_LIST_COST},
    [TICKETS_CODES] = {.name = "tickets.codes",
                       .value = SEND_TIME_CODES,
                       .cost = SEND_TIME_LIST_COST,
                       .mark = true},
    [TICKETS_LIST] = {.name = "tickets.list",
                      .value = SEND_TIME_LIST,
                      .cost = SEND_TIME_LIST_COST,
                      .mark = true},
    [TICKETS_ANSWERS] = {.name = "tickets.answers",
                         .value = SEND_TIME_ANSWERS,
                         .cost = SEND_TIME_LIST_COST,
                         .mark = true},
};

static void fill_event(const void *arena, const struct content *content,
                       struct template_field *fill)
{
    const struct event *event = content->event;
    fill[EVENT_ID_FIELD].value = event->id;
    fill[EVENT_NAME].value = event->name;
    fill[EVENT_LOCATION].value = event->location;
    fill[EVENT_CATEGORY].value = event->category;
    fill[EVENT_STATUS].value = record_enum_text(event_status_names, (int)event->status);
    fill[EVENT_TIME_ZONE].value = event->time_zone;
    fill[EVENT_STARTS_AT].value =
        locale_format_time(arena, content->locale, event->time_zone, event->starts_at);
    if (event->ends_at.set)
        fill[EVENT_ENDS_AT].value =
            locale_format_time(arena, content->locale, event->time_zone, event->ends_at.ms);
}

static void fill_previous(const void *arena, const struct content *content,
                          struct template_field *fill)
{
    const struct event_place *previous = content->previous;
    fill[EVENT_PREVIOUS_LOCATION].value = previous->location;
    fill[EVENT_PREVIOUS_STARTS_AT].value =
        locale_format_time(arena, content->locale, previous->time_zone, previous->starts_at);
}

/* A recipient who is no attendee goes by the delivery's name and address. */
static void fill_person(const struct delivery *delivery, const struct attendee *attendee,
                        struct template_field *fill)
{
    fill[RECIPIENT_NAME].value = fill[ATTENDEE_NAME].value = delivery->recipient;
    fill[RECIPIENT_ADDRESS].value = delivery->address;
    fill[channel_is_by_email(delivery->channel) ? ATTENDEE_EMAIL : ATTENDEE_PHONE].value =
        delivery->address;
    if (attendee == NULL)
        return;
    fill[ATTENDEE_NAME].value = attendee->name;
    fill[ATTENDEE_EMAIL].value = attendee->email;
    fill[ATTENDEE_PHONE].value = attendee->phone;
    fill[ATTENDEE_STATUS].value = record_enum_text(attendee_status_names, (int)attendee->status);
}

static void fill_order(const void *arena, const struct content *content,
                       struct template_field *fill)
{
    const struct order *order = content->order;
    fill[ORDER_ID_FIELD].value = order->id;
    if (order->buyer != NULL) {
        fill[ORDER_NAME].value = order->buyer->name;
        fill[ORDER_EMAIL].value = order->buyer->email;
    }
    fill[ORDER_STATUS].value = record_enum_text(order_status_names, (int)order->status);
    fill[ORDER_TICKETS].value = ordered(arena, order);
    if (*order->total.currency != '\0')
        fill[ORDER_TOTAL].value = locale_format_money(arena, content->locale, order->total);
    if (*order->refunded.currency != '\0')
        fill[ORDER_REFUNDED_FIELD].value =
            locale_format_money(arena, content->locale, order->refunded);
}

static void fill_tickets(const void *arena, const struct content *content,
                         struct template_field *fill)
{
    fill[TICKETS_COUNT].value = mem_printf(arena, "%zu", content->n_tickets);
    fill[TICKETS_TYPES].value = types(arena, content);
}

static void check(struct decoder *decoder, const struct path *path, const char *text)
{
    static const enum violation_code codes[] = {
        [TEMPLATE_UNKNOWN_FIELD] = VIOLATION_unknown_field,
        [TEMPLATE_TOO_MANY_FIELDS] = VIOLATION_too_many_fields,
    };
    enum template_fault fault = text != NULL ? template_check(text, fields) : TEMPLATE_RIGHT;
    if (fault != TEMPLATE_RIGHT)
        violations_add(decoder->violations, path, codes[fault]);
}

void content_check(struct decoder *decoder, const struct path *parent,
                   const struct notification_text *text)
{
    const struct path subject = {.parent = parent, .name = "subject"};
    check(decoder, &subject, text->subject);
    if (content_marks(text->subject) > 0)
        violations_add(decoder->violations, &subject, VIOLATION_not_in_subject);
    check(decoder, &(const struct path){.parent = parent, .name = "message"}, text->message);
}

bool content_shows_tickets(const char *text)
{
    return text != NULL && template_cost(text, &fields[TICKETS_COUNT]) > 0;
}

bool content_shows_link(const char *text, const char *mark)
{
    int cost = 0;
    for (const struct template_field *field = fields; field->name != NULL; field++)
        if (field->mark && strcmp(field->value, mark) == 0)
            cost += template_cost(text, (const struct template_field[]){*field, {.name = NULL}});
    return cost > 0;
}

size_t content_marks(const char *text)
{
    void *arena = mem_arena(NULL, 0);
    size_t n = text != NULL ? template_render(arena, text, fields).n_marks : 0;
    mem_free(arena);
    return n;
}

struct template_text content_render(const void *arena, const char *text,
                                    const struct content *content)
{
    struct template_field fill[FIELDS + 1];
    if (text == NULL)
        return (struct template_text){.text = NULL};
    memcpy(fill, fields, sizeof fields);
    if (content->event != NULL)
        fill_event(arena, content, fill);
    if (content->previous != NULL)
        fill_previous(arena, content, fill);
    fill_person(content->delivery, content->attendee, fill);
    if (content->order != NULL)
        fill_order(arena, content, fill);
    fill_tickets(arena, content, fill);
    return template_render(arena, text, fill);
}
