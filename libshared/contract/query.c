#include "libshared/contract/query.h"

#include "libshared/contract/attendee.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/event.h"
#include "libshared/contract/import.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

static const char *const sorts[] = {"created_at", "-created_at", "updated_at", "-updated_at", NULL};

#define T struct list_request
#define LIMIT_AND_CURSOR                                                                           \
    FIELD(T, limit, .min = 1, .max = LIST_LIMIT_MAX,                                               \
          .summary = "Items per page; 50 if not given."),                                          \
        FIELD(T, cursor, .min = 1, .max = 500,                                                     \
              .summary = "The value of `next` in the page before.")
#define SINCE FIELD(T, updated_since, .summary = "Only records that changed at or after this time.")
#define PAGE                                                                                       \
    LIMIT_AND_CURSOR,                                                                              \
        FIELD(T, sort, .max = 50, .names = sorts,                                                  \
              .summary = "With a leading -: in descending order."),                                \
        SINCE
#define LIST(name_, ...)                                                                           \
    static const struct field name_##_fields[] = {PAGE, ##__VA_ARGS__};                            \
    const struct record name_##_record = RECORD(#name_, T, name_##_fields)

LIST(event_list, FIELD_ENUM(T, status, event_status_names), FIELD(T, category, .max = 100),
     FIELD(T, external_id, .max = 100));
static const char *const event_sorts[] = {"created_at", "-created_at", "updated_at", "-updated_at",
                                          "starts_at",  "-starts_at",  NULL};
static const struct field listed_event_list_fields[] = {
    LIMIT_AND_CURSOR,
    FIELD(T, sort, .max = 50, .names = event_sorts,
          .summary = "With a leading -: in descending order. With one of the dates below it is "
                     "starts_at if not given."),
    SINCE,
    FIELD_ENUM(T, status, event_status_names),
    FIELD(T, category, .max = 100),
    FIELD(T, external_id, .max = 100),
    FIELD(T, starts_from, .summary = "Only events that start at or after this time."),
    FIELD(T, starts_before, .summary = "Only events that start before this time."),
    FIELD(T, today,
          .summary = "Only events that take place today, by the calendar of their own time zones."),
};
const struct record listed_event_list_record =
    RECORD("listed_event_list", T, listed_event_list_fields);
LIST(ticket_type_list, FIELD(T, type, .max = 50));
LIST(order_list, FIELD_ENUM(T, status, order_status_names), FIELD(T, external_id, .max = 100),
     FIELD(T, email, .max = 254, .summary = "The buyer's e-mail address."));
static const char *const newest_first[] = {"-created_at", NULL};
static const struct field order_search_fields[] = {
    LIMIT_AND_CURSOR,
    FIELD(T, sort, .max = 50, .names = newest_first, .summary = "There is no other order."),
    FIELD(T, q, .flags = MULTILINE, .max = 300,
          .summary = "The beginnings of parts of one person's name, the buyer's or a holder's, in "
                     "any order and without accents; or the beginning of an e-mail address, a "
                     "phone number, or the order's id. A ticket's code is searched by POST alone."),
    FIELD(T, email, .max = 254, .summary = "The buyer's e-mail address."),
    FIELD(T, external_id, .max = 100),
    FIELD_ID(T, event_id, EVENT_PREFIX, .summary = "Only the orders of this event."),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .summary = "Only orders of this ticket type."),
    FIELD_ENUM(T, status, order_status_names),
    FIELD(T, payment_id, .max = 255, .summary = "Only the order of this payment."),
    FIELD(T, refund_due,
          .summary = "Only orders of which money is still to be given back, or "
                     "of which none is."),
    FIELD(T, created_from, .summary = "Only orders that were placed at or after this time."),
    FIELD(T, created_before, .summary = "Only orders that were placed before this time."),
};
const struct record order_search_record = RECORD("order_search", T, order_search_fields);
LIST(scan_list, FIELD_ENUM(T, result, scan_result_names), FIELD(T, gate, .max = 100));
LIST(check_in_list_list);
LIST(attendee_list, FIELD_ENUM(T, status, attendee_status_names), FIELD(T, email, .max = 254),
     FIELD(T, q, .flags = MULTILINE, .max = 100,
           .summary = "The beginnings of parts of the name, in any order and without accents; or "
                      "the beginning of the e-mail address, the phone number, or the id."),
     FIELD(T, external_id, .max = 100),
     FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX,
              .summary = "People who have a ticket of that type."),
     FIELD(T, checked_in,
           .summary = "People who have used a ticket (of ticket_type_id, if given), or who have "
                      "used none."));
LIST(notification_list, FIELD_ENUM(T, status, notification_status_names),
     FIELD_ENUM(T, channel, channel_names),
     FIELD(T, recipient, .max = 254, .summary = "An address that it was sent to."));
LIST(delivery_list, FIELD_ENUM(T, status, delivery_status_names),
     FIELD(T, recipient, .max = 254, .summary = "The address."));
LIST(suppression_list, FIELD_ENUM(T, channel, channel_names),
     FIELD(T, recipient, .max = 254, .summary = "The address."));

static const struct field ticket_list_fields[] = {
    LIMIT_AND_CURSOR,
    FIELD_ENUM(T, status, ticket_status_names),
    SINCE,
    FIELD_ID(T, list_id, CHECK_IN_LIST_PREFIX,
             .summary = "Only tickets of the types that this check-in list admits."),
};
const struct record ticket_list_record = RECORD("ticket_list", T, ticket_list_fields);
static const struct field listed_ticket_list_fields[] = {
    LIMIT_AND_CURSOR,
    FIELD_ENUM(T, status, ticket_status_names),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    SINCE,
};
const struct record listed_ticket_list_record =
    RECORD("listed_ticket_list", T, listed_ticket_list_fields);
static const struct field import_list_fields[] = {
    LIMIT_AND_CURSOR,
    FIELD_ENUM(T, status, import_status_names),
};
const struct record import_list_record = RECORD("import_list", T, import_list_fields);
static const struct field ledger_list_fields[] = {
    LIMIT_AND_CURSOR,
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD(T, pool, .max = POOL_NAME_MAX, .summary = "Only the rows of this pool."),
};
const struct record ledger_list_record = RECORD("ledger_list", T, ledger_list_fields);
static const struct field attendee_ticket_list_fields[] = {LIMIT_AND_CURSOR};
const struct record attendee_ticket_list_record =
    RECORD("attendee_ticket_list", T, attendee_ticket_list_fields);
const struct record attendee_history_list_record =
    RECORD("attendee_history_list", T, attendee_ticket_list_fields);
const struct record order_history_list_record =
    RECORD("order_history_list", T, attendee_ticket_list_fields);
#undef T

#define T struct availability_item
static const struct field item_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .flags = SHOWN),
    FIELD(T, type, .flags = SHOWN),
    FIELD(T, name, .flags = SHOWN),
    FIELD(T, price, .flags = SHOWN),
    FIELD(T, on_sale),
    FIELD(T, capacity),
    FIELD(T, sold),
    FIELD(T, held),
    FIELD(T, available),
    FIELD(T, sales_start),
    FIELD(T, sales_end),
    FIELD(T, version, .summary = "The ticket type's, as in its facts; over Kafka only."),
    FIELD(T, rev, .summary = "Its stock's, as in facts; over Kafka only."),
    FIELD(T, pool, .summary = "The pool whose capacity it shares with other types."),
    FIELD(T, pool_available,
          .summary = "What the pool has left: the lesser of this and `available` can be "
                     "bought."),
};
const struct record availability_item_record = RECORD("availability_item", T, item_fields);
#undef T

#define T struct availability_pool
static const struct field pool_fields[] = {
    FIELD(T, name, .flags = SHOWN),
    FIELD(T, capacity),
    FIELD(T, sold),
    FIELD(T, held),
    FIELD(T, available),
    FIELD(T, rev, .summary = "As in facts; over Kafka only."),
};
static const struct record availability_pool_record = RECORD("availability_pool", T, pool_fields);
#undef T

#define T struct availability
static const struct field availability_fields[] = {
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = SHOWN),
    FIELD_TIME(T, as_of),
    FIELD(T, status, .summary = "The event's; over Kafka only."),
    FIELD(T, version, .summary = "The event's, as in its facts; over Kafka only."),
    FIELD(T, over_at, .summary = "When the event ends; over Kafka only."),
    FIELD(T, epoch, .summary = "The database's, as in facts; over Kafka only."),
    FIELD_LIST(T, items, availability_item_record, .flags = SHOWN),
    FIELD_LIST(T, pools, availability_pool_record,
               .summary = "The pools that types share; absent if there are none."),
};
const struct record availability_record = RECORD("availability", T, availability_fields);
