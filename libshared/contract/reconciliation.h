/* reconciliation: whether counters, ledger, orders and tickets of an event say the same. */
#pragma once

#include "libshared/record/record.h"

/* One count, told by all who know of it; absent: does not know. */
struct reconciled {
    struct opt_int64 record; /* the ticket type, or the event of its pool */
    struct opt_int64 counter, ledger, orders, tickets;
};

/* The sums of a type (in `pool`, or in none) or, without a type, of a pool. */
struct reconciliation_item {
    const char *ticket_type_id, *pool;
    struct reconciled *capacity, *sold, *held;
};

struct difference {
    const char *code;
    const char *ticket_type_id, *pool; /* one of them */
    const char *member;                /* capacity, sold, held, pool; NULL: all of it */
    struct opt_int64 counter, found;
};

struct reconciliation {
    const char *event_id;
    int64_t as_of;
    bool clean;
    int64_t orders; /* that were read */
    LIST_OF(struct reconciliation_item) items;
    LIST_OF(struct reconciliation_item) pools;
    LIST_OF(struct difference) differences;
    struct opt_int64 left_out; /* items and differences that an answer has no room for */
};

RECORD_OF(struct reconciliation, reconciliation_record);
