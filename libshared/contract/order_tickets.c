#include "libshared/contract/order_tickets.h"

#include "libshared/contract/order.h"

#define T struct order_tickets
static const struct field fields[] = {
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD_NESTED(T, event, delivery_event_record, .summary = "As the buyer's language has it."),
    FIELD_LIST(T, tickets, delivery_ticket_record, .summary = "Those that are not void."),
};
const struct record order_tickets_record = RECORD("order_tickets", T, fields);
