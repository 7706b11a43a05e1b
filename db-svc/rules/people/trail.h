/* trail: who did what to a person's record, kept in the turn that does it.
 *
 * How a record came to be is kept in it, since lists of many thousands are imported; what happens
 * to it afterwards is a row each, which outlives the record. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/attendee.h"

/* Of a record that this turn makes. */
struct attendee_origin *trail_origin(struct turn *turn);
/* That this turn has changed the record, or removes it. */
void trail_changed(struct turn *turn, const struct attendee *attendee);
/* How a record came to be, where it is removed. */
void trail_keep_origin(struct turn *turn, const struct attendee *attendee);
