/* ledger: every movement of stock as a row with its cause.
 *
 * The rows that one batch made of one stock (a ticket type's or a pool's) are kept together, as a
 * page. The sum of a stock's rows is its counters. No personal data. */
#pragma once

#include "libshared/contract/common.h"

#define LEDGER_PREFIX "ledger"

enum movement {
    MOVEMENT_UNSET,
    MOVEMENT_OPENED,    /* capacity, of a new type or pool */
    MOVEMENT_RESIZED,   /* capacity */
    MOVEMENT_CLOSED,    /* capacity, with the type or the event deleted */
    MOVEMENT_SOLD,      /* available -> sold */
    MOVEMENT_HELD,      /* available -> held */
    MOVEMENT_CONFIRMED, /* held -> sold */
    MOVEMENT_RELEASED,  /* held -> available */
    MOVEMENT_RETURNED,  /* sold -> available */
    MOVEMENT_MOVED,     /* a type into another pool, or out of one; its own counters stay */
    MOVEMENT_JOINED,    /* what a type had sold and held came into this pool */
    MOVEMENT_LEFT,      /* … left it */
};
extern const char *const movement_names[];

/* `ticket_type_id` and `pool` are of the page but for a pool's rows, where the type is the one that
 * moved it; NULL: none did. A row that is shown by itself has both. */
struct ledger_row {
    int64_t at;
    int movement; /* enum movement */
    const char *ticket_type_id, *pool;
    struct opt_int64 capacity, sold, held; /* by how much; absent: not */
    const char *order_id;                  /* NULL: no order moved it */
    const char *command;                   /* the type of the command that caused it */
    const char *receipt;                   /* of it */
    int64_t rev;                           /* of the stock after the command */
};

/* As it is kept. `of` is the id of the stock; one of `ticket_type_id` and `pool` says whose. */
struct ledger_page {
    COMMON_MEMBERS;
    const char *event_id, *of;
    const char *ticket_type_id, *pool;
    LIST_OF(struct ledger_row) rows;
};

RECORD_OF(struct ledger_row, ledger_row_record);
RECORD_OF(struct ledger_page, ledger_page_record);
