/* Buyers cancel by the token of their link, where the event lets them: what is theirs and unused,
 * as the staff's cancel does; and what was paid for it is due. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/own_reader.h"
#include "db-svc/rules/sales/taking_back.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/own_order.h"

static struct answer show(struct decision *decision, const struct own_reader *own,
                          const struct order *order)
{
    size_t n = order->tickets.n;
    struct own_order_state state = {
        .status = order->status,
        .tickets = {.at = mem_array(decision_arena(decision), struct own_ticket_state, n + 1),
                    .n = n}};
    if (order->refund_due.amount > 0)
        state.refund_due = order->refund_due;
    for (size_t i = 0; i < n; i++) {
        const struct own_reader ticket = {order, i + 1, own->reader};
        state.tickets.at[i] = (struct own_ticket_state){.number = (int64_t)i + 1,
                                                        .status = order->tickets.at[i].status,
                                                        .yours = own_reader_has(decision, &ticket)};
    }
    return answer_ok(decision, &own_order_state_record, &state);
}

static bool check_open(struct decision *decision, const struct order *order,
                       struct answer *ret_refusal)
{
    const struct event *event = decision_read(decision, &collection_events, order->event_id);
    const struct opt_time until = own_order_cancel_until(event);
    if (until.set && decision_now(decision) < until.ms)
        return true;
    json_t *more = json_object();
    if (event->buyer_may_cancel_until.set)
        (void)json_object_set_new(more, "buyer_may_cancel_until",
                                  edit_time(event->buyer_may_cancel_until.ms));
    *ret_refusal = answer_refuse_with(decision, PROBLEM_cancellation_closed, more);
    return false;
}

/* The tickets of these codes, or the hold. */
static const struct order *take_back(struct decision *decision, const struct order *was,
                                     const struct texts *codes)
{
    const struct order_ops_taking taking = {
        .codes = codes, .reason = VOID_CANCELLED, .status = ORDER_CANCELLED, .by_buyer = true};
    int64_t value = order_ops_value(was, codes);
    struct order *order = order_ops_release(decision, was, &taking, "order.cancelled", NULL);
    int64_t owed = order_money_owe(order, value);
    if (owed > 0)
        order_ops_emit_money(decision, "order.refund_due", order,
                             &(struct fact_body){.reason = "cancelled_by_buyer",
                                                 .amount = order_money_of(order, owed)});
    return order;
}

/* By now its money may be back. */
static bool is_done(const struct order *order, const struct texts *codes)
{
    bool cancelled = order->status == ORDER_CANCELLED;
    for (size_t i = 0; order->status == ORDER_REFUNDED && i < order->tickets.n; i++)
        cancelled = cancelled || (order_ops_is_named(&order->tickets.at[i], codes) &&
                                  order->tickets.at[i].cancelled_by_buyer.value);
    return cancelled || (order->status == ORDER_PAID && order_ops_live(order, codes) == 0);
}

static struct answer cancel(struct decision *decision, const struct own_reader *own,
                            const struct texts *codes)
{
    const struct order *order = own->order;
    struct answer refusal;
    bool held = order->status == ORDER_HELD;
    if (is_done(order, codes))
        return show(decision, own, order);
    if (order->status != ORDER_PAID && !held)
        return edit_illegal(decision, order_ops_status_text(order->status),
                            order_ops_status_text(ORDER_CANCELLED));
    if (!check_open(decision, order, &refusal) ||
        !taking_back_check_unused(decision, order, codes, &refusal))
        return refusal;
    return show(decision, own, take_back(decision, order, codes));
}

/* For the buyer alone, who paid; for others there is no such thing. */
static bool is_buyer(struct decision *decision, const struct own_reader *own,
                     struct answer *ret_refusal)
{
    bool buyer = own_order_is_buyer(decision_arena(decision), own->order, own->reader);
    if (!buyer)
        *ret_refusal = own_reader_refuse(decision, PROBLEM_not_found);
    return buyer;
}

/* Those of the reader's. */
static struct texts own_codes(struct decision *decision, const struct own_reader *own)
{
    size_t n = own->order->tickets.n;
    struct texts codes = {.at = mem_array(decision_arena(decision), const char *, n + 1)};
    for (size_t i = 0; i < n; i++)
        if (own_reader_has(decision, &(struct own_reader){own->order, i + 1, own->reader}))
            codes.at[codes.n++] = own->order->tickets.at[i].code;
    return codes;
}

DECISION(order_cancel_by_token, own_cancel_record)
{
    struct own_reader own;
    struct answer refusal;
    if (!own_reader_admit(decision, body, request->token, &own, &refusal) ||
        !is_buyer(decision, &own, &refusal))
        return refusal;
    const struct texts codes = own_codes(decision, &own);
    return cancel(decision, &own, own.order->status == ORDER_HELD ? NULL : &codes);
}

DECISION(ticket_cancel_by_token, own_cancel_record)
{
    struct own_reader own;
    struct answer refusal;
    if (!own_reader_admit_ticket(decision, body, request->token, &own, &refusal) ||
        !is_buyer(decision, &own, &refusal))
        return refusal;
    const char *code[] = {own.order->tickets.at[own.number - 1].code};
    return cancel(decision, &own, &(struct texts){.at = code, .n = 1});
}

const struct handler own_cancel_handlers[] = {
    {"order.cancel_by_token", order_cancel_by_token, &own_cancel_record},
    {"ticket.cancel_by_token", ticket_cancel_by_token, &own_cancel_record},
    {0},
};
