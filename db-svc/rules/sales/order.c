/* The end of an order; held stock comes back exactly once. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/taking_back.h"

static const struct order *find(struct decision *decision, const struct command_body *body,
                                struct answer *ret_refusal)
{
    order_ops_want(decision, body->ids[ID_ORDER]);
    return edit_find(decision, &collection_orders, body, ID_ORDER, ret_refusal);
}

/* A refusal of what only a hold allows that has not lapsed. */
static bool check_held(struct decision *decision, const struct order *order, enum order_status to,
                       struct answer *ret_refusal)
{
    const struct event *event = decision_read(decision, &collection_events, order->event_id);
    if (order->status == ORDER_EXPIRED ||
        (order->status == ORDER_HELD && order_ops_lapsed(decision, order)))
        *ret_refusal = answer_refuse(decision, PROBLEM_hold_expired);
    else if (order->status != ORDER_HELD)
        *ret_refusal =
            edit_illegal(decision, order_ops_status_text(order->status), order_ops_status_text(to));
    else if (event->status == EVENT_CANCELLED)
        *ret_refusal = order_ops_not_on_sale(decision, event);
    else
        return true;
    return false;
}

static struct answer order_confirm(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = find(decision, body, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status == ORDER_PAID)
        return answer_ok(decision, &order_record, order);
    if (!check_held(decision, order, ORDER_PAID, &refusal))
        return refusal;
    return answer_ok(decision, &order_record, order_ops_pay_held(decision, order));
}

static struct answer extend_by(struct decision *decision, const struct order *was, int64_t ms)
{
    int64_t latest = decision_now(decision) + decision_max_hold_seconds(decision) * 1000;
    int64_t end = was->expires_at.ms + ms;
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    order->extended = (struct opt_bool){.set = true, .value = true};
    if (order->expires_at.ms < latest)
        order->expires_at.ms = end < latest ? end : latest;
    order->due_at = order->expires_at;
    order_ops_emit(decision, "order.extended", order);
    return answer_ok(decision, &order_record, order);
}

DECISION(order_extend, order_extension_record)
{
    struct answer refusal;
    struct decoder decoder = decision_decoder(decision);
    const struct order *order = find(decision, body, &refusal);
    if (order == NULL || !check_held(decision, order, ORDER_HELD, &refusal))
        return refusal;
    order_ops_check_hold(&decoder, decision, request->hold_seconds);
    if (decoder.violations->n > 0)
        return answer_invalid(decision, decoder.violations);
    if (order->extended.value)
        return answer_refuse_with(decision, PROBLEM_limit_exceeded,
                                  json_pack("{siss}", "limit", 1, "limit_name", "extensions"));
    return extend_by(decision, order,
                     request->hold_seconds.set ? request->hold_seconds.value * 1000
                                               : order->expires_at.ms - order->created_at);
}

DECISION(order_cancel, order_part_record)
{
    const struct texts *codes = request->tickets.n > 0 ? &request->tickets : NULL;
    const struct order_ops_taking taking = {
        .codes = codes, .reason = VOID_CANCELLED, .status = ORDER_CANCELLED};
    struct answer refusal;
    const struct order *order = find(decision, body, &refusal);
    if (order == NULL || !taking_back_check_codes(decision, order, &request->tickets, &refusal))
        return refusal;
    if (order->status == ORDER_CANCELLED || (codes != NULL && order_ops_live(order, codes) == 0))
        return answer_ok(decision, &order_record, order);
    if (order->status != ORDER_PAID && order->status != ORDER_HELD)
        return edit_illegal(decision, order_ops_status_text(order->status),
                            order_ops_status_text(ORDER_CANCELLED));
    if (!request->force.value && !taking_back_check_unused(decision, order, codes, &refusal))
        return refusal;
    return answer_ok(decision, &order_record,
                     order_ops_release(decision, order, &taking, "order.cancelled", NULL));
}

static struct answer order_expire(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = find(decision, body, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status != ORDER_HELD)
        return answer_ok(decision, &order_record, order);
    if (!order_ops_lapsed(decision, order))
        return answer_not_due(decision, &order_record, order);
    const struct order_ops_taking taking = {.status = ORDER_EXPIRED};
    return answer_ok(decision, &order_record,
                     order_ops_release(decision, order, &taking, "order.expired", NULL));
}

const struct handler order_handlers[] = {
    {"order.confirm", order_confirm},
    {"order.extend", order_extend, &order_extension_record},
    {"order.cancel", order_cancel, &order_part_record},
    {"order.expire", order_expire},
    {0},
};
