#include "db-svc/rules/sales/stock.h"

#include <string.h>

#include "db-svc/rules/sales/ledger.h"
#include "libshared/base/text.h"

static const struct {
    enum movement movement;
    int sold, held;
} moves[] = {
    [STOCK_SELL] = {MOVEMENT_SOLD, +1, 0},
    [STOCK_HOLD] = {MOVEMENT_HELD, 0, +1},
    [STOCK_SELL_HELD] = {MOVEMENT_CONFIRMED, +1, -1},
    [STOCK_RELEASE_HELD] = {MOVEMENT_RELEASED, 0, -1},
    [STOCK_RELEASE_SOLD] = {MOVEMENT_RETURNED, -1, 0},
};

int64_t stock_committed(const struct stock *stock)
{
    return stock->sold + stock->held;
}

int64_t stock_available(const struct stock *stock)
{
    return stock->capacity - stock_committed(stock);
}

int64_t stock_pool_available(const struct pool *pool)
{
    return pool->capacity - pool->sold - pool->held;
}

static const char *id_of_pool(struct decision *decision, const struct stock *stock)
{
    return stock->pool == NULL ? NULL
                               : pool_id(decision_arena(decision), stock->event_id, stock->pool);
}

const struct pool *stock_pool(struct decision *decision, const struct stock *stock)
{
    return decision_read(decision, &collection_pools, id_of_pool(decision, stock));
}

void stock_want(struct decision *decision, const char *ticket_type_id)
{
    if (!decision_want(decision, &collection_stock, ticket_type_id))
        return;
    const struct stock *stock = decision_read(decision, &collection_stock, ticket_type_id);
    if (stock != NULL)
        (void)decision_want(decision, &collection_pools, id_of_pool(decision, stock));
}

static void check_sound(struct decision *decision, int64_t sold, int64_t held, int64_t available)
{
    if (sold < 0 || held < 0 || available < 0)
        decision_doubt(decision);
}

static void move_pool(struct decision *decision, const struct stock *stock, enum movement movement,
                      struct ledger_change change, const char *order_id)
{
    if (stock->pool == NULL)
        return;
    struct pool *pool = decision_change(decision, &collection_pools, id_of_pool(decision, stock));
    pool->sold += change.sold;
    pool->held += change.held;
    check_sound(decision, pool->sold, pool->held, stock_pool_available(pool));
    ledger_pool(decision, pool, movement, change, stock->id, order_id);
}

void stock_move(struct decision *decision, const char *ticket_type_id, enum stock_move move,
                int64_t quantity, const char *order_id)
{
    struct stock *stock = decision_change(decision, &collection_stock, ticket_type_id);
    const struct ledger_change change = {.sold = moves[move].sold * quantity,
                                         .held = moves[move].held * quantity};
    stock->sold += change.sold;
    stock->held += change.held;
    check_sound(decision, stock->sold, stock->held, stock_available(stock));
    ledger_stock(decision, stock, moves[move].movement, change, order_id);
    move_pool(decision, stock, moves[move].movement, change, order_id);
}

const struct stock *stock_open(struct decision *decision, const struct ticket_type *type)
{
    struct stock *stock = decision_add(decision, &collection_stock, type->id);
    stock->event_id = type->event_id;
    stock->capacity = type->capacity;
    stock->pool = type->pool;
    ledger_stock(decision, stock, MOVEMENT_OPENED,
                 (struct ledger_change){.capacity = stock->capacity}, NULL);
    return stock;
}

static void change_pool(struct decision *decision, struct stock *stock, const char *pool)
{
    const struct ledger_change off = {.sold = -stock->sold, .held = -stock->held};
    const struct ledger_change on = {.sold = stock->sold, .held = stock->held};
    if (text_equal(stock->pool, pool))
        return;
    move_pool(decision, stock, MOVEMENT_LEFT, off, NULL);
    stock->pool = pool;
    move_pool(decision, stock, MOVEMENT_JOINED, on, NULL);
    ledger_stock(decision, stock, MOVEMENT_MOVED, (struct ledger_change){0}, NULL);
}

static void resize(struct decision *decision, struct stock *stock, int64_t capacity)
{
    const struct ledger_change change = {.capacity = capacity - stock->capacity};
    if (change.capacity == 0)
        return;
    stock->capacity = capacity;
    ledger_stock(decision, stock, MOVEMENT_RESIZED, change, NULL);
}

const struct stock *stock_put(struct decision *decision, const struct ticket_type *type)
{
    const struct stock *was = decision_read(decision, &collection_stock, type->id);
    if (was->capacity == type->capacity && text_equal(was->pool, type->pool))
        return was;
    struct stock *stock = decision_change(decision, &collection_stock, type->id);
    resize(decision, stock, type->capacity);
    change_pool(decision, stock, type->pool);
    check_sound(decision, stock->sold, stock->held, stock_available(stock));
    return stock;
}

void stock_close(struct decision *decision, const char *ticket_type_id)
{
    const struct stock *stock = decision_change(decision, &collection_stock, ticket_type_id);
    ledger_stock(decision, stock, MOVEMENT_CLOSED,
                 (struct ledger_change){.capacity = -stock->capacity}, NULL);
    decision_remove(decision, &collection_stock, ticket_type_id);
}
