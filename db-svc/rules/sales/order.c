/* What becomes of an order; what is held comes back exactly once. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/ordering.h"
#include "db-svc/rules/sales/taking_back.h"

static const struct order *find(struct turn *turn, const struct command_body *body,
                                struct answer *ret_refusal)
{
    ordering_want(turn, body->ids[ID_ORDER]);
    return edit_find(turn, &collection_orders, body, ID_ORDER, ret_refusal);
}

/* A refusal of what only a hold allows that has not lapsed. */
static bool check_held(struct turn *turn, const struct order *order, enum order_status to,
                       struct answer *ret_refusal)
{
    const struct event *event = turn_read(turn, &collection_events, order->event_id);
    if (order->status == ORDER_EXPIRED ||
        (order->status == ORDER_HELD && ordering_lapsed(turn, order)))
        *ret_refusal = answer_refuse(turn, PROBLEM_hold_expired);
    else if (order->status != ORDER_HELD)
        *ret_refusal =
            edit_illegal(turn, ordering_status_text(order->status), ordering_status_text(to));
    else if (event->status == EVENT_CANCELLED)
        *ret_refusal = ordering_not_on_sale(turn, event);
    else
        return true;
    return false;
}

static struct answer order_confirm(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = find(turn, body, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status == ORDER_PAID)
        return answer_ok(turn, &order_record, order);
    if (!check_held(turn, order, ORDER_PAID, &refusal))
        return refusal;
    return answer_ok(turn, &order_record, ordering_pay_held(turn, order));
}

static struct answer extend_by(struct turn *turn, const struct order *was, int64_t ms)
{
    int64_t latest = turn_now(turn) + turn_max_hold_seconds(turn) * 1000;
    int64_t end = was->expires_at.ms + ms;
    struct order *order = turn_edit(turn, &collection_orders, was->id);
    order->extended = (struct opt_bool){.set = true, .value = true};
    if (order->expires_at.ms < latest)
        order->expires_at.ms = end < latest ? end : latest;
    order->due_at = order->expires_at;
    ordering_tell(turn, "order.extended", order);
    return answer_ok(turn, &order_record, order);
}

DECISION(order_extend, order_extension_record)
{
    struct answer refusal;
    struct decoder decoder = turn_decoder(turn);
    const struct order *order = find(turn, body, &refusal);
    if (order == NULL || !check_held(turn, order, ORDER_HELD, &refusal))
        return refusal;
    ordering_check_hold(&decoder, turn, request->hold_seconds);
    if (decoder.violations->n > 0)
        return answer_invalid(turn, decoder.violations);
    if (order->extended.value)
        return answer_refuse_with(turn, PROBLEM_limit_exceeded,
                                  json_pack("{siss}", "limit", 1, "limit_name", "extensions"));
    return extend_by(turn, order,
                     request->hold_seconds.set ? request->hold_seconds.value * 1000
                                               : order->expires_at.ms - order->created_at);
}

DECISION(order_cancel, order_part_record)
{
    const struct texts *codes = request->tickets.n > 0 ? &request->tickets : NULL;
    const struct ordering_taking taking = {
        .codes = codes, .reason = VOID_CANCELLED, .status = ORDER_CANCELLED};
    struct answer refusal;
    const struct order *order = find(turn, body, &refusal);
    if (order == NULL || !taking_back_check_codes(turn, order, &request->tickets, &refusal))
        return refusal;
    if (order->status == ORDER_CANCELLED || (codes != NULL && ordering_live(order, codes) == 0))
        return answer_ok(turn, &order_record, order);
    if (order->status != ORDER_PAID && order->status != ORDER_HELD)
        return edit_illegal(turn, ordering_status_text(order->status),
                            ordering_status_text(ORDER_CANCELLED));
    if (!request->force.value && !taking_back_check_unused(turn, order, codes, &refusal))
        return refusal;
    return answer_ok(turn, &order_record,
                     ordering_release(turn, order, &taking, "order.cancelled", NULL));
}

static struct answer order_expire(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = find(turn, body, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status != ORDER_HELD)
        return answer_ok(turn, &order_record, order);
    if (!ordering_lapsed(turn, order))
        return answer_not_due(turn, &order_record, order);
    const struct ordering_taking taking = {.status = ORDER_EXPIRED};
    return answer_ok(turn, &order_record,
                     ordering_release(turn, order, &taking, "order.expired", NULL));
}

const struct handler order_handlers[] = {
    {"order.confirm", order_confirm},
    {"order.extend", order_extend, &order_extension_record},
    {"order.cancel", order_cancel, &order_part_record},
    {"order.expire", order_expire},
    {0},
};
