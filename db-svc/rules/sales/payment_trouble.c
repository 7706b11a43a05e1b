/* Trouble after a payment: refunds that fail, and disputes. Each is recorded once. */
#include "db-svc/rules/rules.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/order_ops.h"
#include "libshared/contract/payment.h"

static void record(struct decision *decision, struct order *order,
                   const struct payment_report *report, enum payment_status status,
                   const char *fact)
{
    order_money_note(decision, order,
                     &(struct order_payment){.payment_id = report->payment_id,
                                             .refund_id = report->refund_id,
                                             .dispute_id = report->dispute_id,
                                             .status = status,
                                             .amount = report->amount,
                                             .reason = report->reason});
    order_ops_emit_money(decision, fact, order,
                         &(struct fact_body){.payment_id = report->payment_id,
                                             .amount = report->amount,
                                             .reason = report->reason});
}

/* A refund that was counted before it failed: its money is still to be given back. */
static void undo(struct order *order, const struct order_payment *refunded)
{
    if (!order_money_same_currency(order, &refunded->amount))
        return;
    order_money_undo_refund(order, refunded->counted.set ? refunded->counted.value
                                                         : refunded->amount.amount);
    if (order->status == ORDER_REFUNDED && order->refund_due.amount > 0)
        order->status = ORDER_CANCELLED;
}

DECISION(payment_refund_failed, payment_refund_failed_record)
{
    struct answer refusal;
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (order_money_find(was, request->refund_id, PAYMENT_REFUND_FAILED) != NULL)
        return answer_ok(decision, &order_record, was);
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    const struct order_payment *refunded =
        order_money_find(was, request->refund_id, PAYMENT_REFUNDED);
    if (refunded != NULL)
        undo(order, refunded);
    record(decision, order, request, PAYMENT_REFUND_FAILED, "order.refund_failed");
    return answer_ok(decision, &order_record, order);
}

DECISION(payment_disputed, payment_disputed_record)
{
    struct answer refusal;
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (order_money_find(was, request->dispute_id, PAYMENT_DISPUTED) != NULL)
        return answer_ok(decision, &order_record, was);
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    record(decision, order, request, PAYMENT_DISPUTED, "order.payment_disputed");
    return answer_ok(decision, &order_record, order);
}

const struct handler payment_trouble_handlers[] = {
    {"payment.refund_failed", payment_refund_failed, &payment_refund_failed_record},
    {"payment.disputed", payment_disputed, &payment_disputed_record},
    {0},
};
