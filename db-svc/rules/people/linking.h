/* linking: the tickets of orders know who on the event's list has them, whichever came first: the
 * ticket that was assigned to an address, or the person who has it now. A person's address and name
 * follow to their tickets.
 *
 * The rest that one decision cannot see is left to pages, which are commands. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

struct linking_person {
    const struct attendee *now;
    const struct attendee *was; /* NULL: new, or not known */
    bool keeps_address;         /* what is assigned to it is linked already */
};

/* Wants the tickets that are assigned to the address, so that they are loaded with the rest. */
void linking_want(struct decision *decision, const char *event_id, const char *email);
/* Links the tickets assigned to the addresses of these people, unless they are linked to somebody
 * else who is there; and gives those linked to them their address and name. */
void linking_take(struct decision *decision, const char *event_id,
                  const struct linking_person *people, size_t n);
/* The same for these orders. */
void linking_take_orders(struct decision *decision, const struct order *const *orders,
                         size_t n_orders, const struct linking_person *people, size_t n);
