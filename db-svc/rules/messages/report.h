/* report: what is said of an attempt at a delivery: that it begins, by a claim, or how it ended.
 * One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

/* What becomes of one. */
struct report_ruling {
    enum problem_code problem;       /* PROBLEMS: it is taken */
    bool granted;                    /* a claim: who made it may send */
    const struct delivery *delivery; /* as it is then; NULL: there is none of the event */
};

/* Whether an attempt can be said to be in that status. */
bool report_is_possible(enum delivery_status status);
/* Wants what report_rule() reads besides the delivery, so that it is loaded at once. */
void report_want(struct turn *turn, const char *delivery_id, enum delivery_status status);
/* Whether a claim that can be had would end or put off its delivery instead of being granted. */
bool report_is_in_vain(struct turn *turn, const char *event_id, const char *delivery_id,
                       const struct delivery_report *claim);
struct report_ruling report_rule(struct turn *turn, const char *event_id, const char *delivery_id,
                                 const struct delivery_report *report);
