#include "libshared/contract/event.h"

#include <string.h>

#include "libshared/contract/notification.h"

const char *const event_status_names[] = {"",          "draft",    "published", "postponed",
                                          "cancelled", "finished", NULL};

#define T struct event_messages
static const struct field messages_fields[] = {
    FIELD(T, welcome, .summary = "To everyone who registers, with links to confirm and to cancel."),
    FIELD(T, tickets,
          .summary = "The tickets, to the buyer of a paid order and to everyone to whom a "
                     "ticket is passed on."),
    FIELD(T, changes,
          .summary = "To everyone with a ticket or a registration when the event is postponed "
                     "or cancelled."),
    FIELD_AS(kind_duration, T, reminder,
             .summary = "To everyone, this long before the event starts, such as P1D."),
};
static const struct record messages_record = RECORD("event_messages", T, messages_fields);
#undef T

static const struct field fields[] = {
    COMMON_FIELDS(struct event, EVENT_PREFIX),
    FIELD(struct event, external_id, .personal = NOT_ERASED, .max = 100,
          .summary = "The caller's own id."),
    FIELD(struct event, name, .personal = NOT_ERASED, .flags = REQUIRED, .max = 200),
    FIELD_TIME(struct event, starts_at, .flags = REQUIRED),
    FIELD(struct event, ends_at),
    FIELD(struct event, check_in_opens_at, .summary = "Before this time gates admit nobody."),
    FIELD(struct event, check_in_closes_at,
          .summary = "From this time on gates admit nobody; if absent, from 12 hours after "
                     "ends_at, or else after the end of the day it starts on."),
    FIELD_AS(kind_time_zone, struct event, time_zone, .flags = REQUIRED),
    FIELD(struct event, location, .personal = NOT_ERASED, .flags = REQUIRED, .max = 500),
    FIELD(struct event, category, .personal = NOT_ERASED, .flags = REQUIRED, .max = 100),
    FIELD(struct event, description, .personal = NOT_ERASED, .flags = MULTILINE, .max = 10000),
    FIELD_AS(kind_currency, struct event, currency, .flags = REQUIRED),
    FIELD_ENUM(struct event, status, event_status_names, .flags = SHOWN,
               .summary =
                   "Tickets are sold only while it is published and not over: until ends_at, "
                   "or else the end of the day it starts on, or a type's sales_end if that "
                   "is later."),
    FIELD(struct event, attendee_limit, .max = 100000000,
          .summary = "How many people can be on its list, not counting those who cancelled."),
    FIELD_LIST(struct event, pools, event_pool_record, .max = EVENT_POOLS_MAX,
               .summary = "Capacities that several of its ticket types share."),
    FIELD_NESTED(struct event, messages, messages_record,
                 .summary = "E-mails that are sent automatically, one for each cause."),
    FIELD_ID(struct event, reminder_id, NOTIFICATION_PREFIX, .flags = STORED_ONLY),
    FIELD(struct event, over_at, .flags = STORED_ONLY),
    FIELD(struct event, metadata, .personal = NOT_ERASED,
          .summary = "Up to 20 strings of the caller's."),
};

static void check_pools(const struct event *event, struct decoder *decoder)
{
    struct path pools = {.parent = decoder->path, .name = "pools"};
    for (size_t i = 1; i < event->pools.n; i++) {
        size_t k = 0;
        while (k < i && strcmp(event->pools.at[k].name, event->pools.at[i].name) != 0)
            k++;
        struct path pool = {.parent = &pools, .index = i};
        if (k < i)
            violations_add(decoder->violations, &(struct path){.parent = &pool, .name = "name"},
                           VIOLATION_duplicate);
    }
}

static void check(const void *members, struct decoder *decoder)
{
    const struct event *event = members;
    check_pools(event, decoder);
    struct path ends = {.parent = decoder->path, .name = "ends_at"};
    struct path closes = {.parent = decoder->path, .name = "check_in_closes_at"};
    if (event->ends_at.set && event->ends_at.ms <= event->starts_at)
        violations_add(decoder->violations, &ends, VIOLATION_must_be_after);
    if (event->check_in_opens_at.set && event->check_in_closes_at.set &&
        event->check_in_closes_at.ms <= event->check_in_opens_at.ms)
        violations_add(decoder->violations, &closes, VIOLATION_must_be_after);
}

const struct record event_record = RECORD("event", struct event, fields, .check = check);
