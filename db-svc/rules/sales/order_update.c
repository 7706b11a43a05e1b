/* Corrections of who bought an order, and of the caller's own members. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/sales/attendee_tickets.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/buyer_quota.h"
#include "db-svc/rules/sales/ticket_edit.h"
#include "libshared/base/mem.h"

static bool same_address(struct decision *decision, const char *one, const char *other)
{
    return strcmp(collection_fold_email(decision_arena(decision), one),
                  collection_fold_email(decision_arena(decision), other)) == 0;
}

/* People on the list are corrected there. */
static void move_tickets(struct decision *decision, struct order *order, const char *from)
{
    const struct ticket *was = order->tickets.at;
    if (order->tickets.n == 0)
        return;
    struct ticket *tickets = mem_dup(decision_arena(decision), was, order->tickets.n * sizeof *was);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = was[i].attendee;
        if (holder == NULL || holder->email == NULL || holder->attendee_id != NULL ||
            !same_address(decision, holder->email, from))
            continue;
        tickets[i].attendee =
            ticket_edit_holder(decision, order->event_id, holder->name, order->buyer->email);
        attendee_tickets_move(decision, &was[i], &tickets[i]);
    }
    order->tickets.at = tickets;
}

/* The purchase counts for the buyer's address as it is now. */
static void move_buyer(struct decision *decision, const struct order *was, struct order *order)
{
    if (same_address(decision, was->buyer->email, order->buyer->email))
        return;
    const struct order before = order_ops_placed(decision, was);
    struct order after = before;
    after.buyer = order->buyer;
    buyer_quota_take_off(decision, &before);
    buyer_quota_add(decision, &after);
    move_tickets(decision, order, was->buyer->email);
    automatic_address_changed(decision, was);
}

static struct answer order_update(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (was->buyer == NULL)
        return edit_illegal(decision, "erased", NULL);
    const struct order *wanted =
        edit_wanted(decision, &order_correction_record, body, was, &refusal);
    if (wanted == NULL)
        return refusal;
    if (!edit_differs(&order_record, was, wanted))
        return answer_ok(decision, &order_record, was);
    struct order *order = edit_apply(decision, &collection_orders, was->id, wanted);
    move_buyer(decision, was, order);
    order_ops_emit_money(decision, "order.updated", order, &(struct fact_body){0});
    return answer_ok(decision, &order_record, order);
}

const struct handler order_update_handlers[] = {
    {"order.update", order_update},
    {0},
};
