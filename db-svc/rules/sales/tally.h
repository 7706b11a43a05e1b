/* tally: what one buyer has of the types that limit a buyer, over all orders of an event. The buyer
 * is the folded e-mail address. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/order.h"

/* The tally's id: the order's buyer at the event, erased or not. */
const char *tally_of(struct turn *turn, const char *event_id, const struct order *order);
/* How many of the type the buyer has: held and sold. */
int64_t tally_count(struct turn *turn, const char *id, const char *ticket_type_id);
/* Counts the order's items of the types that it names as tallied, or takes them off again. */
void tally_add(struct turn *turn, const struct order *order);
void tally_take_off(struct turn *turn, const struct order *order);
