/* decision_run: gives a command its turn. The writer's side of decision.h. */
#pragma once

#include "db-svc/rules/rules.h"
#include "db-svc/rules/wants.h"
#include "libshared/contract/self_service.h"

#define DECISION_SEED 32
struct decision_input {
    const struct handler *handler;
    const struct command_body *body;
    const char *source, *id;   /* the command's */
    const char *if_match;      /* NULL: none */
    const uint8_t *receipt_id; /* RECEIPT_ID bytes */
    uint8_t seed[DECISION_SEED];
    int64_t now;
    int64_t epoch; /* of the database: struct fence's timeline */
    int32_t partition, partitions;
    int64_t max_hold_seconds;
    const struct signing_key *signing_key;
    const struct self_service *self_service;
};
struct decision_result {
    struct answer answer;
    struct outgoing *outgoing; /* facts have sequence 0: the batch numbers them */
    size_t n_outgoing;
    const char **about; /* ids of what the answer shows */
    size_t n_about;
    const char **forgotten; /* ids of records: answers about them are to be forgotten */
    size_t n_forgotten;
    const char *forgotten_body; /* what is answered instead, with the status of `erased` */
    const char *stock;          /* the moved stock as JSON; NULL: none moved */
};
/* Decides, and puts what a success changed into the workset. False if it lacks records, which
 * `wants` has then: nothing is decided, until they are loaded. Or, if `wants` has none, because
 * what it read contradicts itself. */
bool decision_run(void *arena, struct workset *workset, struct wants *wants,
                  const struct decision_input *input, struct decision_result *ret_result);
/* Adds to `wants` what the decision would lack, as far as can be seen, and decides nothing. */
void decision_look_ahead(void *arena, struct workset *workset, struct wants *wants,
                         const struct decision_input *input);
