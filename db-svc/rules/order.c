/* Orders: all or nothing, at a frozen price; what is held comes back exactly once. */
#include "db-svc/rules/decisions.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/stock.h"
#include "db-svc/rules/tally.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"

static const char *status_text(enum order_status status)
{
    return record_enum_text(order_status_names, (int)status);
}

static void tell(struct turn *turn, const char *fact, const struct order *order)
{
    struct fact_item *items = mem_array(turn_arena(turn), struct fact_item, order->items.n);
    for (size_t i = 0; i < order->items.n; i++)
        items[i] = (struct fact_item){.ticket_type_id = order->items.at[i].ticket_type_id,
                                      .quantity = order->items.at[i].quantity};
    turn_fact(turn, fact,
              &(struct fact_body){.event_id = order->event_id,
                                  .order_id = order->id,
                                  .status = status_text(order->status),
                                  .total = order->total,
                                  .expires_at = order->expires_at,
                                  .items = {.at = items, .n = order->items.n}});
}

/* Places: first everything that can be wrong, then the sale. */

void order_place_names(struct names *names, const struct command_body *body)
{
    const struct order *request = body->request;
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    for (size_t i = 0; i < request->items.n; i++) {
        names_id(names, &collection_ticket_types, request->items.at[i].ticket_type_id);
        names_id(names, &collection_stock, request->items.at[i].ticket_type_id);
    }
}

static const struct ticket_type *type_of(struct turn *turn, const struct order_item *item)
{
    return turn_read(turn, &collection_ticket_types, item->ticket_type_id);
}

void order_place_follows(struct names *names, struct turn *turn, const struct command_body *body)
{
    const struct order *request = body->request;
    for (size_t i = 0; i < request->items.n; i++) {
        const struct ticket_type *type = type_of(turn, &request->items.at[i]);
        if (type == NULL || !type->per_buyer_limit.set)
            continue;
        names_id(names, &collection_tallies, tally_of(turn, body->ids[ID_EVENT], request));
        return;
    }
}

static bool check_request(struct turn *turn, const struct event *event, const struct order *request,
                          struct answer *ret_refusal)
{
    struct decoder decoder = turn_decoder(turn);
    struct path items = {.name = "items"};
    for (size_t i = 0; i < request->items.n; i++) {
        const struct ticket_type *type = type_of(turn, &request->items.at[i]);
        struct path item = {.parent = &items, .index = i};
        if (type == NULL || strcmp(type->event_id, event->id) != 0)
            violations_add(decoder.violations,
                           &(struct path){.parent = &item, .name = "ticket_type_id"},
                           VIOLATION_other_event);
    }
    int64_t most = turn_max_hold_seconds(turn);
    if (request->hold_seconds.set && request->hold_seconds.value > most)
        violations_add_limit(decoder.violations, &(struct path){.name = "hold_seconds"},
                             VIOLATION_too_large, most);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(turn, decoder.violations);
    return false;
}

static struct answer not_on_sale(struct turn *turn, const struct ticket_type *type,
                                 const char *reason, const char *member, int64_t wall_ms)
{
    return answer_refuse_with(turn, PROBLEM_not_on_sale,
                              json_pack("{ssssso}", "reason", reason, "ticket_type_id", type->id,
                                        member, edit_time(wall_ms)));
}

static struct answer event_not_on_sale(struct turn *turn, const struct event *event)
{
    return answer_refuse_with(turn, PROBLEM_not_on_sale,
                              json_pack("{ssss}", "reason", "event_status", "status",
                                        record_enum_text(event_status_names, (int)event->status)));
}

static bool check_window(struct turn *turn, const struct ticket_type *type,
                         struct answer *ret_refusal)
{
    int64_t now = turn_now(turn);
    if (type->sales_start.set && now < type->sales_start.ms)
        *ret_refusal =
            not_on_sale(turn, type, "sales_not_started", "sales_start", type->sales_start.ms);
    else if (type->sales_end.set && now >= type->sales_end.ms)
        *ret_refusal = not_on_sale(turn, type, "sales_ended", "sales_end", type->sales_end.ms);
    else
        return true;
    return false;
}

static bool check_on_sale(struct turn *turn, const struct event *event, const struct order *request,
                          struct answer *ret_refusal)
{
    if (event->status != EVENT_PUBLISHED) {
        *ret_refusal = event_not_on_sale(turn, event);
        return false;
    }
    for (size_t i = 0; i < request->items.n; i++)
        if (!check_window(turn, type_of(turn, &request->items.at[i]), ret_refusal))
            return false;
    return true;
}

static bool within(struct turn *turn, const struct ticket_type *type, const char *limit_name,
                   struct opt_int64 limit, int64_t quantity, struct answer *ret_refusal)
{
    if (!limit.set || quantity <= limit.value)
        return true;
    *ret_refusal =
        answer_refuse_with(turn, PROBLEM_limit_exceeded,
                           json_pack("{sIssss}", "limit", (json_int_t)limit.value, "limit_name",
                                     limit_name, "ticket_type_id", type->id));
    return false;
}

static bool check_limits(struct turn *turn, const struct event *event, const struct order *request,
                         struct answer *ret_refusal)
{
    for (size_t i = 0; i < request->items.n; i++) {
        const struct order_item *item = &request->items.at[i];
        const struct ticket_type *type = type_of(turn, item);
        if (!within(turn, type, "per_order_limit", type->per_order_limit, item->quantity,
                    ret_refusal))
            return false;
        if (!type->per_buyer_limit.set)
            continue;
        int64_t has = tally_count(turn, tally_of(turn, event->id, request), type->id);
        if (!within(turn, type, "per_buyer_limit", type->per_buyer_limit, has + item->quantity,
                    ret_refusal))
            return false;
    }
    return true;
}

/* Of every type that falls short; the first also by itself. */
static bool check_stock(struct turn *turn, const struct order *request, struct answer *ret_refusal)
{
    json_t *short_of = json_array();
    for (size_t i = 0; i < request->items.n; i++) {
        const struct order_item *item = &request->items.at[i];
        int64_t available =
            stock_available(turn_read(turn, &collection_stock, item->ticket_type_id));
        if (available < item->quantity)
            (void)json_array_append_new(short_of, json_pack("{sssIsI}", "ticket_type_id",
                                                            item->ticket_type_id, "requested",
                                                            (json_int_t)item->quantity, "available",
                                                            (json_int_t)available));
    }
    bool enough = json_array_size(short_of) == 0;
    const json_t *first = json_array_get(short_of, 0);
    if (!enough)
        *ret_refusal = answer_refuse_with(
            turn, PROBLEM_sold_out,
            json_pack("{sOsOsO}", "available", json_object_get(first, "available"),
                      "ticket_type_id", json_object_get(first, "ticket_type_id"), "items",
                      short_of));
    json_decref(short_of);
    return enough;
}

static void price(struct turn *turn, struct order *order, const struct event *event)
{
    struct order_item *items =
        mem_dup(turn_arena(turn), order->items.at, order->items.n * sizeof *order->items.at);
    order->items.at = items;
    memcpy(order->total.currency, event->currency, strlen(event->currency) + 1);
    for (size_t i = 0; i < order->items.n; i++) {
        items[i].unit_price = type_of(turn, &items[i])->price;
        items[i].amount = items[i].unit_price;
        items[i].amount.amount *= items[i].quantity;
        order->total.amount += items[i].amount.amount;
    }
}

static const char *draw_code(struct turn *turn)
{
    uint8_t random[16];
    turn_random(turn, random, sizeof random);
    char *code = mem_zeroed(turn_arena(turn), ID_BASE32_SIZE);
    id_base32(code, random);
    return code;
}

static void issue_tickets(struct turn *turn, struct order *order)
{
    order->tickets.n = 0;
    order->tickets.at = mem_array(turn_arena(turn), struct ticket, ORDER_TICKETS_MAX);
    for (size_t i = 0; i < order->items.n; i++)
        for (int64_t k = 0; k < order->items.at[i].quantity; k++)
            order->tickets.at[order->tickets.n++] =
                (struct ticket){.code = draw_code(turn),
                                .ticket_type_id = order->items.at[i].ticket_type_id,
                                .status = TICKET_VALID};
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

static void move_stock(struct turn *turn, const struct order *order, enum stock_move move)
{
    for (size_t i = 0; i < order->items.n; i++)
        stock_move(turn, order->items.at[i].ticket_type_id, move, order->items.at[i].quantity);
}

static void count_for_buyer(struct turn *turn, struct order *order)
{
    const char **tallied = NULL;
    for (size_t i = 0; i < order->items.n; i++) {
        if (!type_of(turn, &order->items.at[i])->per_buyer_limit.set)
            continue;
        if (tallied == NULL)
            tallied = mem_array(turn_arena(turn), const char *, order->items.n);
        tallied[order->tallied.n++] = order->items.at[i].ticket_type_id;
    }
    order->tallied.at = tallied;
    tally_add(turn, order);
}

static struct order *add_order(struct turn *turn, const struct event *event,
                               const struct order *request)
{
    struct order *order = edit_add(turn, &collection_orders, turn_id(turn, ORDER_PREFIX), request);
    order->event_id = event->id;
    order->partition = turn_partition(turn);
    price(turn, order, event);
    if (request->hold_seconds.set) {
        order->status = ORDER_HELD;
        order->expires_at.set = true;
        order->expires_at.ms = turn_now(turn) + request->hold_seconds.value * 1000;
        order->due_at = order->expires_at;
    } else {
        order->status = ORDER_PAID;
        issue_tickets(turn, order);
    }
    return order;
}

struct answer order_place(struct turn *turn, const struct command_body *body)
{
    const struct order *request = body->request;
    struct answer refusal;
    const struct event *event = edit_event(turn, body, &refusal);
    if (event == NULL || !check_request(turn, event, request, &refusal) ||
        !check_on_sale(turn, event, request, &refusal) ||
        !check_limits(turn, event, request, &refusal) || !check_stock(turn, request, &refusal))
        return refusal;
    struct order *order = add_order(turn, event, request);
    move_stock(turn, order, order->status == ORDER_HELD ? STOCK_HOLD : STOCK_SELL);
    count_for_buyer(turn, order);
    tell(turn, "order.placed", order);
    return answer_created(
        turn, &order_record, order,
        mem_printf(turn_arena(turn), "/v1/events/%s/orders/%s", event->id, order->id));
}

/* What becomes of an order. */

void order_names(struct names *names, const struct command_body *body)
{
    edit_names(names, &collection_orders, body, ID_ORDER);
}

void order_follows(struct names *names, struct turn *turn, const struct command_body *body)
{
    const struct order *order = turn_read(turn, &collection_orders, body->ids[ID_ORDER]);
    if (order == NULL)
        return;
    for (size_t i = 0; i < order->items.n; i++)
        names_id(names, &collection_stock, order->items.at[i].ticket_type_id);
    if (order->tallied.n > 0)
        names_id(names, &collection_tallies, tally_of(turn, order->event_id, order));
}

/* The order in its new status; the writer need not look at it again. */
static struct order *become(struct turn *turn, const struct order *was, enum order_status status)
{
    struct order *order = turn_edit(turn, &collection_orders, was->id);
    order->status = status;
    order->due_at.set = false;
    return order;
}

static struct answer release(struct turn *turn, const struct order *was, enum order_status status,
                             const char *fact)
{
    move_stock(turn, was, was->status == ORDER_HELD ? STOCK_RELEASE_HELD : STOCK_RELEASE_SOLD);
    tally_take_off(turn, was);
    struct order *order = become(turn, was, status);
    void_tickets(turn, order);
    tell(turn, fact, order);
    return answer_ok(turn, &order_record, order);
}

static bool lapsed(struct turn *turn, const struct order *order)
{
    return order->expires_at.set && turn_now(turn) >= order->expires_at.ms;
}

static struct answer confirm_held(struct turn *turn, const struct order *was)
{
    const struct event *event = turn_read(turn, &collection_events, was->event_id);
    if (event->status == EVENT_CANCELLED)
        return event_not_on_sale(turn, event);
    struct order *order = become(turn, was, ORDER_PAID);
    order->expires_at.set = false;
    issue_tickets(turn, order);
    move_stock(turn, order, STOCK_SELL_HELD);
    tell(turn, "order.confirmed", order);
    return answer_ok(turn, &order_record, order);
}

struct answer order_confirm(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status == ORDER_PAID)
        return answer_ok(turn, &order_record, order);
    if (order->status == ORDER_EXPIRED || (order->status == ORDER_HELD && lapsed(turn, order)))
        return answer_refuse(turn, PROBLEM_hold_expired);
    if (order->status != ORDER_HELD)
        return edit_illegal(turn, status_text(order->status), status_text(ORDER_PAID));
    return confirm_held(turn, order);
}

struct answer order_cancel(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status == ORDER_CANCELLED)
        return answer_ok(turn, &order_record, order);
    if (order->status != ORDER_HELD && order->status != ORDER_PAID)
        return edit_illegal(turn, status_text(order->status), status_text(ORDER_CANCELLED));
    return release(turn, order, ORDER_CANCELLED, "order.cancelled");
}

struct answer order_expire(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status != ORDER_HELD)
        return answer_ok(turn, &order_record, order);
    if (!lapsed(turn, order))
        return answer_not_due(turn, &order_record, order);
    return release(turn, order, ORDER_EXPIRED, "order.expired");
}
