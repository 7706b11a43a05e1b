#include "db-svc/read/listed_orders.h"

#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

/* A hold keeps them with its items. */
static void add_held(const void *arena, struct order *order)
{
    for (size_t i = 0; i < order->items.n; i++)
        for (size_t k = 0; k < order->items.at[i].tickets.n; k++)
            listed_answers_add(arena, &order->questions, &order->items.at[i].tickets.at[k].answers);
}

static void add_issued(const void *arena, struct order *order)
{
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].status != TICKET_VOID)
            listed_answers_add(arena, &order->questions, &order->tickets.at[i].answers);
}

int listed_orders_join(const struct query *query, const char *event_id, void *const *records,
                       size_t n)
{
    void *event;
    int r = query_load(query, &collection_events, event_id, &event);
    for (size_t i = 0; r == 0 && event != NULL && i < n; i++) {
        struct order *order = records[i];
        order->questions =
            listed_answers_to(query->arena, &((const struct event *)event)->questions);
        if (order->status == ORDER_HELD)
            add_held(query->arena, order);
        else
            add_issued(query->arena, order);
    }
    return r;
}
