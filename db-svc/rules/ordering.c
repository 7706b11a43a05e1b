#include "db-svc/rules/ordering.h"

#include <string.h>

#include "db-svc/rules/tally.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"

const char *ordering_status_text(enum order_status status)
{
    return record_enum_text(order_status_names, (int)status);
}

bool ordering_lapsed(struct turn *turn, const struct order *order)
{
    return order->expires_at.set && turn_now(turn) >= order->expires_at.ms;
}

void ordering_names(struct names *names, struct turn *turn, const struct order *order)
{
    for (size_t i = 0; i < order->items.n; i++)
        names_id(names, &collection_stock, order->items.at[i].ticket_type_id);
    if (order->tallied.n > 0)
        names_id(names, &collection_tallies, tally_of(turn, order->event_id, order));
}

void ordering_tell(struct turn *turn, const char *fact, const struct order *order)
{
    struct fact_item *items = mem_array(turn_arena(turn), struct fact_item, order->items.n);
    for (size_t i = 0; i < order->items.n; i++)
        items[i] = (struct fact_item){.ticket_type_id = order->items.at[i].ticket_type_id,
                                      .quantity = order->items.at[i].quantity};
    turn_fact(turn, fact,
              &(struct fact_body){.event_id = order->event_id,
                                  .order_id = order->id,
                                  .status = ordering_status_text(order->status),
                                  .total = order->total,
                                  .expires_at = order->expires_at,
                                  .items = {.at = items, .n = order->items.n}});
}

void ordering_refund_due(struct turn *turn, const struct order *order, const struct money *amount,
                         const char *reason, const char *payment_id)
{
    turn_fact(turn, "order.refund_due",
              &(struct fact_body){.event_id = order->event_id,
                                  .order_id = order->id,
                                  .payment_id = payment_id,
                                  .status = ordering_status_text(order->status),
                                  .reason = reason,
                                  .amount = *amount});
}

struct ticket ordering_issue(struct turn *turn, const char *event_id, const char *ticket_type_id)
{
    uint8_t random[16];
    turn_random(turn, random, sizeof random);
    char *code = mem_zeroed(turn_arena(turn), ID_BASE32_SIZE);
    id_base32(code, random);
    return (struct ticket){.code = code,
                           .signature = turn_sign(turn, event_id, code),
                           .ticket_type_id = ticket_type_id,
                           .status = TICKET_VALID};
}

void ordering_issue_tickets(struct turn *turn, struct order *order)
{
    order->tickets.n = 0;
    order->tickets.at = mem_array(turn_arena(turn), struct ticket, ORDER_TICKETS_MAX);
    for (size_t i = 0; i < order->items.n; i++)
        for (int64_t k = 0; k < order->items.at[i].quantity; k++)
            order->tickets.at[order->tickets.n++] =
                ordering_issue(turn, order->event_id, order->items.at[i].ticket_type_id);
}

static void void_tickets(struct turn *turn, struct order *order)
{
    if (order->tickets.n == 0)
        return;
    struct ticket *tickets =
        mem_dup(turn_arena(turn), order->tickets.at, order->tickets.n * sizeof *order->tickets.at);
    for (size_t i = 0; i < order->tickets.n; i++)
        tickets[i].status = TICKET_VOID;
    order->tickets.at = tickets;
}

void ordering_move_stock(struct turn *turn, const struct order *order, enum stock_move move)
{
    for (size_t i = 0; i < order->items.n; i++)
        stock_move(turn, order->items.at[i].ticket_type_id, move, order->items.at[i].quantity);
}

void ordering_count(struct turn *turn, struct order *order)
{
    const char **tallied = NULL;
    for (size_t i = 0; i < order->items.n; i++) {
        const char *type_id = order->items.at[i].ticket_type_id;
        const struct ticket_type *type = turn_read(turn, &collection_ticket_types, type_id);
        if (!type->per_buyer_limit.set)
            continue;
        if (tallied == NULL)
            tallied = mem_array(turn_arena(turn), const char *, order->items.n);
        tallied[order->tallied.n++] = type_id;
    }
    order->tallied.at = tallied;
    tally_add(turn, order);
}

struct order *ordering_become(struct turn *turn, const struct order *was, enum order_status status)
{
    struct order *order = turn_edit(turn, &collection_orders, was->id);
    order->status = status;
    order->due_at.set = false;
    order->waits_for = (struct texts){0};
    return order;
}

struct order *ordering_pay_held(struct turn *turn, const struct order *was)
{
    struct order *order = ordering_become(turn, was, ORDER_PAID);
    order->expires_at.set = false;
    ordering_issue_tickets(turn, order);
    ordering_move_stock(turn, order, STOCK_SELL_HELD);
    ordering_tell(turn, "order.confirmed", order);
    return order;
}

struct order *ordering_sell_again(struct turn *turn, const struct order *was)
{
    struct order *order = ordering_become(turn, was, ORDER_PAID);
    order->expires_at.set = false;
    order->tallied = (struct texts){0};
    ordering_count(turn, order);
    ordering_issue_tickets(turn, order);
    ordering_move_stock(turn, order, STOCK_SELL);
    ordering_tell(turn, "order.confirmed", order);
    return order;
}

struct order *ordering_release(struct turn *turn, const struct order *was, enum order_status status,
                               const char *fact)
{
    ordering_move_stock(turn, was,
                        was->status == ORDER_HELD ? STOCK_RELEASE_HELD : STOCK_RELEASE_SOLD);
    tally_take_off(turn, was);
    struct order *order = ordering_become(turn, was, status);
    void_tickets(turn, order);
    ordering_tell(turn, fact, order);
    return order;
}
