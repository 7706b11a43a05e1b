/* Payments: each counts once, and what does not pay for tickets is to be given back. */
#include "db-svc/rules/decisions.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/ordering.h"
#include "db-svc/rules/sales/tally.h"
#include "libshared/contract/payment.h"

void payment_names(struct names *names, const struct command_body *body)
{
    const struct payment_report *request = body->request;
    edit_names(names, &collection_orders, body, ID_ORDER);
    names_id(names, &collection_payments, request->payment_id);
}

void payment_follows(struct names *names, struct turn *turn, const struct command_body *body)
{
    const struct order *order = turn_read(turn, &collection_orders, body->ids[ID_ORDER]);
    if (order == NULL)
        return;
    ordering_names(names, turn, order);
    names_id(names, &collection_tallies, tally_of(turn, order->event_id, order));
    for (size_t i = 0; i < order->items.n; i++)
        names_id(names, &collection_ticket_types, order->items.at[i].ticket_type_id);
}

/* Whether a hold that lapsed could be had again: a limit of the buyer's holds as ever. */
static bool can_be_had(struct turn *turn, const struct order *order)
{
    const char *tally = tally_of(turn, order->event_id, order);
    for (size_t i = 0; i < order->items.n; i++) {
        const struct order_item *item = &order->items.at[i];
        const struct ticket_type *type =
            turn_read(turn, &collection_ticket_types, item->ticket_type_id);
        if (type == NULL || ordering_room(turn, order, i).available < item->quantity)
            return false;
        if (type->per_buyer_limit.set &&
            tally_count(turn, tally, type->id) + item->quantity > type->per_buyer_limit.value)
            return false;
    }
    return true;
}

static bool same_money(const struct money *a, const struct money *b)
{
    return a->amount == b->amount && strcmp(a->currency, b->currency) == 0;
}

/* Puts the payment to use; else says why it is to be given back. */
static const char *use(struct turn *turn, const struct order *order, const struct money *amount)
{
    const struct event *event = turn_read(turn, &collection_events, order->event_id);
    bool cancelled = event->status == EVENT_CANCELLED;
    if (!same_money(amount, &order->total))
        return "wrong_amount";
    if (order->status == ORDER_CANCELLED)
        return "order_cancelled";
    if (order->status == ORDER_REFUNDED)
        return "order_refunded";
    if (order->status != ORDER_HELD && order->status != ORDER_EXPIRED)
        return "already_paid";
    if (order->status == ORDER_HELD && !cancelled)
        (void)ordering_pay_held(turn, order);
    else if (order->status == ORDER_EXPIRED && !cancelled && can_be_had(turn, order))
        (void)ordering_sell_again(turn, order);
    else if (order->status == ORDER_HELD)
        (void)ordering_release(turn, order, NULL, ORDER_CANCELLED, "order.cancelled");
    else
        (void)ordering_become(turn, order, ORDER_PAID_UNFULFILLED);
    order = turn_read(turn, &collection_orders, order->id);
    return order->status == ORDER_PAID ? NULL : cancelled ? "event_cancelled" : "unfulfilled";
}

struct answer payment_succeeded(struct turn *turn, const struct command_body *body)
{
    const struct payment_report *request = body->request;
    struct answer refusal;
    const struct order *order = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL)
        return refusal;
    const struct payment *before = turn_read(turn, &collection_payments, request->payment_id);
    if (before != NULL && strcmp(before->order_id, order->id) != 0)
        return answer_refuse(turn, PROBLEM_payment_used);
    if (before != NULL)
        return answer_ok(turn, &order_record, order);
    struct payment *payment = turn_add(turn, &collection_payments, request->payment_id);
    payment->event_id = order->event_id;
    payment->order_id = order->id;
    payment->amount = request->amount;
    payment->refund_due = use(turn, order, &request->amount);
    order = turn_read(turn, &collection_orders, order->id);
    if (payment->refund_due != NULL)
        ordering_refund_due(turn, order, &payment->amount, payment->refund_due, payment->id);
    return answer_ok(turn, &order_record, order);
}

struct answer payment_failed(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *order = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status == ORDER_HELD)
        order = ordering_release(turn, order, NULL, ORDER_CANCELLED, "order.cancelled");
    return answer_ok(turn, &order_record, order);
}
