/* audit_trail: who did what to a person's record, kept in the decision that does it.
 *
 * How a record came to be is kept in it, since lists of many thousands are imported; what happens
 * to it afterwards is a row each, which outlives the record. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"

/* The origin of a record that this decision creates. */
struct attendee_origin *audit_trail_origin(struct decision *decision);
/* Records that this decision has changed the record, or removes it. */
void audit_trail_changed(struct decision *decision, const struct attendee *attendee);
/* Keeps the origin of a record that is removed. */
void audit_trail_keep_origin(struct decision *decision, const struct attendee *attendee);
