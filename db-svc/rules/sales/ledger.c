#include "db-svc/rules/sales/ledger.h"

static struct opt_int64 moved_by(int64_t by)
{
    return (struct opt_int64){.set = by != 0, .value = by};
}

static struct ledger_row row_of(enum movement movement, struct ledger_change change,
                                const char *order_id, int64_t rev)
{
    return (struct ledger_row){.movement = movement,
                               .capacity = moved_by(change.capacity),
                               .sold = moved_by(change.sold),
                               .held = moved_by(change.held),
                               .order_id = order_id,
                               .rev = rev};
}

void ledger_stock(struct decision *decision, const struct stock *stock, enum movement movement,
                  struct ledger_change change, const char *order_id)
{
    const struct ledger_row row = row_of(movement, change, order_id, stock->rev);
    decision_enter(decision,
                   &(struct decision_stock){
                       .id = stock->id, .event_id = stock->event_id, .ticket_type_id = stock->id},
                   &row);
}

void ledger_pool(struct decision *decision, const struct pool *pool, enum movement movement,
                 struct ledger_change change, const char *ticket_type_id, const char *order_id)
{
    struct ledger_row row = row_of(movement, change, order_id, pool->rev);
    row.ticket_type_id = ticket_type_id;
    decision_enter(
        decision,
        &(struct decision_stock){.id = pool->id, .event_id = pool->event_id, .pool = pool->name},
        &row);
}
