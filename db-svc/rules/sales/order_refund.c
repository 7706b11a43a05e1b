/* Refunds: of what is due first, and of what was paid for tickets, which are void then. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/taking_back.h"
#include "libshared/base/mem.h"
#include "libshared/contract/payment.h"

/* A refund: the amount, and the tickets it is for. */
struct refund {
    const struct texts *codes; /* NULL: all of the order */
    int64_t due, kept;         /* how much of each */
    bool voids;                /* the tickets that are not void yet */
    const char *payment_id;    /* NULL: none is known */
};

/* An order that owes nothing any more and has no ticket left was refunded. */
static bool is_settled(const struct order *order)
{
    bool may_be = order->status == ORDER_CANCELLED || order->status == ORDER_PAID_UNFULFILLED;
    return may_be && order->refund_due.amount == 0;
}

/* Whether what was paid for a void ticket was to be given back. */
static bool was_due(const struct ticket *ticket)
{
    return ticket->void_reason == VOID_EVENT_CANCELLED ||
           (ticket->void_reason == VOID_CANCELLED && ticket->cancelled_by_buyer.value);
}

/* Void tickets whose money is back. */
static void settle_tickets(struct decision *decision, struct order *order,
                           const struct texts *codes)
{
    if (order->tickets.n == 0)
        return;
    struct ticket *tickets = mem_dup(decision_arena(decision), order->tickets.at,
                                     order->tickets.n * sizeof *order->tickets.at);
    for (size_t i = 0; i < order->tickets.n; i++)
        if (was_due(&tickets[i]) && order_ops_is_named(&tickets[i], codes))
            tickets[i].void_reason = VOID_REFUNDED;
    order->tickets.at = tickets;
}

static struct order *pay_back_due(struct decision *decision, const struct order *was,
                                  const struct refund *refund, const struct fact_body *more)
{
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    (void)order_money_refund_due(order, refund->due);
    (void)order_money_refund_kept(order, refund->kept);
    if (refund->codes != NULL)
        settle_tickets(decision, order, refund->codes);
    if (is_settled(order)) {
        order->status = ORDER_REFUNDED;
        settle_tickets(decision, order, NULL);
    }
    order_ops_emit_money(decision, "order.refunded", order, more);
    return order;
}

/* The order as it is then; what is left of it bounds each part. */
static struct order *give_back(struct decision *decision, const struct order *was,
                               const struct refund *refund)
{
    const struct fact_body more = {.payment_id = refund->payment_id,
                                   .amount = order_money_of(was, refund->due + refund->kept)};
    if (!refund->voids)
        return pay_back_due(decision, was, refund, &more);
    const struct order_ops_taking taking = {
        .codes = refund->codes, .reason = VOID_REFUNDED, .status = ORDER_REFUNDED};
    struct order *order = order_ops_release(decision, was, &taking, "order.refunded", &more);
    (void)order_money_refund_due(order, refund->due);
    (void)order_money_refund_kept(order, refund->kept);
    settle_tickets(decision, order, refund->codes);
    return order;
}

static struct order *carry_out(struct decision *decision, const struct order *was,
                               const struct refund *refund)
{
    struct order *order = give_back(decision, was, refund);
    if (refund->due + refund->kept > 0)
        automatic_refunded(decision, order);
    return order;
}

static int64_t lesser(int64_t one, int64_t other)
{
    int64_t less = one < other ? one : other;
    return less > 0 ? less : 0;
}

/* --- order.refund --- */

/* The amount due for tickets of these codes that are void. False: nothing is due for one of them.
 */
static bool due_for(const struct order *order, const struct texts *codes, int64_t *ret_due)
{
    *ret_due = 0;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        if (ticket->status != TICKET_VOID || !order_ops_is_named(ticket, codes) ||
            ticket->void_reason == VOID_REFUNDED)
            continue;
        if (!was_due(ticket))
            return false;
        *ret_due += order_money_price(order, ticket);
    }
    *ret_due = lesser(*ret_due, order->refund_due.amount);
    return true;
}

static bool has_live(const struct order *order, const struct texts *codes)
{
    return order->status == ORDER_PAID && order_ops_live(order, codes) > 0;
}

/* Refunds all of an order. False: there is nothing to give back. */
static bool plan_whole(const struct order *order, struct refund *ret_refund)
{
    *ret_refund = (struct refund){.due = order->refund_due.amount, .voids = has_live(order, NULL)};
    if (ret_refund->voids)
        ret_refund->kept = lesser(order_ops_value(order, NULL), order_money_kept(order));
    return ret_refund->voids || ret_refund->due > 0;
}

/* Refunds some tickets. False: they were refunded before. */
static bool plan_part(const struct order *order, const struct texts *codes, int64_t due,
                      struct refund *ret_refund)
{
    *ret_refund = (struct refund){.codes = codes, .due = due, .voids = has_live(order, codes)};
    if (ret_refund->voids)
        ret_refund->kept = lesser(order_ops_value(order, codes), order_money_kept(order));
    return ret_refund->voids || due > 0;
}

static struct answer refuse(struct decision *decision, enum order_status from)
{
    return edit_illegal(decision, order_ops_status_text(from),
                        order_ops_status_text(ORDER_REFUNDED));
}

DECISION(order_refund, order_part_record)
{
    const struct texts *codes = request->tickets.n > 0 ? &request->tickets : NULL;
    struct refund refund;
    struct answer refusal;
    int64_t due = 0;
    const struct order *order = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL || !taking_back_check_codes(decision, order, &request->tickets, &refusal))
        return refusal;
    if (codes != NULL && !due_for(order, codes, &due))
        return refuse(decision, ORDER_CANCELLED);
    bool any = codes != NULL ? plan_part(order, codes, due, &refund) : plan_whole(order, &refund);
    if (!any && codes == NULL && order->status != ORDER_REFUNDED)
        return refuse(decision, order->status);
    if (!any)
        return answer_ok(decision, &order_record, order);
    if (!request->force.value && !taking_back_check_unused(decision, order, codes, &refusal))
        return refusal;
    return answer_ok(decision, &order_record, carry_out(decision, order, &refund));
}

/* --- payment.refunded --- */

/* The amount that the payment system gave back: if it does not say, all that the payment paid. */
static struct money amount_of(const struct order *order, const struct payment_report *report)
{
    const struct order_payment *paid =
        order_money_find(order, report->payment_id, PAYMENT_SUCCEEDED);
    if (*report->amount.currency != '\0')
        return report->amount;
    return paid != NULL ? paid->amount : order_money_of(order, order_money_left(order));
}

/* Money that is back cannot be refused, nor can there be more than was paid. An amount without
 * tickets leaves them to their holders. `codes`: of those that the report names, as they are now.
 */
static struct refund plan_report(const struct order *order, const struct payment_report *report,
                                 const struct texts *codes, const struct money *amount)
{
    struct refund refund = {.payment_id = report->payment_id};
    if (!order_money_same_currency(order, amount))
        return refund;
    int64_t kept = order_money_kept(order);
    refund.codes = report->tickets.n > 0 ? codes : NULL;
    refund.due = lesser(amount->amount, order->refund_due.amount);
    refund.kept = lesser(amount->amount - refund.due, kept);
    bool takes_all = *report->amount.currency == '\0' && refund.kept > 0 && refund.kept == kept;
    refund.voids = (refund.codes != NULL || takes_all) && has_live(order, refund.codes);
    return refund;
}

DECISION(payment_refunded, payment_refunded_record)
{
    struct answer refusal;
    struct texts codes;
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL ||
        !taking_back_present_codes(decision, was, &request->tickets, &codes, &refusal))
        return refusal;
    const char *id = request->refund_id != NULL ? request->refund_id : request->payment_id;
    if (order_money_find(was, id, PAYMENT_REFUNDED) != NULL ||
        order_money_find(was, id, PAYMENT_REFUND_FAILED) != NULL)
        return answer_ok(decision, &order_record, was);
    const struct money amount = amount_of(was, request);
    const struct refund refund = plan_report(was, request, &codes, &amount);
    struct order *order = carry_out(decision, was, &refund);
    order_money_note(
        decision, order,
        &(struct order_payment){.payment_id = request->payment_id,
                                .refund_id = request->refund_id,
                                .status = PAYMENT_REFUNDED,
                                .amount = amount,
                                .counted = {true, order->refunded.amount - was->refunded.amount},
                                .reason = request->reason});
    return answer_ok(decision, &order_record, order);
}

const struct handler order_refund_handlers[] = {
    {"order.refund", order_refund, &order_part_record},
    {"payment.refunded", payment_refunded, &payment_refunded_record},
    {0},
};
