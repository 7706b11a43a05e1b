/* Refunds: of what is due first, and of what was paid for tickets, which are void then. */
#include "db-svc/rules/decisions.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/ordering.h"
#include "db-svc/rules/sales/taking_back.h"
#include "libshared/base/mem.h"
#include "libshared/contract/payment.h"

/* What is given back, and for which tickets. */
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

/* Tickets of a cancelled event whose money is back. */
static void settle_tickets(struct turn *turn, struct order *order, const struct texts *codes)
{
    if (order->tickets.n == 0)
        return;
    struct ticket *tickets =
        mem_dup(turn_arena(turn), order->tickets.at, order->tickets.n * sizeof *order->tickets.at);
    for (size_t i = 0; i < order->tickets.n; i++)
        if (tickets[i].void_reason == VOID_EVENT_CANCELLED && ordering_is_named(&tickets[i], codes))
            tickets[i].void_reason = VOID_REFUNDED;
    order->tickets.at = tickets;
}

static struct order *pay_back_due(struct turn *turn, const struct order *was,
                                  const struct refund *refund, const struct fact_body *more)
{
    struct order *order = turn_edit(turn, &collection_orders, was->id);
    (void)order_money_refund_due(order, refund->due);
    (void)order_money_refund_kept(order, refund->kept);
    if (refund->codes != NULL)
        settle_tickets(turn, order, refund->codes);
    if (is_settled(order)) {
        order->status = ORDER_REFUNDED;
        settle_tickets(turn, order, NULL);
    }
    ordering_tell_money(turn, "order.refunded", order, more);
    return order;
}

/* The order as it is then; what is left of it bounds each part. */
static struct order *carry_out(struct turn *turn, const struct order *was,
                               const struct refund *refund)
{
    const struct fact_body more = {.payment_id = refund->payment_id,
                                   .amount = order_money_of(was, refund->due + refund->kept)};
    if (!refund->voids)
        return pay_back_due(turn, was, refund, &more);
    const struct ordering_taking taking = {
        .codes = refund->codes, .reason = VOID_REFUNDED, .status = ORDER_REFUNDED};
    struct order *order = ordering_release(turn, was, &taking, "order.refunded", &more);
    (void)order_money_refund_due(order, refund->due);
    (void)order_money_refund_kept(order, refund->kept);
    return order;
}

static int64_t lesser(int64_t one, int64_t other)
{
    int64_t less = one < other ? one : other;
    return less > 0 ? less : 0;
}

/* --- order.refund --- */

/* What is due for tickets of these codes that are void. False: nothing is due for one of them. */
static bool due_for(const struct order *order, const struct texts *codes, int64_t *ret_due)
{
    *ret_due = 0;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        if (ticket->status != TICKET_VOID || !ordering_is_named(ticket, codes) ||
            ticket->void_reason == VOID_REFUNDED)
            continue;
        if (ticket->void_reason != VOID_EVENT_CANCELLED)
            return false;
        *ret_due += order_money_price(order, ticket);
    }
    *ret_due = lesser(*ret_due, order->refund_due.amount);
    return true;
}

static bool has_live(const struct order *order, const struct texts *codes)
{
    return order->status == ORDER_PAID && ordering_live(order, codes) > 0;
}

/* Of all of an order. False: there is nothing to give back. */
static bool plan_whole(const struct order *order, struct refund *ret_refund)
{
    *ret_refund = (struct refund){.due = order->refund_due.amount, .voids = has_live(order, NULL)};
    if (ret_refund->voids)
        ret_refund->kept = lesser(ordering_value(order, NULL), order_money_kept(order));
    return ret_refund->voids || ret_refund->due > 0;
}

/* Of some tickets. False: they were refunded before. */
static bool plan_part(const struct order *order, const struct texts *codes, int64_t due,
                      struct refund *ret_refund)
{
    *ret_refund = (struct refund){.codes = codes, .due = due, .voids = has_live(order, codes)};
    if (ret_refund->voids)
        ret_refund->kept = lesser(ordering_value(order, codes), order_money_kept(order));
    return ret_refund->voids || due > 0;
}

static struct answer refuse(struct turn *turn, enum order_status from)
{
    return edit_illegal(turn, ordering_status_text(from), ordering_status_text(ORDER_REFUNDED));
}

struct answer order_refund(struct turn *turn, const struct command_body *body)
{
    const struct order_part *request = body->request;
    const struct texts *codes = request->tickets.n > 0 ? &request->tickets : NULL;
    struct refund refund;
    struct answer refusal;
    int64_t due = 0;
    const struct order *order = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL || !taking_back_check_codes(turn, order, &request->tickets, &refusal))
        return refusal;
    if (codes != NULL && !due_for(order, codes, &due))
        return refuse(turn, ORDER_CANCELLED);
    bool any = codes != NULL ? plan_part(order, codes, due, &refund) : plan_whole(order, &refund);
    if (!any && codes == NULL && order->status != ORDER_REFUNDED)
        return refuse(turn, order->status);
    if (!any)
        return answer_ok(turn, &order_record, order);
    if (!request->force.value && !taking_back_check_unused(turn, order, codes, &refusal))
        return refusal;
    return answer_ok(turn, &order_record, carry_out(turn, order, &refund));
}

/* --- payment.refunded --- */

/* What the payment system gave back: if it does not say, all that the payment paid. */
static struct money amount_of(const struct order *order, const struct payment_report *report)
{
    const struct order_payment *paid =
        order_money_find(order, report->payment_id, PAYMENT_SUCCEEDED);
    if (*report->amount.currency != '\0')
        return report->amount;
    return paid != NULL ? paid->amount : order_money_of(order, order_money_left(order));
}

/* Money that is back cannot be refused, nor can there be more than was paid. An amount without
 * tickets leaves them to their holders. */
static struct refund plan_report(const struct order *order, const struct payment_report *report,
                                 const struct money *amount)
{
    struct refund refund = {.payment_id = report->payment_id};
    if (!order_money_same_currency(order, amount))
        return refund;
    int64_t kept = order_money_kept(order);
    refund.codes = report->tickets.n > 0 ? &report->tickets : NULL;
    refund.due = lesser(amount->amount, order->refund_due.amount);
    refund.kept = lesser(amount->amount - refund.due, kept);
    bool takes_all = *report->amount.currency == '\0' && refund.kept > 0 && refund.kept == kept;
    refund.voids = (refund.codes != NULL || takes_all) && has_live(order, refund.codes);
    return refund;
}

struct answer payment_refunded(struct turn *turn, const struct command_body *body)
{
    const struct payment_report *report = body->request;
    struct answer refusal;
    const struct order *was = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL || !taking_back_check_codes(turn, was, &report->tickets, &refusal))
        return refusal;
    const char *id = report->refund_id != NULL ? report->refund_id : report->payment_id;
    if (order_money_find(was, id, PAYMENT_REFUNDED) != NULL ||
        order_money_find(was, id, PAYMENT_REFUND_FAILED) != NULL)
        return answer_ok(turn, &order_record, was);
    const struct money amount = amount_of(was, report);
    const struct refund refund = plan_report(was, report, &amount);
    struct order *order = carry_out(turn, was, &refund);
    order_money_note(turn, order,
                     &(struct order_payment){.payment_id = report->payment_id,
                                             .refund_id = report->refund_id,
                                             .status = PAYMENT_REFUNDED,
                                             .amount = amount,
                                             .reason = report->reason});
    return answer_ok(turn, &order_record, order);
}
