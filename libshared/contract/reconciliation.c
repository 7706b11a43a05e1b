#include "libshared/contract/reconciliation.h"

#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

#define T struct reconciled
static const struct field reconciled_fields[] = {
    FIELD(T, record, .summary = "What the ticket type, or the pool's event, says."),
    FIELD(T, counter),
    FIELD(T, ledger, .summary = "The sum of the ledger's rows."),
    FIELD(T, orders, .summary = "What is in paid orders and not void, or in orders on hold."),
    FIELD(T, tickets, .summary = "Tickets that are not void."),
};
static const struct record reconciled_record = RECORD("reconciled", T, reconciled_fields);
#undef T

#define T struct reconciliation_item
static const struct field item_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX), FIELD(T, pool),
    FIELD_NESTED(T, capacity, reconciled_record),    FIELD_NESTED(T, sold, reconciled_record),
    FIELD_NESTED(T, held, reconciled_record),
};
static const struct record item_record = RECORD("reconciliation_item", T, item_fields);
#undef T

static const char *const codes[] = {"record_differs",  "ledger_differs", "orders_differ",
                                    "tickets_differ",  "pool_differs",   "overcommitted",
                                    "counter_missing", "moving",         NULL};
static const char *const members[] = {"capacity", "sold", "held", "pool", NULL};

#define T struct difference
static const struct field difference_fields[] = {
    FIELD(T, code, .names = codes),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(T, pool),
    FIELD(T, member, .names = members),
    FIELD(T, counter, .summary = "What the counter says."),
    FIELD(T, found, .summary = "What the other source says."),
};
static const struct record difference_record = RECORD("difference", T, difference_fields);
#undef T

#define T struct reconciliation
static const struct field fields[] = {
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_TIME(T, as_of),
    FIELD(T, clean, .summary = "Whether there is no difference."),
    FIELD(T, orders, .summary = "How many orders were read."),
    FIELD_LIST(T, items, item_record),
    FIELD_LIST(T, pools, item_record),
    FIELD_LIST(T, differences, difference_record),
    FIELD(T, left_out, .summary = "How many items and differences were left out for lack of room."),
};
const struct record reconciliation_record = RECORD("reconciliation", T, fields);
