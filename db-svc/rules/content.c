#include "db-svc/rules/content.h"

#include <libical/ical.h>
#include <string.h>

#include "libshared/base/mem.h"

/* A time as people at the place of the event read it. */
static const char *local_time(const void *arena, const char *time_zone, int64_t ms)
{
    icaltimezone *zone = icaltimezone_get_builtin_timezone(time_zone);
    if (zone == NULL)
        zone = icaltimezone_get_utc_timezone();
    struct icaltimetype time =
        icaltime_from_timet_with_zone((time_t)(ms / 1000), 0, icaltimezone_get_utc_timezone());
    time = icaltime_convert_to_zone(time, zone);
    return mem_printf(arena, "%04d-%02d-%02d %02d:%02d", time.year, time.month, time.day, time.hour,
                      time.minute);
}

/* The currencies of ISO 4217 whose minor unit is not a hundredth. */
static int decimals(const char *currency)
{
    static const char none[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
    return strstr(none, currency) != NULL ? 0 : strstr(three, currency) != NULL ? 3 : 2;
}

static const char *money(const void *arena, struct money money)
{
    int places = decimals(money.currency);
    int64_t unit = places == 0 ? 1 : places == 2 ? 100 : 1000;
    if (places == 0)
        return mem_printf(arena, "%lld %s", (long long)money.amount, money.currency);
    return mem_printf(arena, "%lld.%0*lld %s", (long long)(money.amount / unit), places,
                      (long long)(money.amount % unit), money.currency);
}

static const char *tickets(const void *arena, const struct order *order)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->items.n; i++)
        n += order->items.at[i].quantity;
    return mem_printf(arena, "%lld", (long long)n);
}

enum {
    EVENT_NAME,
    EVENT_LOCATION,
    EVENT_CATEGORY,
    EVENT_TIME_ZONE,
    EVENT_STARTS_AT,
    EVENT_ENDS_AT,
    RECIPIENT_NAME,
    RECIPIENT_ADDRESS,
    ATTENDEE_NAME,
    ATTENDEE_EMAIL,
    ATTENDEE_PHONE,
    ATTENDEE_STATUS,
    ORDER_ID_FIELD,
    ORDER_STATUS,
    ORDER_TICKETS,
    ORDER_TOTAL,
    FIELDS
};
/* Each at most some hundred characters long, so that a hundred of them stay small. */
static const struct template_field fields[FIELDS + 1] = {
    [EVENT_NAME] = {.name = "event.name"},
    [EVENT_LOCATION] = {.name = "event.location"},
    [EVENT_CATEGORY] = {.name = "event.category"},
    [EVENT_TIME_ZONE] = {.name = "event.time_zone"},
    [EVENT_STARTS_AT] = {.name = "event.starts_at"},
    [EVENT_ENDS_AT] = {.name = "event.ends_at"},
    [RECIPIENT_NAME] = {.name = "recipient.name"},
    [RECIPIENT_ADDRESS] = {.name = "recipient.address"},
    [ATTENDEE_NAME] = {.name = "attendee.name"},
    [ATTENDEE_EMAIL] = {.name = "attendee.email"},
    [ATTENDEE_PHONE] = {.name = "attendee.phone"},
    [ATTENDEE_STATUS] = {.name = "attendee.status"},
    [ORDER_ID_FIELD] = {.name = "order.id"},
    [ORDER_STATUS] = {.name = "order.status"},
    [ORDER_TICKETS] = {.name = "order.tickets"},
    [ORDER_TOTAL] = {.name = "order.total"},
};

static void fill_event(const void *arena, const struct event *event, struct template_field *fill)
{
    fill[EVENT_NAME].value = event->name;
    fill[EVENT_LOCATION].value = event->location;
    fill[EVENT_CATEGORY].value = event->category;
    fill[EVENT_TIME_ZONE].value = event->time_zone;
    fill[EVENT_STARTS_AT].value = local_time(arena, event->time_zone, event->starts_at);
    if (event->ends_at.set)
        fill[EVENT_ENDS_AT].value = local_time(arena, event->time_zone, event->ends_at.ms);
}

/* Who is no attendee goes by the name and the address that the delivery has. */
static void fill_person(const struct delivery *delivery, const struct attendee *attendee,
                        struct template_field *fill)
{
    fill[RECIPIENT_NAME].value = fill[ATTENDEE_NAME].value = delivery->recipient;
    fill[RECIPIENT_ADDRESS].value = delivery->address;
    fill[delivery->channel == CHANNEL_EMAIL ? ATTENDEE_EMAIL : ATTENDEE_PHONE].value =
        delivery->address;
    if (attendee == NULL)
        return;
    fill[ATTENDEE_NAME].value = attendee->name;
    fill[ATTENDEE_EMAIL].value = attendee->email;
    fill[ATTENDEE_PHONE].value = attendee->phone;
    fill[ATTENDEE_STATUS].value = record_enum_text(attendee_status_names, (int)attendee->status);
}

static void fill_order(const void *arena, const struct order *order, struct template_field *fill)
{
    fill[ORDER_ID_FIELD].value = order->id;
    fill[ORDER_STATUS].value = record_enum_text(order_status_names, (int)order->status);
    fill[ORDER_TICKETS].value = tickets(arena, order);
    if (*order->total.currency != '\0')
        fill[ORDER_TOTAL].value = money(arena, order->total);
}

void content_check(struct decoder *decoder, const char *member, const char *text)
{
    static const enum violation_code codes[] = {
        [TEMPLATE_UNKNOWN_FIELD] = VIOLATION_unknown_field,
        [TEMPLATE_TOO_MANY_FIELDS] = VIOLATION_too_many_fields,
    };
    enum template_fault fault = text != NULL ? template_check(text, fields) : TEMPLATE_RIGHT;
    if (fault != TEMPLATE_RIGHT)
        violations_add(decoder->violations, &(struct path){.name = member}, codes[fault]);
}

char *content_render(const void *arena, const char *text, const struct content *content)
{
    struct template_field fill[FIELDS + 1];
    if (text == NULL)
        return NULL;
    memcpy(fill, fields, sizeof fields);
    if (content->event != NULL)
        fill_event(arena, content->event, fill);
    fill_person(content->delivery, content->attendee, fill);
    if (content->order != NULL)
        fill_order(arena, content->order, fill);
    return template_render(arena, text, fill);
}
