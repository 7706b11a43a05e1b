#include "libshared/contract/ledger.h"

#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

const char *const movement_names[] = {"",       "opened",    "resized",  "closed",   "sold",
                                      "held",   "confirmed", "released", "returned", "moved",
                                      "joined", "left",      NULL};

#define T struct ledger_row
static const struct field row_fields[] = {
    FIELD_TIME(T, at),
    FIELD_ENUM(T, movement, movement_names),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX,
             .summary = "The type whose stock it is; in a pool's row, the type that moved it."),
    FIELD(T, pool, .flags = WIRE_ONLY, .summary = "If present, the row belongs to this pool."),
    FIELD(T, capacity, .min = -NUMBER_MAX, .max = NUMBER_MAX,
          .summary = "The change; absent if there was none."),
    FIELD(T, sold, .min = -NUMBER_MAX, .max = NUMBER_MAX,
          .summary = "The change; absent if there was none."),
    FIELD(T, held, .min = -NUMBER_MAX, .max = NUMBER_MAX,
          .summary = "The change; absent if there was none."),
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD(T, command, .personal = NOT_PERSONAL,
          .summary = "The type of the command that caused it."),
    FIELD(T, receipt, .personal = NOT_PERSONAL,
          .summary = "The receipt of that command; the ids of its facts begin with it."),
    FIELD(T, rev, .summary = "The stock's rev after the command."),
};
const struct record ledger_row_record = RECORD("ledger_row", T, row_fields);
#undef T

#define T struct ledger_page
static const struct field page_fields[] = {
    COMMON_FIELDS(T, LEDGER_PREFIX),        FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD(T, of, .personal = NOT_PERSONAL), FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(T, pool, .personal = NOT_ERASED), FIELD_LIST(T, rows, ledger_row_record),
};
const struct record ledger_page_record = RECORD("ledger_page", T, page_fields);
#undef T
