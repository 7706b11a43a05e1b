/* ticket_answers: what is answered for tickets, held against what their event asks. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

/* Adds what is wrong with the answers for an order that is placed; what is required and lacks too,
 * unless it is answered later. */
void ticket_answers_check_order(struct decoder *decoder, const struct event *event,
                                const struct order *order);
/* The same for a ticket of that type whose answers `was` are: what is `given` besides, at `path`.
 */
void ticket_answers_check(struct decoder *decoder, const struct event *event,
                          const char *ticket_type_id, const struct string_map *was,
                          const struct string_map *given, const struct path *path);

/* `was` with what is given; empty texts are none. In the arena. */
struct string_map ticket_answers_with(const void *arena, const struct string_map *was,
                                      const struct string_map *given);
bool ticket_answers_equal(const struct string_map *one, const struct string_map *other);
/* The items of an order with the answers that are any. In the arena. */
void ticket_answers_keep(const void *arena, struct order *order);
/* Gives them to the order's tickets, which are as many as its items say. In the arena. */
void ticket_answers_issue(const void *arena, struct order *order);

/* The request's `answers` taken into those of a ticket; false: *ret_refusal is the answer. */
bool ticket_answers_take(struct decision *decision, const char *event_id, struct ticket *ticket,
                         const struct string_map *given, struct answer *ret_refusal)
    __attribute__((warn_unused_result));
