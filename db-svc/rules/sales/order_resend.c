/* Sending an order's tickets again, to the buyer, to one of their holders, or to an address that
 * somebody gives. */
#include "db-svc/rules/rules.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/messages/ownership.h"
#include "libshared/base/mem.h"

#define RESENDS_MAX 10 /* in a day: who is plagued by mail blocks all of it */
#define RESENDS_MS (INT64_C(24) * 60 * 60 * 1000)

/* A holder of valid tickets of the order, by the address. NULL: the address is nobody's of them. */
static const struct ticket_holder *holder_at(struct decision *decision, const struct order *order,
                                             const char *address)
{
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (order->tickets.at[i].status != TICKET_VOID && holder != NULL && holder->email != NULL &&
            ownership_same_address(decision_arena(decision), holder->email, address))
            return holder;
    }
    return NULL;
}

static bool is_buyers_own(struct decision *decision, const struct order *order, const char *address)
{
    return ownership_same_address(decision_arena(decision), order->buyer->email, address);
}

/* Of what, and to whom; `address` NULL: to the buyer. */
static struct delivery delivery_to(struct decision *decision, const struct order *order,
                                   const char *address)
{
    bool own = address == NULL || is_buyers_own(decision, order, address);
    const struct ticket_holder *holder = own ? NULL : holder_at(decision, order, address);
    struct delivery to = {.about = ABOUT_ORDER, .channel = CHANNEL_EMAIL, .resends = 1};
    to.locale = order->buyer->locale;
    if (holder != NULL) {
        to.recipient = holder->name;
        to.address = holder->email;
        to.attendee_id = holder->attendee_id;
        return to;
    }
    to.recipient = order->buyer->name;
    to.address = own ? order->buyer->email : address;
    to.buyer = (struct opt_bool){true, true};
    to.elsewhere = (struct opt_bool){!own, !own};
    return to;
}

static bool has_tickets_for(struct decision *decision, const struct order *order,
                            const struct delivery *to)
{
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].status != TICKET_VOID &&
            ownership_is_readers(decision, order, &order->tickets.at[i], to))
            return true;
    return false;
}

static bool is_within_bounds(struct decision *decision, const struct order *order)
{
    bool counts =
        order->resends_since.set && decision_now(decision) - order->resends_since.ms < RESENDS_MS;
    return !counts || order->resends < RESENDS_MAX;
}

static struct order *count(struct decision *decision, const struct order *was)
{
    struct order *order = decision_change(decision, &collection_orders, was->id);
    bool begins =
        !was->resends_since.set || decision_now(decision) - was->resends_since.ms >= RESENDS_MS;
    if (begins)
        order->resends_since = (struct opt_time){true, decision_now(decision)};
    order->resends = begins ? 1 : was->resends + 1;
    return order;
}

DECISION(order_resend, order_resend_record)
{
    struct answer refusal;
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (was->status != ORDER_PAID || was->buyer == NULL)
        return answer_refuse(decision, PROBLEM_nothing_to_send);
    const struct delivery to = delivery_to(decision, was, request != NULL ? request->to : NULL);
    if (!has_tickets_for(decision, was, &to))
        return answer_refuse(decision, PROBLEM_nothing_to_send);
    if (!is_within_bounds(decision, was))
        return answer_refuse_with(
            decision, PROBLEM_limit_exceeded,
            json_pack("{siss}", "limit", RESENDS_MAX, "limit_name", "resends"));
    struct order *order = count(decision, was);
    automatic_resend(decision, order, &to);
    return answer_ok(decision, &order_record, order);
}

const struct handler order_resend_handlers[] = {
    {"order.resend", order_resend, &order_resend_record},
    {0},
};
