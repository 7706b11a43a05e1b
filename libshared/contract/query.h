/* query: what lists may be asked for, and what availability says. */
#pragma once

#include "libshared/contract/common.h"

#define LIST_LIMIT_DEFAULT 50
#define LIST_LIMIT_MAX 500

/* One struct for every list; each list's table names the members that it takes. */
struct list_request {
    struct opt_int64 limit;
    const char *cursor, *sort; /* sort: a member's name, with "-" before it descending */
    const char *external_id, *email, *q, *recipient, *category, *type, *gate, *ticket_type_id,
        *order_id, *pool, *event_id, *payment_id, *list_id;
    int status;  /* an enum of the record listed */
    int channel; /* enum channel */
    int result;  /* enum scan_result */
    struct opt_bool checked_in, refund_due, today;
    struct opt_time updated_since, created_from, created_before, starts_from, starts_before;
};

struct availability_item {
    const char *ticket_type_id, *type, *name;
    struct money price;
    bool on_sale;
    int64_t capacity, sold, held, available;
    /* For followers of the facts, which carry the same. */
    struct opt_time sales_start, sales_end;
    struct opt_int64 version, rev; /* of the type; of its stock */
    const char *pool;              /* NULL: in none */
    struct opt_int64 pool_available;
};
struct availability_pool {
    const char *name;
    int64_t capacity, sold, held, available;
    struct opt_int64 rev; /* for followers too */
};
struct availability {
    const char *event_id;
    int64_t as_of;
    const char *status; /* the event's, and its version: for followers too */
    struct opt_int64 version, epoch;
    struct opt_time over_at; /* the event's end, for followers too */
    LIST_OF(struct availability_item) items;
    LIST_OF(struct availability_pool) pools; /* of the items */
};

extern const struct record event_list_record;
RECORD_OF(struct list_request, listed_event_list_record);
extern const struct record ticket_type_list_record;
extern const struct record order_list_record;
RECORD_OF(struct list_request, order_search_record);
extern const struct record attendee_list_record;
extern const struct record notification_list_record;
extern const struct record delivery_list_record;
extern const struct record suppression_list_record;
RECORD_OF(struct list_request, ticket_list_record);
RECORD_OF(struct list_request, listed_ticket_list_record);
RECORD_OF(struct list_request, attendee_ticket_list_record);
RECORD_OF(struct list_request, attendee_history_list_record);
RECORD_OF(struct list_request, order_history_list_record);
RECORD_OF(struct list_request, import_list_record);
extern const struct record scan_list_record;
RECORD_OF(struct list_request, check_in_list_list_record);
RECORD_OF(struct list_request, ledger_list_record);
RECORD_OF(struct availability_item, availability_item_record);
RECORD_OF(struct availability, availability_record);
