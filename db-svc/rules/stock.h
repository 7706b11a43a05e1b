/* stock: the one place where tickets of a type move between available, held and sold.
 *
 * Whoever moves them has looked first (stock_available): a move that would break
 * sold + held + available = capacity with none of them negative is a fault of the caller's and ends
 * the process. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/ticket_type.h"

enum stock_move {
    STOCK_SELL,         /* available -> sold */
    STOCK_HOLD,         /* available -> held */
    STOCK_SELL_HELD,    /* held -> sold */
    STOCK_RELEASE_HELD, /* held -> available */
    STOCK_RELEASE_SOLD, /* sold -> available */
};

int64_t stock_available(const struct stock *stock);
int64_t stock_committed(const struct stock *stock); /* sold and held */
void stock_move(struct turn *turn, const char *ticket_type_id, enum stock_move move,
                int64_t quantity);
/* The stock of a new type, all available. */
const struct stock *stock_open(struct turn *turn, const struct ticket_type *type);
void stock_set_capacity(struct turn *turn, const char *ticket_type_id, int64_t capacity);
