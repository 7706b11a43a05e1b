/* ticket_type: a kind of ticket of an event, its price and its capacity; and the stock of it.
 *
 * The counters live in a record of their own, `stock`, whose id is the type's, so that a sale does
 * not move the type's version. For every type at any time: sold + held <= capacity. */
#pragma once

#include "libshared/contract/pool.h"

#define TICKET_TYPE_PREFIX "tkttype"
#define TICKET_TYPE_CAPACITY_MAX 1000000000

struct ticket_type {
    COMMON_MEMBERS;
    const char *event_id, *type, *name;
    const char *pool; /* the name of one of the event's; NULL: none */
    struct money price;
    int64_t capacity;
    int64_t sold, held, available; /* of its stock, when shown */
    struct opt_time sales_start, sales_end;
    struct opt_int64 per_order_limit, per_buyer_limit;
    struct opt_int64 admits; /* people, by one ticket; absent: one */
};
#define TICKET_TYPE_ADMITS_MAX 100

struct stock {
    COMMON_MEMBERS;
    const char *event_id;
    const char *pool; /* the type's */
    int64_t capacity, sold, held;
};

/* A stock as facts and the reply header `stock` carry it: absolute. `rev` rises with each change,
 * and `epoch` when the database was set back: the greater epoch counts, then the greater rev, for
 * its pools too. Without an epoch it is of a writer that knows of none: of the epoch at hand. */
struct stock_level {
    const char *ticket_type_id;
    int64_t capacity, sold, held, rev;
    struct opt_int64 epoch;
    struct pool_level *pool;      /* that the type is in */
    struct pool_level *left_pool; /* that it has just left */
};

/* Its name, behind which a ticket for several says so: "Family × 4". In the arena, or the name
 * itself; NULL: the type is no more. */
const char *ticket_type_label(const void *arena, const struct ticket_type *type);
/* How many people one ticket admits; NULL: the type is no more. Pure. */
int64_t ticket_type_admits(const struct ticket_type *type);

RECORD_OF(struct ticket_type, ticket_type_record);
RECORD_OF(struct stock, stock_record);
RECORD_OF(struct stock_level, stock_level_record);
