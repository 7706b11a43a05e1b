#include "db-svc/rules/sales/order_ops.h"

#include <string.h>

#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/sales/attendee_tickets.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/ticket_answers.h"
#include "db-svc/rules/sales/buyer_quota.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"

const char *order_ops_status_text(enum order_status status)
{
    return record_enum_text(order_status_names, (int)status);
}

bool order_ops_lapsed(struct decision *decision, const struct order *order)
{
    return order->expires_at.set && decision_now(decision) >= order->expires_at.ms;
}

void order_ops_check_hold(struct decoder *decoder, struct decision *decision,
                          struct opt_int64 hold_seconds)
{
    int64_t most = decision_max_hold_seconds(decision);
    if (hold_seconds.set && hold_seconds.value > most)
        violations_add_limit(decoder->violations, &(struct path){.name = "hold_seconds"},
                             VIOLATION_too_large, most);
}

struct answer order_ops_not_on_sale(struct decision *decision, const struct event *event)
{
    return answer_refuse_with(decision, PROBLEM_not_on_sale,
                              json_pack("{ssss}", "reason", "event_status", "event_status",
                                        record_enum_text(event_status_names, (int)event->status)));
}

/* A change of an order moves the stock of its types, its buyer's quota and its holders. */
static void want(struct decision *decision, const struct order *order)
{
    for (size_t i = 0; i < order->items.n; i++)
        stock_want(decision, order->items.at[i].ticket_type_id);
    if (order->tallied.n > 0)
        (void)decision_want(decision, &collection_buyer_quotas,
                            buyer_quota_of(decision, order->event_id, order));
    for (size_t i = 0; i < order->tickets.n; i++)
        attendee_tickets_want(decision, &order->tickets.at[i]);
}

void order_ops_want(struct decision *decision, const char *order_id)
{
    if (!decision_want(decision, &collection_orders, order_id))
        return;
    const struct order *order = decision_read(decision, &collection_orders, order_id);
    if (order != NULL)
        want(decision, order);
}

/* Emits the fact for a part of the order, with the amount, the reason and the payment's id of
 * `more`. */
static void emit_part(struct decision *decision, const char *fact, const struct order *order,
                      const struct order_item *part, size_t n, const struct fact_body *more)
{
    struct fact_item *items = mem_array(decision_arena(decision), struct fact_item, n + 1);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct fact_item){.ticket_type_id = part[i].ticket_type_id,
                                      .quantity = part[i].quantity};
    struct fact_body body = more != NULL ? *more : (struct fact_body){0};
    body.event_id = order->event_id;
    body.order_id = order->id;
    body.status = order_ops_status_text(order->status);
    body.total = order->total;
    body.expires_at = order->expires_at;
    body.items.at = (void *)items;
    body.items.n = n;
    decision_fact(decision, fact, &body);
}

void order_ops_emit(struct decision *decision, const char *fact, const struct order *order)
{
    emit_part(decision, fact, order, order->items.at, order->items.n, NULL);
}

void order_ops_emit_money(struct decision *decision, const char *fact, const struct order *order,
                          const struct fact_body *more)
{
    struct fact_body body = *more;
    body.event_id = order->event_id;
    body.order_id = order->id;
    body.status = order_ops_status_text(order->status);
    decision_fact(decision, fact, &body);
}

struct ticket order_ops_issue(struct decision *decision, const char *event_id,
                              const char *ticket_type_id)
{
    uint8_t random[16];
    decision_random(decision, random, sizeof random);
    char *code = mem_zeroed(decision_arena(decision), ID_BASE32_SIZE);
    id_base32(code, random);
    return (struct ticket){.code = code,
                           .signature = decision_sign(decision, event_id, code),
                           .ticket_type_id = ticket_type_id,
                           .status = TICKET_VALID};
}

void order_ops_issue_tickets(struct decision *decision, struct order *order)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->items.n; i++)
        n += order->items.at[i].quantity;
    order->tickets.n = 0;
    order->tickets.at = mem_array(decision_arena(decision), struct ticket, n);
    for (size_t i = 0; i < order->items.n; i++)
        for (int64_t k = 0; k < order->items.at[i].quantity; k++)
            order->tickets.at[order->tickets.n++] =
                order_ops_issue(decision, order->event_id, order->items.at[i].ticket_type_id);
    ticket_answers_issue(decision_arena(decision), order);
    automatic_tickets(decision, order);
}

bool order_ops_is_named(const struct ticket *ticket, const struct texts *codes)
{
    bool named = codes == NULL;
    for (size_t i = 0; !named && i < codes->n; i++)
        named = strcmp(codes->at[i], ticket->code) == 0;
    return named;
}

static bool is_live(const struct ticket *ticket, const struct texts *codes)
{
    return ticket->status != TICKET_VOID && order_ops_is_named(ticket, codes);
}

int64_t order_ops_live(const struct order *order, const struct texts *codes)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->tickets.n; i++)
        n += is_live(&order->tickets.at[i], codes);
    return n;
}

int64_t order_ops_value(const struct order *order, const struct texts *codes)
{
    int64_t value = 0;
    for (size_t i = 0; i < order->tickets.n; i++)
        if (is_live(&order->tickets.at[i], codes))
            value += order_money_price(order, &order->tickets.at[i]);
    return value;
}

static void void_tickets(struct decision *decision, struct order *order,
                         const struct order_ops_taking *taking)
{
    if (order->tickets.n == 0)
        return;
    struct ticket *tickets = mem_dup(decision_arena(decision), order->tickets.at,
                                     order->tickets.n * sizeof *order->tickets.at);
    for (size_t i = 0; i < order->tickets.n; i++) {
        if (!is_live(&tickets[i], taking->codes))
            continue;
        bool keeps = tickets[i].status == TICKET_CHECKED_IN && !taking->frees_used;
        attendee_tickets_move(decision, &tickets[i], NULL);
        tickets[i].status = TICKET_VOID;
        tickets[i].void_reason = taking->reason;
        tickets[i].keeps_place = (struct opt_bool){keeps, keeps};
        tickets[i].cancelled_by_buyer = (struct opt_bool){taking->by_buyer, taking->by_buyer};
    }
    order->tickets.at = tickets;
}

/* The tickets that the lines before this one take from the same pool. */
static int64_t taken_before(struct decision *decision, const struct order *order, size_t line,
                            const struct pool *pool)
{
    int64_t taken = 0;
    for (size_t i = 0; i < line; i++) {
        const struct order_item *item = &order->items.at[i];
        const struct stock *stock =
            decision_read(decision, &collection_stock, item->ticket_type_id);
        taken += stock_pool(decision, stock) == pool ? item->quantity : 0;
    }
    return taken;
}

struct order_ops_room order_ops_room(struct decision *decision, const struct order *order,
                                     size_t line)
{
    const struct stock *stock =
        decision_read(decision, &collection_stock, order->items.at[line].ticket_type_id);
    const struct pool *pool = stock_pool(decision, stock);
    struct order_ops_room room = {.stock = stock,
                                  .available = stock_available(stock),
                                  .held = stock->held,
                                  .with_held = stock->capacity - stock->sold};
    if (pool == NULL)
        return room;
    int64_t taken = taken_before(decision, order, line, pool);
    int64_t available = stock_pool_available(pool) - taken;
    int64_t with_held = pool->capacity - pool->sold - taken;
    if (available < room.available) {
        room.pool = pool;
        room.available = available > 0 ? available : 0;
        room.held = pool->held;
    }
    room.with_held = with_held < room.with_held ? with_held : room.with_held;
    return room;
}

void order_ops_move_stock(struct decision *decision, const struct order *order,
                          enum stock_move move)
{
    for (size_t i = 0; i < order->items.n; i++)
        stock_move(decision, order->items.at[i].ticket_type_id, move, order->items.at[i].quantity,
                   order->id);
}

void order_ops_count(struct decision *decision, struct order *order)
{
    const char **tallied = NULL;
    for (size_t i = 0; i < order->items.n; i++) {
        const char *type_id = order->items.at[i].ticket_type_id;
        const struct ticket_type *type = decision_read(decision, &collection_ticket_types, type_id);
        if (!type->per_buyer_limit.set)
            continue;
        if (tallied == NULL)
            tallied = mem_array(decision_arena(decision), const char *, order->items.n);
        tallied[order->tallied.n++] = type_id;
    }
    order->tallied.at = tallied;
    buyer_quota_add(decision, order);
}

struct order *order_ops_become(struct decision *decision, const struct order *was,
                               enum order_status status)
{
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    order->status = status;
    order->due_at.set = false;
    order->waits_for = (struct texts){0};
    return order;
}

struct order *order_ops_pay_held(struct decision *decision, const struct order *was)
{
    struct order *order = order_ops_become(decision, was, ORDER_PAID);
    order->expires_at.set = false;
    order_money_pay(order, order->total.amount);
    order_ops_issue_tickets(decision, order);
    order_ops_move_stock(decision, order, STOCK_SELL_HELD);
    order_ops_emit(decision, "order.confirmed", order);
    return order;
}

struct order *order_ops_sell_again(struct decision *decision, const struct order *was)
{
    struct order *order = order_ops_become(decision, was, ORDER_PAID);
    order->expires_at.set = false;
    order->tallied = (struct texts){0};
    order_money_pay(order, order->total.amount);
    order_ops_count(decision, order);
    order_ops_issue_tickets(decision, order);
    order_ops_move_stock(decision, order, STOCK_SELL);
    order_ops_emit(decision, "order.confirmed", order);
    return order;
}

static int64_t live_of_type(const struct order *order, const char *ticket_type_id,
                            const struct texts *codes, bool used)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        n += is_live(ticket, codes) && (used || ticket->status != TICKET_CHECKED_IN) &&
             strcmp(ticket->ticket_type_id, ticket_type_id) == 0;
    }
    return n;
}

/* The part of the order that is taken back, as an order of its own; without `used` only unused
 * tickets. */
static struct order part_of(struct decision *decision, const struct order *order,
                            const struct texts *codes, bool used)
{
    struct order part = *order;
    if (order->status == ORDER_HELD)
        return part;
    part.items.at = mem_array(decision_arena(decision), struct order_item, order->items.n + 1);
    part.items.n = 0;
    for (size_t i = 0; i < order->items.n; i++) {
        struct order_item item = order->items.at[i];
        item.quantity = live_of_type(order, item.ticket_type_id, codes, used);
        if (item.quantity > 0)
            part.items.at[part.items.n++] = item;
    }
    return part;
}

static int64_t placed_of_type(const struct order *order, const char *ticket_type_id)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        n += (ticket->status != TICKET_VOID || ticket->keeps_place.value) &&
             strcmp(ticket->ticket_type_id, ticket_type_id) == 0;
    }
    return n;
}

struct order order_ops_placed(struct decision *decision, const struct order *order)
{
    struct order placed = *order;
    if (order->status == ORDER_HELD)
        return placed;
    placed.items.at = (void *)mem_dup(decision_arena(decision), order->items.at,
                                      order->items.n * sizeof *order->items.at);
    for (size_t i = 0; i < order->items.n; i++)
        placed.items.at[i].quantity = placed_of_type(order, order->items.at[i].ticket_type_id);
    return placed;
}

struct order *order_ops_release(struct decision *decision, const struct order *was,
                                const struct order_ops_taking *taking, const char *fact,
                                const struct fact_body *more)
{
    const struct order taken = part_of(decision, was, taking->codes, true);
    const struct order freed = part_of(decision, was, taking->codes, taking->frees_used);
    order_ops_move_stock(decision, &freed,
                         was->status == ORDER_HELD ? STOCK_RELEASE_HELD : STOCK_RELEASE_SOLD);
    if (freed.items.n > 0)
        buyer_quota_take_off(decision, &freed);
    bool all = order_ops_live(was, taking->codes) == order_ops_live(was, NULL);
    struct order *order = all ? order_ops_become(decision, was, taking->status)
                              : decision_edit(decision, &collection_orders, was->id);
    void_tickets(decision, order, taking);
    emit_part(decision, fact, order, taken.items.at, taken.items.n, more);
    return order;
}
