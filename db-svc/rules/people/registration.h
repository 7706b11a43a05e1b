/* registration: how a person comes to be on a list, one by one or by import. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"

/* Wants what registration_claim() and registration_add() read, so that it is loaded at once. */
void registration_want(struct decision *decision, const char *event_id, const char *email);
/* False: the event is cancelled or over. */
bool registration_open(struct decision *decision, const struct event *event,
                       struct answer *ret_refusal) __attribute__((warn_unused_result));
/* Completes what is not the caller's to say of a new registration. */
void registration_prepare(struct decision *decision, const struct event *event,
                          struct attendee *wanted);
/* Sets what is kept of the address besides itself. False: another person than `own_id` has it. */
bool registration_claim(struct decision *decision, struct attendee *attendee, const char *own_id)
    __attribute__((warn_unused_result));
/* A consent has the time it was changed, unless another is said with it. */
void registration_date_consent(struct decision *decision, struct attendee *attendee,
                               const struct consent *was);
/* Puts a prepared and claimed one on the list, and tells. */
const struct attendee *registration_add(struct decision *decision, const struct attendee *wanted);
/* Tells, and keeps in the audit trail, what this decision has done to the person. */
void registration_emit(struct decision *decision, const char *fact,
                       const struct attendee *attendee);
