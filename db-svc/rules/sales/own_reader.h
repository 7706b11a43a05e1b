/* own_reader: whose token a command carries, and which order and ticket it may speak of. One
 * thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/order.h"

/* An order at hand, one of its tickets, and whose token it is. */
struct own_reader {
    const struct order *order;
    size_t number;      /* of the ticket, from 1; 0: of none */
    const char *reader; /* the address */
};

/* A refusal that leaves no receipt: anybody may send what is no token, as often as they like. */
struct answer own_reader_refuse(struct decision *decision, enum problem_code code);
/* False: *ret_refusal is the answer. */
bool own_reader_admit(struct decision *decision, const struct command_body *body, const char *token,
                      struct own_reader *ret_own, struct answer *ret_refusal)
    __attribute__((warn_unused_result));
/* The same for a ticket of the reader's. Another person's is refused as one that does not exist. */
bool own_reader_admit_ticket(struct decision *decision, const struct command_body *body,
                             const char *token, struct own_reader *ret_own,
                             struct answer *ret_refusal) __attribute__((warn_unused_result));
/* Whether the ticket is the reader's. */
bool own_reader_has(struct decision *decision, const struct own_reader *own);
