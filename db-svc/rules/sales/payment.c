/* Payments: each counts once, what does not pay for tickets is to be given back, and what failed
 * only stands in the order. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/buyer_quota.h"
#include "libshared/contract/payment.h"

/* Whether a hold that lapsed could be had again: its event sells, and a limit of the buyer's holds
 * as ever. */
static bool can_be_had(struct decision *decision, const struct event *event,
                       const struct order *order)
{
    if (event->status != EVENT_PUBLISHED)
        return false;
    const char *quota_id = buyer_quota_of(decision, order->event_id, order);
    for (size_t i = 0; i < order->items.n; i++) {
        const struct order_item *item = &order->items.at[i];
        const struct ticket_type *type =
            decision_read(decision, &collection_ticket_types, item->ticket_type_id);
        if (type == NULL || event_time_is_over_for(event, type, decision_now(decision)) ||
            order_ops_room(decision, order, i).available < item->quantity)
            return false;
        if (type->per_buyer_limit.set &&
            buyer_quota_count(decision, quota_id, type->id) + item->quantity >
                type->per_buyer_limit.value)
            return false;
    }
    return true;
}

static bool same_money(const struct money *a, const struct money *b)
{
    return a->amount == b->amount && strcmp(a->currency, b->currency) == 0;
}

/* Why a payment cannot be used for an order that is neither held nor expired, or not of that
 * amount; NULL: it may be. */
static const char *useless(const struct order *order, const struct money *amount)
{
    if (!same_money(amount, &order->total))
        return "wrong_amount";
    if (order->status == ORDER_CANCELLED)
        return "order_cancelled";
    if (order->status == ORDER_REFUNDED)
        return "order_refunded";
    bool open = order->status == ORDER_HELD || order->status == ORDER_EXPIRED;
    return open ? NULL : "already_paid";
}

/* Ends an order that is paid too late: its event was cancelled, or its hold lapsed and its tickets
 * are gone. */
static struct order *end_unpaid(struct decision *decision, const struct order *was)
{
    const struct order_ops_taking taking = {.status = ORDER_CANCELLED};
    if (was->status == ORDER_HELD)
        return order_ops_release(decision, was, &taking, "order.cancelled", NULL);
    return order_ops_become(decision, was, ORDER_PAID_UNFULFILLED);
}

/* Puts the payment to use; else says why it is to be given back. */
static struct order *use(struct decision *decision, const struct order *was,
                         const struct money *amount, const char **ret_reason)
{
    const struct event *event = decision_read(decision, &collection_events, was->event_id);
    bool cancelled = event->status == EVENT_CANCELLED;
    *ret_reason = useless(was, amount);
    if (*ret_reason != NULL)
        return decision_edit(decision, &collection_orders, was->id);
    if (was->status == ORDER_HELD && !cancelled)
        return order_ops_pay_held(decision, was);
    if (was->status == ORDER_EXPIRED && can_be_had(decision, event, was))
        return order_ops_sell_again(decision, was);
    *ret_reason = cancelled ? "event_cancelled" : "unfulfilled";
    return end_unpaid(decision, was);
}

/* Money that is not used for the order; of another currency it is told only. */
static void owe(struct decision *decision, struct order *order, const struct payment *payment)
{
    if (order_money_same_currency(order, &payment->amount)) {
        order_money_pay(order, payment->amount.amount);
        (void)order_money_owe(order, payment->amount.amount);
    }
    order_ops_emit_money(decision, "order.refund_due", order,
                         &(struct fact_body){.payment_id = payment->id,
                                             .reason = payment->refund_due,
                                             .amount = payment->amount});
}

static void note(struct decision *decision, struct order *order,
                 const struct payment_report *report, enum payment_status status,
                 const char *reason)
{
    order_money_note(decision, order,
                     &(struct order_payment){.payment_id = report->payment_id,
                                             .status = status,
                                             .amount = report->amount,
                                             .reason = reason});
}

DECISION(payment_succeeded, payment_succeeded_record)
{
    struct answer refusal;
    order_ops_want(decision, body->ids[ID_ORDER]);
    (void)decision_want(decision, &collection_payments, request->payment_id);
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    const struct payment *before =
        decision_read(decision, &collection_payments, request->payment_id);
    if (before != NULL && strcmp(before->order_id, was->id) != 0)
        return answer_refuse(decision, PROBLEM_payment_used);
    if (before != NULL)
        return answer_ok(decision, &order_record, was);
    struct payment *payment = decision_add(decision, &collection_payments, request->payment_id);
    payment->event_id = was->event_id;
    payment->order_id = was->id;
    payment->amount = request->amount;
    struct order *order = use(decision, was, &request->amount, &payment->refund_due);
    note(decision, order, request, PAYMENT_SUCCEEDED, payment->refund_due);
    if (payment->refund_due != NULL)
        owe(decision, order, payment);
    return answer_ok(decision, &order_record, order);
}

/* A hold stays: another card may pay for it. A failure of a payment that has succeeded since is no
 * news. */
DECISION(payment_failed, payment_failed_record)
{
    struct answer refusal;
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (order_money_find(was, request->payment_id, PAYMENT_FAILED) != NULL ||
        order_money_find(was, request->payment_id, PAYMENT_SUCCEEDED) != NULL)
        return answer_ok(decision, &order_record, was);
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    note(decision, order, request, PAYMENT_FAILED, request->reason);
    order_ops_emit_money(
        decision, "order.payment_failed", order,
        &(struct fact_body){.payment_id = request->payment_id, .amount = request->amount});
    return answer_ok(decision, &order_record, order);
}

const struct handler payment_handlers[] = {
    {"payment.succeeded", payment_succeeded, &payment_succeeded_record},
    {"payment.failed", payment_failed, &payment_failed_record},
    {0},
};
