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
          .summary = "To everyone with a ticket or a registration when the event is moved to "
                     "another date or place, postponed or cancelled."),
    FIELD(T, refunds, .summary = "To the buyer of an order when money was refunded."),
    FIELD_AS(kind_duration, T, reminder,
             .summary = "To everyone, this long before the event starts, such as P1D."),
};
static const struct record messages_record = RECORD("event_messages", T, messages_fields);
#undef T

#define T struct event
/* clang-format off */
#define EVENT_FIELDS \
    COMMON_FIELDS(T, EVENT_PREFIX), \
    FIELD(T, external_id, .personal = NOT_ERASED, .max = 100, \
          .summary = "The caller's own id."), \
    FIELD(T, name, .personal = NOT_ERASED, .flags = REQUIRED, .max = 200), \
    FIELD_TIME(T, starts_at, .flags = REQUIRED), \
    FIELD(T, ends_at), \
    FIELD(T, check_in_opens_at, .summary = "Before this time gates admit nobody."), \
    FIELD(T, check_in_closes_at, \
          .summary = "From this time on gates admit nobody; if absent, from 12 hours after " \
                     "ends_at, or else after the end of the day it starts on."), \
    FIELD_AS(kind_time_zone, T, time_zone, .flags = REQUIRED), \
    FIELD(T, location, .personal = NOT_ERASED, .flags = REQUIRED, .max = 500), \
    FIELD(T, category, .personal = NOT_ERASED, .flags = REQUIRED, .max = 100), \
    FIELD(T, description, .personal = NOT_ERASED, .flags = MULTILINE, .max = 10000), \
    FIELD_AS(kind_color, T, color, .personal = NOT_PERSONAL, \
          .summary = "The colour of its mails, tickets and pages, as #rrggbb."), \
    FIELD_AS(kind_email, T, contact, .personal = NOT_ERASED, \
          .summary = "Where people write to: answers to its mails go there, and calendars name it " \
                     "as the organizer."), \
    FIELD_NESTED(T, picture, event_picture_record, .flags = READ_ONLY, \
                 .summary = "Its picture, which is set by itself."), \
    FIELD_AS(kind_currency, T, currency, .flags = REQUIRED), \
    FIELD_ENUM(T, status, event_status_names, .flags = SHOWN, \
               .summary = \
                   "Tickets are sold only while it is published and not over: until ends_at, " \
                   "or else the end of the day it starts on, or a type's sales_end if that " \
                   "is later."), \
    FIELD(T, buyer_may_cancel_until, \
          .summary = "Until then buyers may cancel on the page of their order, and what they " \
                     "paid is given back; if absent, they may not."), \
    FIELD(T, attendee_limit, .max = 100000000, \
          .summary = "How many people can be on its list, not counting those who cancelled."), \
    FIELD(T, shared_addresses, \
          .summary = "Several people can be on its list with one e-mail address, as families do, " \
                     "each under another name."), \
    FIELD_LIST(T, pools, event_pool_record, .max = EVENT_POOLS_MAX, \
               .summary = "Capacities that several of its ticket types share."), \
    FIELD_LIST(T, questions, ticket_question_record, .max = QUESTIONS_MAX, \
               .summary = "What is asked of the holder of each ticket."), \
    FIELD_NESTED(T, messages, messages_record, \
                 .summary = "E-mails that are sent automatically, one for each cause."), \
    FIELD_ID(T, reminder_id, NOTIFICATION_PREFIX, .flags = STORED_ONLY), \
    FIELD_ID(T, news_id, NOTIFICATION_PREFIX, .flags = STORED_ONLY), \
    FIELD(T, silent, .flags = INPUT_ONLY, \
          .summary = "With a change: nobody is told of it by an automatic message."), \
    FIELD(T, had_shared_addresses, .flags = STORED_ONLY), \
    FIELD(T, own_texts, .flags = STORED_ONLY), \
    FIELD(T, over_at, .flags = STORED_ONLY), \
    FIELD(T, day_begins_at, .flags = STORED_ONLY), \
    FIELD(T, day_ends_at, .flags = STORED_ONLY), \
    FIELD(T, metadata, .personal = NOT_ERASED, \
          .summary = "Up to 20 strings of the caller's.")
/* clang-format on */
static const struct field fields[] = {EVENT_FIELDS};
#undef T

static void check_pools(const void *members, struct decoder *decoder)
{
    const struct event *event = members;
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

static void check_questions(const void *members, struct decoder *decoder)
{
    const struct event *event = members;
    struct path questions = {.parent = decoder->path, .name = "questions"};
    for (size_t i = 1; i < event->questions.n; i++) {
        struct path question = {.parent = &questions, .index = i};
        if (ticket_question_find(event->questions.at, i, event->questions.at[i].id) != NULL)
            violations_add(decoder->violations, &(struct path){.parent = &question, .name = "id"},
                           VIOLATION_duplicate);
    }
}

static void check_end(const void *members, struct decoder *decoder)
{
    const struct event *event = members;
    struct path ends = {.parent = decoder->path, .name = "ends_at"};
    if (event->ends_at.set && event->ends_at.ms <= event->starts_at)
        violations_add(decoder->violations, &ends, VIOLATION_must_be_after);
}

static void check_gates(const void *members, struct decoder *decoder)
{
    const struct event *event = members;
    struct path closes = {.parent = decoder->path, .name = "check_in_closes_at"};
    if (event->check_in_opens_at.set && event->check_in_closes_at.set &&
        event->check_in_closes_at.ms <= event->check_in_opens_at.ms)
        violations_add(decoder->violations, &closes, VIOLATION_must_be_after);
}

const struct record event_record =
    RECORD("event", struct event, fields,
           .rules = RULES({"pools", check_pools}, {"questions", check_questions},
                          {"starts_at ends_at", check_end},
                          {"check_in_opens_at check_in_closes_at", check_gates}));

#define T struct event_stock
static const struct field stock_fields[] = {
    FIELD(T, capacity),
    FIELD(T, sold),
    FIELD(T, held),
    FIELD(T, available),
};
static const struct record event_stock_record = RECORD("event_stock", T, stock_fields);
#undef T

/* The event comes first in it, so that its members are where the event's are. */
#define T struct listed_event
static const struct field listed_fields[] = {
#undef T
#define T struct event
    EVENT_FIELDS,
#undef T
#define T struct listed_event
    FIELD_NESTED(T, stock, event_stock_record, .flags = READ_ONLY | SHOWN,
                 .summary = "Of all its ticket types; what several share in a pool counts once."),
};
const struct record listed_event_record = RECORD("listed_event", T, listed_fields);
#undef T

#define T struct event_cancel
static const struct field cancel_fields[] = {
    FIELD(T, silent, .summary = "Nobody is told of it by an automatic message."),
};
const struct record event_cancel_record = RECORD("event_cancel", T, cancel_fields);
#undef T

#define T struct event_clone
static const struct field clone_fields[] = {
    FIELD_TIME(T, starts_at, .flags = REQUIRED,
               .summary = "All its other times move with it, by the clock of its time zone."),
    FIELD(T, name, .min = 1, .max = 200, .summary = "If absent, as the event is called."),
    FIELD(T, external_id, .max = 100, .summary = "The caller's own id."),
};
const struct record event_clone_record = RECORD("event_clone", T, clone_fields);
#undef T
