/* order_ops: what moves with an order: its stock, its buyer's quota, its tickets, its facts.
 *
 * Shared by the decisions that place orders, pay them and take them back. Orders are the decision's
 * own where they are not constant. One thread. */
#pragma once

#include "db-svc/rules/sales/stock.h"
#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

/* Wants the order and what it takes along. */
void order_ops_want(struct decision *decision, const char *order_id);
const char *order_ops_status_text(enum order_status status);
/* Whether the hold's time is over. */
bool order_ops_lapsed(struct decision *decision, const struct order *order);

/* Adds a violation if a hold would be longer than any may be. */
void order_ops_check_hold(struct decoder *decoder, struct decision *decision,
                          struct opt_int64 hold_seconds);
/* The refusal of an event that is not published, or no more. */
struct answer order_ops_not_on_sale(struct decision *decision, const struct event *event);

/* The tickets left for one line of an order after the lines before it: the lesser of those of its
 * type and of its pool. */
struct order_ops_room {
    const struct stock *stock;
    const struct pool *pool; /* not NULL: it is the pool that has less */
    int64_t available, held; /* of that one */
    int64_t with_held;       /* what there would be if every hold ended */
};
struct order_ops_room order_ops_room(struct decision *decision, const struct order *order,
                                     size_t line);

void order_ops_move_stock(struct decision *decision, const struct order *order,
                          enum stock_move move);
/* Counts the order for its buyer where a type limits a buyer, and keeps which do. */
void order_ops_count(struct decision *decision, struct order *order);
/* A new ticket with a code of its own. */
struct ticket order_ops_issue(struct decision *decision, const char *event_id,
                              const char *ticket_type_id);
/* Tickets for all that was ordered and is paid; they go to the buyer if the event sends them. */
void order_ops_issue_tickets(struct decision *decision, struct order *order);
/* The order in its new status; the writer need not look at it again. */
struct order *order_ops_become(struct decision *decision, const struct order *was,
                               enum order_status status);
/* A held order paid, with its tickets. */
struct order *order_ops_pay_held(struct decision *decision, const struct order *was);
/* A lapsed order paid after all: who calls this has seen that there is enough. */
struct order *order_ops_sell_again(struct decision *decision, const struct order *was);
/* Which tickets of an order are taken back, and why. */
struct order_ops_taking {
    const struct texts *codes; /* NULL: all that are not void */
    enum void_reason reason;
    enum order_status status; /* the order's, once no ticket is left */
    bool frees_used;          /* the places of used tickets come back too */
    bool by_buyer;            /* to whom what was paid is due */
};

/* Whether the ticket is among the codes (NULL: of any), void or not. */
bool order_ops_is_named(const struct ticket *ticket, const struct texts *codes);
/* How many tickets of these codes (NULL: of any) are not void. */
int64_t order_ops_live(const struct order *order, const struct texts *codes);
/* The order with as many of each type as have a place: what it holds, or its tickets. */
struct order order_ops_placed(struct decision *decision, const struct order *order);
/* The amount that was paid for these tickets. */
int64_t order_ops_value(const struct order *order, const struct texts *codes);
/* Takes back what is held, or tickets, and tells the fact of them, with what was given back for
 * them in `more` (NULL: nothing was): their stock comes back, they are void. */
struct order *order_ops_release(struct decision *decision, const struct order *was,
                                const struct order_ops_taking *taking, const char *fact,
                                const struct fact_body *more);
/* Emits the fact, with the order as it is now. */
void order_ops_emit(struct decision *decision, const char *fact, const struct order *order);
/* The same of no tickets, with the amount, the reason and the payment's id that `more` has. */
void order_ops_emit_money(struct decision *decision, const char *fact, const struct order *order,
                          const struct fact_body *more);
