/* audit: what counters, ledger, orders and tickets of an event say of each stock, added up while
 * the writer may go on.
 *
 * Counters are read first. The ledger up to their `rev` must add up to them; its later entries
 * bound how far the orders, which are read in between, may differ. Memory grows with the types and
 * pools of the event, not with its orders. Internal to this room. */
#pragma once

#include <uthash.h>

#include "db-svc/read/query.h"
#include "libshared/contract/event.h"

struct figures {
    int64_t capacity, sold, held;
};

/* One stock: a ticket type's, or a pool's. */
struct account {
    const char *id, *ticket_type_id, *pool; /* of a type: the pool that it is in, or NULL */
    bool counted;                           /* there is a counter */
    int64_t rev;
    struct figures counter, ledger;
    struct figures fewer, more; /* what has moved since the counter was read, down and up */
    bool regrouped;             /* types have come or gone since: its orders cannot be told */
    struct figures orders;      /* sold and held */
    int64_t tickets;            /* of its orders, that have a place */
    struct opt_int64 record;    /* the capacity that the type, or the event, says */
    const char *record_pool;    /* the pool that the type says */
    UT_hash_handle hh;
};

struct audit {
    struct account *accounts;
    int64_t orders;
    bool moved; /* while it was read */
};

/* Ends with audit_end(), also when it fails. */
int audit_read(const struct query *query, const struct event *event, struct audit *ret_audit)
    __attribute__((warn_unused_result));
void audit_end(struct audit *audit);
