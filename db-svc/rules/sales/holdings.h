/* holdings: which tickets each person on an event's list has, and which were used, kept beside the
 * person so that lists can be filtered by them. It follows the orders: whatever changes a ticket in
 * one calls holdings_move() in the same turn. Who is no longer on the list has nothing. One thread.
 */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/order.h"

/* A ticket was like that and is like this now; NULL: there is none. */
/* Wants whose the ticket is. */
void holdings_want(struct turn *turn, const struct ticket *ticket);
void holdings_move(struct turn *turn, const struct ticket *was, const struct ticket *now);
