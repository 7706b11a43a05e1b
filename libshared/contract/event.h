/* event: what tickets are sold for. */
#pragma once

#include "libshared/contract/pool.h"

#define EVENT_PREFIX "event"

enum event_status {
    EVENT_UNSET,
    EVENT_DRAFT,
    EVENT_PUBLISHED,
    EVENT_POSTPONED,
    EVENT_CANCELLED,
    EVENT_FINISHED
};
extern const char *const event_status_names[];

/* The messages that it sends by itself. */
struct event_messages {
    struct opt_bool welcome, tickets, changes;
    const char *reminder; /* a duration before its start */
};

struct event {
    COMMON_MEMBERS;
    const char *external_id;
    const char *name, *time_zone, *location, *category, *description, *currency;
    int64_t starts_at;
    struct opt_time ends_at;
    struct opt_time check_in_opens_at, check_in_closes_at;
    enum event_status status;
    struct opt_int64 attendee_limit;
    LIST_OF(struct event_pool) pools;
    struct event_messages *messages; /* NULL: nothing */
    const char *reminder_id;         /* the notification that is its reminder; NULL: none */
    struct opt_time over_at;         /* its end, worked out when it was stored */
    struct string_map metadata;
};

RECORD_OF(struct event, event_record);
