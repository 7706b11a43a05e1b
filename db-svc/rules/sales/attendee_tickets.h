/* attendee_tickets: which tickets each person on an event's list has, and which were used, kept
 * beside the person so that lists can be filtered by them. It follows the orders: code that changes
 * a ticket in one calls attendee_tickets_move() in the same decision. A person who is no longer on
 * the list has none. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/order.h"

/* A ticket was like that and is like this now; NULL: there is none. */
/* Wants whose the ticket is. */
void attendee_tickets_want(struct decision *decision, const struct ticket *ticket);
void attendee_tickets_move(struct decision *decision, const struct ticket *was,
                           const struct ticket *now);
