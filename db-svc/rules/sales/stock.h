/* stock: the one place where tickets of a type move between available, held and sold, and those of
 * its pool with them.
 *
 * The caller of a move has looked first (stock_available): a move that would break sold + held +
 * available = capacity with none of them negative is a fault of the caller's and ends the process.
 * One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/ticket_type.h"

enum stock_move {
    STOCK_SELL,         /* available -> sold */
    STOCK_HOLD,         /* available -> held */
    STOCK_SELL_HELD,    /* held -> sold */
    STOCK_RELEASE_HELD, /* held -> available */
    STOCK_RELEASE_SOLD, /* sold -> available */
};

int64_t stock_available(const struct stock *stock); /* of the type, whatever its pool has */
int64_t stock_committed(const struct stock *stock); /* sold and held */
/* The tickets left in the type's pool; NULL: it is in none. */
const struct pool *stock_pool(struct decision *decision, const struct stock *stock);
int64_t stock_pool_available(const struct pool *pool);
/* Wants a type's stock and its pool. */
void stock_want(struct decision *decision, const char *ticket_type_id);
void stock_move(struct decision *decision, const char *ticket_type_id, enum stock_move move,
                int64_t quantity, const char *order_id);
/* The stock of a new type, all available. */
const struct stock *stock_open(struct decision *decision, const struct ticket_type *type);
/* The stock of an edited type. Its sold and held tickets move into its new pool. */
const struct stock *stock_put(struct decision *decision, const struct ticket_type *type);
/* With its type, which has none sold or held. */
void stock_close(struct decision *decision, const char *ticket_type_id);
