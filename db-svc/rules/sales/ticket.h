/* ticket: tickets that pass from hand to hand. A new code makes the old one a dead code, which
 * gates tell from one that never was. One thread. */
#pragma once

#include "db-svc/rules/rules.h"
#include "libshared/contract/order.h"

struct ticket_person {
    const char *name, *email;
    struct string_map answers; /* the person's; without names: not asked for */
};

/* Assigns the ticket of that number, from 1: its code stays the same. What was answered stays with
 * a ticket that was nobody's in particular and with one whose holder has the same address; another
 * person answers anew. The order as it is then; NULL: *ret_refusal is the answer. */
const struct order *ticket_assign_to(struct decision *decision, const struct order *order,
                                     size_t number, const struct ticket_person *person,
                                     struct answer *ret_refusal);
/* The same under a new code, of an unused ticket; what the buyer answered does not go with it. */
const struct order *ticket_transfer_to(struct decision *decision, const struct order *order,
                                       size_t number, const struct ticket_person *person,
                                       struct answer *ret_refusal);
/* Takes the answers of the ticket's owner. */
const struct order *ticket_answer(struct decision *decision, const struct order *order,
                                  size_t number, const struct string_map *answers,
                                  struct answer *ret_refusal);
