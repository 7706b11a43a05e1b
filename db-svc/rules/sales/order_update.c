/* Corrections of who bought an order, and of the caller's own members. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/holdings.h"
#include "db-svc/rules/sales/ordering.h"
#include "db-svc/rules/sales/tally.h"
#include "db-svc/rules/sales/ticket_edit.h"
#include "libshared/base/mem.h"

static bool same_address(struct turn *turn, const char *one, const char *other)
{
    return strcmp(collection_fold_email(turn_arena(turn), one),
                  collection_fold_email(turn_arena(turn), other)) == 0;
}

/* People on the list are corrected there. */
static void move_tickets(struct turn *turn, struct order *order, const char *from)
{
    const struct ticket *was = order->tickets.at;
    if (order->tickets.n == 0)
        return;
    struct ticket *tickets = mem_dup(turn_arena(turn), was, order->tickets.n * sizeof *was);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = was[i].attendee;
        if (holder == NULL || holder->email == NULL || holder->attendee_id != NULL ||
            !same_address(turn, holder->email, from))
            continue;
        tickets[i].attendee =
            ticket_edit_holder(turn, order->event_id, holder->name, order->buyer->email);
        holdings_move(turn, &was[i], &tickets[i]);
    }
    order->tickets.at = tickets;
}

/* The purchase counts for the buyer's address as it is now. */
static void move_buyer(struct turn *turn, const struct order *was, struct order *order)
{
    if (same_address(turn, was->buyer->email, order->buyer->email))
        return;
    const struct order before = ordering_placed(turn, was);
    struct order after = before;
    after.buyer = order->buyer;
    tally_take_off(turn, &before);
    tally_add(turn, &after);
    move_tickets(turn, order, was->buyer->email);
}

static struct answer order_update(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *was = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (was->buyer == NULL)
        return edit_illegal(turn, "erased", NULL);
    const struct order *wanted = edit_wanted(turn, &order_correction_record, body, was, &refusal);
    if (wanted == NULL)
        return refusal;
    if (!edit_differs(&order_record, was, wanted))
        return answer_ok(turn, &order_record, was);
    struct order *order = edit_apply(turn, &collection_orders, was->id, wanted);
    move_buyer(turn, was, order);
    ordering_tell_money(turn, "order.updated", order, &(struct fact_body){0});
    return answer_ok(turn, &order_record, order);
}

const struct handler order_update_handlers[] = {
    {"order.update", order_update},
    {0},
};
