/* fact: what happened, as the facts topics tell anyone. Ids, states and amounts; never a ticket's
 * code or personal data. */
#pragma once

#include "libshared/contract/command.h"
#include "libshared/contract/ticket_type.h"

struct fact_item {
    const char *ticket_type_id;
    int64_t quantity;
};
/* One struct for every fact: what does not belong to one is absent. */
struct fact_body {
    struct opt_int64 epoch; /* laid in by the turn, as `stock` is */
    const char *event_id, *ticket_type_id, *order_id, *attendee_id, *notification_id, *delivery_id;
    const char *payment_id;
    const char *status, *channel, *reason;
    struct opt_int64 version; /* of the event or ticket type that it tells of */
    const char *type,
        *name; /* these and the price, sales_start and sales_end are a ticket type's */
    struct money price;
    struct opt_time over_at; /* an event's end */
    struct opt_time sales_start, sales_end;
    struct money total, amount;
    struct opt_time expires_at;
    LIST_OF(struct fact_item) items;
    LIST_OF(struct pool_level) pools;  /* all of an event's, once they changed */
    LIST_OF(struct stock_level) stock; /* laid in by the turn, which knows what it moved */
};

struct fact {
    const char *type;
    enum module module;
    const char *summary;
    const char *always,
        *sometimes; /* members of fact_body besides the epoch, with blanks between */
};
extern const struct fact facts[];
extern const size_t facts_n;
RECORD_OF(struct fact_body, fact_record);
const struct fact *fact_find(const char *type); /* NULL: none */
