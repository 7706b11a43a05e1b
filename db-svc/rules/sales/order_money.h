/* order_money: what of an order was paid, what was refunded and what is still due, and what a
 * payment system said of it. refunded + refund_due <= paid at any time, whatever is asked for.
 *
 * Amounts are minor units of the order's currency. Orders are the decision's own where they are not
 * constant. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/order.h"

/* The amount that the organiser may keep: paid, not refunded and not due. */
int64_t order_money_kept(const struct order *order);
/* The amount that was paid and not given back: kept or due. */
int64_t order_money_left(const struct order *order);
/* The price of one ticket when it was sold. */
int64_t order_money_price(const struct order *order, const struct ticket *ticket);

void order_money_pay(struct order *order, int64_t amount);
/* Makes this much of the kept amount due; returns how much of it there was. */
int64_t order_money_owe(struct order *order, int64_t amount);
/* Takes what was given back off the due amount, else off the kept one; returns how much there was.
 */
int64_t order_money_refund_due(struct order *order, int64_t amount);
int64_t order_money_refund_kept(struct order *order, int64_t amount);
/* So much of what was given back did not arrive, and is due. */
void order_money_undo_refund(struct order *order, int64_t amount);

/* Whether the order is paid in that currency. */
bool order_money_same_currency(const struct order *order, const struct money *amount);
struct money order_money_of(const struct order *order, int64_t amount);

/* NULL: none of that id and status; its id is its dispute_id, refund_id or else payment_id. */
const struct order_payment *order_money_find(const struct order *order, const char *id,
                                             enum payment_status status);
/* Adds what was said, dated now. Where there are too many the first failure goes. */
void order_money_note(struct decision *decision, struct order *order,
                      const struct order_payment *said);
