/* event_questions: what an event may ask the holders of its tickets. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"

/* Whether the questions name types of the event, and none that may have been answered is gone or of
 * another kind. `was` NULL: a new event. False: *ret_refusal is the answer. */
bool event_questions_check(struct decision *decision, const struct event *was,
                           const struct event *wanted, struct answer *ret_refusal)
    __attribute__((warn_unused_result));

/* A type of another event, and the one that is in its place. */
struct event_questions_type {
    const char *was, *is;
};
/* The questions that are still asked, of those types. In the decision's arena. */
ticket_questions event_questions_cloned(struct decision *decision, const struct event *was,
                                        const struct event_questions_type *types, size_t n_types);
