/* ordering: what moves with an order: its stock, its buyer's tally, its tickets, its facts.
 *
 * Shared by the decisions that place orders, pay them and take them back. Orders are the turn's
 * own where they are not constant. One thread. */
#pragma once

#include "db-svc/rules/sales/stock.h"
#include "db-svc/rules/turn.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

const char *ordering_status_text(enum order_status status);
/* Whether the hold's time is over. */
bool ordering_lapsed(struct turn *turn, const struct order *order);

/* Adds a violation if a hold would be longer than any may be. */
void ordering_check_hold(struct decoder *decoder, struct turn *turn, struct opt_int64 hold_seconds);
/* The refusal of an event that is not published, or no more. */
struct answer ordering_not_on_sale(struct turn *turn, const struct event *event);

/* Names the stock of the order's types, their pools, its buyer's tally and who has its tickets. */
void ordering_names(struct names *names, struct turn *turn, const struct order *order);

/* What there is for one line of an order beside the lines before it: the lesser of what its type
 * and what its pool has. */
struct ordering_room {
    const struct stock *stock;
    const struct pool *pool; /* not NULL: it is the pool that has less */
    int64_t available, held; /* of that one */
    int64_t with_held;       /* what there would be if every hold ended */
};
struct ordering_room ordering_room(struct turn *turn, const struct order *order, size_t line);

void ordering_move_stock(struct turn *turn, const struct order *order, enum stock_move move);
/* Counts the order for its buyer where a type limits a buyer, and keeps which do. */
void ordering_count(struct turn *turn, struct order *order);
/* A new ticket with a code of its own. */
struct ticket ordering_issue(struct turn *turn, const char *event_id, const char *ticket_type_id);
/* Tickets for all that was ordered and is paid; they go to the buyer if the event sends them. */
void ordering_issue_tickets(struct turn *turn, struct order *order);
/* The order in its new status; the writer need not look at it again. */
struct order *ordering_become(struct turn *turn, const struct order *was, enum order_status status);
/* A held order paid, with its tickets. */
struct order *ordering_pay_held(struct turn *turn, const struct order *was);
/* A lapsed order paid after all: who calls this has seen that there is enough. */
struct order *ordering_sell_again(struct turn *turn, const struct order *was);
/* How many tickets of these codes (NULL: of any) are not void. */
int64_t ordering_live(const struct order *order, const struct texts *codes);
/* What was paid for the tickets that are left. */
struct money ordering_left(struct turn *turn, const struct order *order);
/* Takes back what is held, or the tickets of these codes (NULL: all that are left), and tells the
 * fact of them: their stock comes back, they are void. Once none is left the order is `status`. */
struct order *ordering_release(struct turn *turn, const struct order *was,
                               const struct texts *codes, enum order_status status,
                               const char *fact);
/* What has become of the order. */
void ordering_tell(struct turn *turn, const char *fact, const struct order *order);
/* That money is to be given back, and why; `payment_id` NULL: whatever the order was paid with. */
void ordering_refund_due(struct turn *turn, const struct order *order, const struct money *amount,
                         const char *reason, const char *payment_id);
