/* ticket: tickets that pass from hand to hand. A new code makes the old one a dead code, which
 * gates tell from one that never was. One thread. */
#pragma once

#include "db-svc/rules/rules.h"
#include "libshared/contract/order.h"

struct ticket_person {
    const char *name, *email;
};

/* Assigns the ticket of that number, from 1: its code stays the same. The order as it is then;
 * NULL: *ret_refusal is the answer. */
const struct order *ticket_assign_to(struct decision *decision, const struct order *order,
                                     size_t number, const struct ticket_person *person,
                                     struct answer *ret_refusal);
/* The same under a new code, of an unused ticket. */
const struct order *ticket_transfer_to(struct decision *decision, const struct order *order,
                                       size_t number, const struct ticket_person *person,
                                       struct answer *ret_refusal);
