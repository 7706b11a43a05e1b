/* event: what tickets are sold for. */
#pragma once

#include "libshared/contract/event_picture.h"
#include "libshared/contract/pool.h"
#include "libshared/contract/ticket_question.h"

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
    struct opt_bool welcome, tickets, changes, refunds;
    const char *reminder; /* a duration before its start */
};

struct event {
    COMMON_MEMBERS;
    const char *external_id;
    const char *name, *time_zone, *location, *category, *description, *currency;
    const char *color;             /* #rrggbb; NULL: not said */
    const char *contact;           /* where people write to; NULL: not said */
    struct event_picture *picture; /* NULL: none */
    int64_t starts_at;
    struct opt_time ends_at;
    struct opt_time check_in_opens_at, check_in_closes_at;
    enum event_status status;
    struct opt_time buyer_may_cancel_until; /* on the page of the order; unset: not at all */
    struct opt_int64 attendee_limit;
    struct opt_bool shared_addresses;     /* of several people on its list */
    struct opt_bool had_shared_addresses; /* at any time: some of them may still be there */
    LIST_OF(struct event_pool) pools;
    ticket_questions questions;
    struct event_messages *messages; /* NULL: nothing */
    const char *reminder_id;         /* the notification that is its reminder; NULL: none */
    const char *news_id;             /* the notification that tells of its last move; NULL: none */
    struct opt_bool silent;          /* taken with a change: nobody is told of it */
    struct opt_bool own_texts;       /* its automatic messages have some: message_texts.h */
    struct opt_time over_at;         /* its end, worked out when it was stored */
    /* Where the first day of it begins and the last one ends in its time zone; likewise. */
    struct opt_time day_begins_at, day_ends_at;
    struct string_map metadata;
};

/* The stock of all its types together: capacity = sold + held + available. */
struct event_stock {
    int64_t capacity, sold, held, available;
};
/* As a shop lists it. */
struct listed_event {
    struct event event;
    struct event_stock *stock;
};

/* event.cancel: how. */
struct event_cancel {
    struct opt_bool silent; /* nobody is told */
};

/* Another event like one, at another time. */
struct event_clone {
    int64_t starts_at;
    const char *name, *external_id;
};

RECORD_OF(struct event, event_record);
RECORD_OF(struct listed_event, listed_event_record);
RECORD_OF(struct event_cancel, event_cancel_record);
RECORD_OF(struct event_clone, event_clone_record);
