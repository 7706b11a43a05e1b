/* attendee_counts: how many people of each status are on an event's list, kept beside the list so
 * that a limit holds whoever registers at the same time. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"

/* Counts a new one in, and marks it if its turn has come. */
void attendee_counts_add(struct decision *decision, const struct attendee *attendee);
/* Those who have not cancelled. */
int64_t attendee_counts_present(struct decision *decision, const char *event_id);
/* From one status to another; ATTENDEE_UNSET is not being on the list. */
void attendee_counts_move(struct decision *decision, const char *event_id,
                          enum attendee_status from, enum attendee_status to);
