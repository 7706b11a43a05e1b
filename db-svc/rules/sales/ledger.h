/* ledger: enters what a command moves of the stock. Only stock.h and pool.h move any.
 *
 * A stock or pool is the decision's own, as it is after the movement. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/ticket_type.h"

struct ledger_change {
    int64_t capacity, sold, held; /* by how much */
};

/* `order_id` NULL: no order moves it. */
void ledger_stock(struct decision *decision, const struct stock *stock, enum movement movement,
                  struct ledger_change change, const char *order_id);
/* `ticket_type_id` NULL: no type moves it. */
void ledger_pool(struct decision *decision, const struct pool *pool, enum movement movement,
                 struct ledger_change change, const char *ticket_type_id, const char *order_id);
