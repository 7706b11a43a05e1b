/* Placing an order: first everything that can be wrong, then the sale: all or nothing, at a frozen
 * price. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/stock.h"
#include "db-svc/rules/sales/ticket_answers.h"
#include "db-svc/rules/sales/buyer_quota.h"
#include "libshared/base/mem.h"

static const struct ticket_type *type_of(struct decision *decision, const struct order_item *item)
{
    return decision_read(decision, &collection_ticket_types, item->ticket_type_id);
}

/* The pool or the type that the line is short of. */
static const char *lacking(const struct order_ops_room *room)
{
    return room->pool != NULL ? room->pool->id : room->stock->id;
}

/* Enough that some are still there when a batch has released others. */
#define NEXT_EXPIRIES 8

/* All that a sale reads. */
static void want(struct decision *decision, const char *event_id, const struct order *request)
{
    bool limited = false;
    (void)decision_want(decision, &collection_events, event_id);
    for (size_t i = 0; i < request->items.n; i++) {
        const struct order_item *item = &request->items.at[i];
        stock_want(decision, item->ticket_type_id);
        if (!decision_want(decision, &collection_ticket_types, item->ticket_type_id))
            continue;
        const struct ticket_type *type = type_of(decision, item);
        limited = limited || (type != NULL && type->per_buyer_limit.set);
    }
    if (limited)
        (void)decision_want(decision, &collection_buyer_quotas,
                            buyer_quota_of(decision, event_id, request));
}

static bool check_request(struct decision *decision, const struct event *event,
                          const struct order *request, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    struct path items = {.name = "items"};
    for (size_t i = 0; i < request->items.n; i++) {
        const struct ticket_type *type = type_of(decision, &request->items.at[i]);
        struct path item = {.parent = &items, .index = i};
        if (type == NULL || strcmp(type->event_id, event->id) != 0)
            violations_add(decoder.violations,
                           &(struct path){.parent = &item, .name = "ticket_type_id"},
                           VIOLATION_other_event);
    }
    ticket_answers_check_order(&decoder, event, request);
    order_ops_check_hold(&decoder, decision, request->hold_seconds);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

static struct answer not_on_sale(struct decision *decision, const struct ticket_type *type,
                                 const char *reason, const char *member, int64_t wall_ms)
{
    return answer_refuse_with(decision, PROBLEM_not_on_sale,
                              json_pack("{ssssso}", "reason", reason, "ticket_type_id", type->id,
                                        member, edit_time(wall_ms)));
}

static bool check_window(struct decision *decision, const struct event *event,
                         const struct ticket_type *type, struct answer *ret_refusal)
{
    int64_t now = decision_now(decision);
    if (type->sales_start.set && now < type->sales_start.ms)
        *ret_refusal =
            not_on_sale(decision, type, "sales_not_started", "sales_start", type->sales_start.ms);
    else if (type->sales_end.set && now >= type->sales_end.ms)
        *ret_refusal = not_on_sale(decision, type, "sales_ended", "sales_end", type->sales_end.ms);
    else if (event_time_is_over_for(event, type, now))
        *ret_refusal = not_on_sale(decision, type, "event_over", "over_at", event_time_end(event));
    else
        return true;
    return false;
}

static bool check_on_sale(struct decision *decision, const struct event *event,
                          const struct order *request, struct answer *ret_refusal)
{
    if (event->status != EVENT_PUBLISHED) {
        *ret_refusal = order_ops_not_on_sale(decision, event);
        return false;
    }
    for (size_t i = 0; i < request->items.n; i++)
        if (!check_window(decision, event, type_of(decision, &request->items.at[i]), ret_refusal))
            return false;
    return true;
}

static bool within(struct decision *decision, const struct ticket_type *type,
                   const char *limit_name, struct opt_int64 limit, int64_t quantity,
                   struct answer *ret_refusal)
{
    if (!limit.set || quantity <= limit.value)
        return true;
    *ret_refusal =
        answer_refuse_with(decision, PROBLEM_limit_exceeded,
                           json_pack("{sIssss}", "limit", (json_int_t)limit.value, "limit_name",
                                     limit_name, "ticket_type_id", type->id));
    return false;
}

static bool limits_buyer(struct decision *decision, const struct order *request)
{
    for (size_t i = 0; i < request->items.n; i++)
        if (type_of(decision, &request->items.at[i])->per_buyer_limit.set)
            return true;
    return false;
}

static bool check_limits(struct decision *decision, const struct event *event,
                         const struct order *request, struct answer *ret_refusal)
{
    for (size_t i = 0; i < request->items.n; i++) {
        const struct order_item *item = &request->items.at[i];
        const struct ticket_type *type = type_of(decision, item);
        if (!within(decision, type, "per_order_limit", type->per_order_limit, item->quantity,
                    ret_refusal))
            return false;
        if (!type->per_buyer_limit.set)
            continue;
        int64_t has =
            buyer_quota_count(decision, buyer_quota_of(decision, event->id, request), type->id);
        if (!within(decision, type, "per_buyer_limit", type->per_buyer_limit, has + item->quantity,
                    ret_refusal))
            return false;
    }
    return true;
}

struct next_expiry {
    const char *waits_for;
    struct opt_time at;
};

static void take_expiry(void *context, const void *record)
{
    struct next_expiry *next = context;
    const struct order *order = record;
    for (size_t i = 0; order->status == ORDER_HELD && i < order->waits_for.n; i++)
        if (strcmp(order->waits_for.at[i], next->waits_for) == 0 &&
            (!next->at.set || order->expires_at.ms < next->at.ms))
            next->at = order->expires_at;
}

/* Unset: only holds of the same batch are in the way, and none of them is known; or those of a type
 * that came into the pool with them. */
static struct opt_time next_expiry(struct decision *decision, const struct order_ops_room *room)
{
    const struct store_page page = {.collection = &collection_orders,
                                    .event_id = room->stock->event_id,
                                    .waits_for = lacking(room),
                                    .limit = NEXT_EXPIRIES};
    struct next_expiry next = {.waits_for = lacking(room)};
    decision_each(decision, &page, 1, take_expiry, &next);
    return next.at;
}

static json_t *shortage(const struct order_ops_room *room, int64_t quantity)
{
    return json_pack("{sssIsIsIss*}", "ticket_type_id", room->stock->id, "requested",
                     (json_int_t)quantity, "available", (json_int_t)room->available, "held",
                     (json_int_t)room->held, "pool", room->pool != NULL ? room->pool->name : NULL);
}

/* Names every line that falls short; the first also by itself. */
static struct answer refuse_short(struct decision *decision, const struct order *request, bool held,
                                  struct opt_time expiry)
{
    json_t *short_of = json_array();
    for (size_t i = 0; i < request->items.n; i++) {
        const struct order_ops_room room = order_ops_room(decision, request, i);
        if (room.available < request->items.at[i].quantity)
            (void)json_array_append_new(short_of, shortage(&room, request->items.at[i].quantity));
    }
    const json_t *one = json_array_get(short_of, 0);
    return answer_refuse_with(
        decision, held ? PROBLEM_held_by_others : PROBLEM_sold_out,
        json_pack("{sOsOsO*so*so}", "available", json_object_get(one, "available"),
                  "ticket_type_id", json_object_get(one, "ticket_type_id"), "pool",
                  json_object_get(one, "pool"), "next_expiry",
                  expiry.set ? edit_time(expiry.ms) : NULL, "items", short_of));
}

static bool check_stock(struct decision *decision, const struct order *request,
                        struct answer *ret_refusal)
{
    struct order_ops_room first = {0};
    bool held = true;
    for (size_t i = 0; i < request->items.n; i++) {
        const struct order_ops_room room = order_ops_room(decision, request, i);
        if (room.available >= request->items.at[i].quantity)
            continue;
        if (first.stock == NULL)
            first = room;
        held = held && room.with_held >= request->items.at[i].quantity;
    }
    if (first.stock == NULL)
        return true;
    *ret_refusal = refuse_short(decision, request, held,
                                held ? next_expiry(decision, &first) : (struct opt_time){0});
    return false;
}

static void price(struct decision *decision, struct order *order, const struct event *event)
{
    struct order_item *items = mem_dup(decision_arena(decision), order->items.at,
                                       order->items.n * sizeof *order->items.at);
    order->items.at = items;
    memcpy(order->total.currency, event->currency, strlen(event->currency) + 1);
    for (size_t i = 0; i < order->items.n; i++) {
        items[i].unit_price = type_of(decision, &items[i])->price;
        items[i].amount = items[i].unit_price;
        items[i].amount.amount *= items[i].quantity;
        order->total.amount += items[i].amount.amount;
    }
}

/* The types whose stock comes back when the hold ends, and their pools. */
static struct texts held_of(struct decision *decision, const struct order *order)
{
    struct texts held = {.at =
                             mem_array(decision_arena(decision), const char *, 2 * order->items.n)};
    for (size_t i = 0; i < order->items.n; i++) {
        const char *type_id = order->items.at[i].ticket_type_id;
        const struct pool *pool =
            stock_pool(decision, decision_read(decision, &collection_stock, type_id));
        held.at[held.n++] = type_id;
        if (pool != NULL && !texts_have(&held, pool->id))
            held.at[held.n++] = pool->id;
    }
    return held;
}

static struct order *add_order(struct decision *decision, const struct event *event,
                               const struct order *request)
{
    struct order *order =
        edit_add(decision, &collection_orders, decision_id(decision, ORDER_PREFIX), request);
    order->event_id = event->id;
    order->partition = decision_partition(decision);
    ticket_answers_keep(decision_arena(decision), order);
    price(decision, order, event);
    order_money_pay(order, request->hold_seconds.set ? 0 : order->total.amount);
    if (request->hold_seconds.set) {
        order->status = ORDER_HELD;
        order->expires_at.set = true;
        order->expires_at.ms = decision_now(decision) + request->hold_seconds.value * 1000;
        order->due_at = order->expires_at;
        order->waits_for = held_of(decision, order);
    } else {
        order->status = ORDER_PAID;
        order_ops_issue_tickets(decision, order);
    }
    return order;
}

DECISION(order_place, order_record)
{
    struct answer refusal;
    want(decision, body->ids[ID_EVENT], request);
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL || !check_request(decision, event, request, &refusal))
        return refusal;
    if (!check_on_sale(decision, event, request, &refusal)) {
        refusal.any_buyer = true;
        return refusal;
    }
    if (!check_limits(decision, event, request, &refusal))
        return refusal;
    if (!check_stock(decision, request, &refusal)) {
        refusal.any_buyer = !limits_buyer(decision, request);
        return refusal;
    }
    struct order *order = add_order(decision, event, request);
    order_ops_move_stock(decision, order, order->status == ORDER_HELD ? STOCK_HOLD : STOCK_SELL);
    order_ops_count(decision, order);
    order_ops_emit(decision, "order.placed", order);
    return answer_created(
        decision, &order_record, order,
        mem_printf(decision_arena(decision), "/v1/events/%s/orders/%s", event->id, order->id));
}

const struct handler order_place_handlers[] = {
    {"order.place", order_place, &order_record},
    {0},
};
