#include "db-svc/rules/stock.h"

#include <assert.h>

static const struct {
    int sold, held;
} moves[] = {
    [STOCK_SELL] = {+1, 0},         [STOCK_HOLD] = {0, +1},         [STOCK_SELL_HELD] = {+1, -1},
    [STOCK_RELEASE_HELD] = {0, -1}, [STOCK_RELEASE_SOLD] = {-1, 0},
};

int64_t stock_committed(const struct stock *stock)
{
    return stock->sold + stock->held;
}

int64_t stock_available(const struct stock *stock)
{
    return stock->capacity - stock_committed(stock);
}

static void assert_sound(const struct stock *stock)
{
    assert(stock->sold >= 0 && stock->held >= 0 && stock_available(stock) >= 0);
    (void)stock;
}

void stock_move(struct turn *turn, const char *ticket_type_id, enum stock_move move,
                int64_t quantity)
{
    struct stock *stock = turn_change(turn, &collection_stock, ticket_type_id);
    stock->sold += moves[move].sold * quantity;
    stock->held += moves[move].held * quantity;
    assert_sound(stock);
}

const struct stock *stock_open(struct turn *turn, const struct ticket_type *type)
{
    struct stock *stock = turn_add(turn, &collection_stock, type->id);
    stock->event_id = type->event_id;
    stock->capacity = type->capacity;
    return stock;
}

void stock_set_capacity(struct turn *turn, const char *ticket_type_id, int64_t capacity)
{
    struct stock *stock = turn_change(turn, &collection_stock, ticket_type_id);
    stock->capacity = capacity;
    assert_sound(stock);
}
