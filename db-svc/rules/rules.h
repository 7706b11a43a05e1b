/* rules: which function decides which command. Each file of decisions ends with its table. */
#pragma once

#include "db-svc/rules/decision.h"

struct handler {
    const char *type; /* the contract's */
    struct answer (*decide)(struct decision *decision, const struct command_body *body);
    const struct record *request; /* what `decide` takes the request for; NULL: it looks at none */
    size_t changes; /* how many records it may change, so that a batch has its bounds; 0: a few */
};

/* Begins the definition of a decision that takes a request of that record, by its own type:
 *
 *   DECISION(order_extend, order_extension_record)
 *   {
 *       … request->hold_seconds …
 *   }
 */
#define DECISION(name, record)                                                                     \
    static struct answer name##_of(struct decision *decision, const struct command_body *body,     \
                                   const record##_type *request);                                  \
    static struct answer name(struct decision *decision, const struct command_body *body)          \
    {                                                                                              \
        return name##_of(decision, body, body->request);                                           \
    }                                                                                              \
    static struct answer name##_of(struct decision *decision,                                      \
                                   const struct command_body *body __attribute__((unused)),        \
                                   const record##_type *request)

/* NULL: none of that type. */
const struct handler *rules_find(const char *type);
