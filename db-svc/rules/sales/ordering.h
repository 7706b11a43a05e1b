/* ordering: what moves with an order: its stock, its buyer's tally, its tickets, its facts.
 *
 * Shared by the decisions that place orders, pay them and take them back. Orders are the turn's
 * own where they are not constant. One thread. */
#pragma once

#include "db-svc/rules/sales/stock.h"
#include "db-svc/rules/turn.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

/* Wants the order and what it takes along. */
void ordering_want(struct turn *turn, const char *order_id);
const char *ordering_status_text(enum order_status status);
/* Whether the hold's time is over. */
bool ordering_lapsed(struct turn *turn, const struct order *order);

/* Adds a violation if a hold would be longer than any may be. */
void ordering_check_hold(struct decoder *decoder, struct turn *turn, struct opt_int64 hold_seconds);
/* The refusal of an event that is not published, or no more. */
struct answer ordering_not_on_sale(struct turn *turn, const struct event *event);

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
/* Which tickets of an order are taken back, and why. */
struct ordering_taking {
    const struct texts *codes; /* NULL: all that are not void */
    enum void_reason reason;
    enum order_status status; /* the order's, once no ticket is left */
    bool frees_used;          /* the places of used tickets come back too */
};

/* Whether the ticket is among the codes (NULL: of any), void or not. */
bool ordering_is_named(const struct ticket *ticket, const struct texts *codes);
/* How many tickets of these codes (NULL: of any) are not void. */
int64_t ordering_live(const struct order *order, const struct texts *codes);
/* The order with as many of each type as have a place: what it holds, or its tickets. */
struct order ordering_placed(struct turn *turn, const struct order *order);
/* What was paid for them. */
int64_t ordering_value(const struct order *order, const struct texts *codes);
/* Takes back what is held, or tickets, and tells the fact of them, with what was given back for
 * them in `more` (NULL: nothing was): their stock comes back, they are void. */
struct order *ordering_release(struct turn *turn, const struct order *was,
                               const struct ordering_taking *taking, const char *fact,
                               const struct fact_body *more);
/* What has become of the order. */
void ordering_tell(struct turn *turn, const char *fact, const struct order *order);
/* The same of no tickets, with the amount, the reason and the payment's id that `more` has. */
void ordering_tell_money(struct turn *turn, const char *fact, const struct order *order,
                         const struct fact_body *more);
