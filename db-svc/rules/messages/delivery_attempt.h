/* delivery_attempt: what is said of an attempt at a delivery: that it begins, by a claim, or how it
 * ended. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

/* How a claim or a report is decided. */
struct delivery_attempt_ruling {
    enum problem_code problem;       /* PROBLEM_NONE: it is taken */
    bool granted;                    /* a claim: its sender may send */
    const struct delivery *delivery; /* as it is then; NULL: there is none of the event */
};

/* Whether an attempt can be said to be in that status. */
bool delivery_attempt_is_possible(enum delivery_status status);
/* Wants what delivery_attempt_rule() reads besides the delivery, so that it is loaded at once. */
void delivery_attempt_want(struct decision *decision, const char *delivery_id,
                           enum delivery_status status);
/* Whether a claim that can be had would end or put off its delivery instead of being granted. */
bool delivery_attempt_is_in_vain(struct decision *decision, const char *event_id,
                                 const char *delivery_id, const struct delivery_report *claim);
struct delivery_attempt_ruling delivery_attempt_rule(struct decision *decision,
                                                     const char *event_id, const char *delivery_id,
                                                     const struct delivery_report *report);
