/* attendee_key: who on an event's list has an e-mail address. That is one person, unless the event
 * lets families share one (`shared_addresses`): then each has it under another name. Addresses and
 * names count as one however their letters are written. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"

/* Whether people of the event may share an address: it lets them, or once did. */
bool attendee_key_shared(struct decision *decision, const char *event_id);
bool attendee_key_same_name(struct decision *decision, const char *one, const char *other);
/* Wants what the others read; a NULL name wants what is read where nobody shares. */
void attendee_key_want(struct decision *decision, const char *event_id, const char *email,
                       const char *name);
/* The person with that address and, where it is shared, that name; NULL: nobody. */
const struct attendee *attendee_key_find(struct decision *decision, const char *event_id,
                                         const char *email, const char *name);
/* Sets the key of one who is not cancelled. False: another than `own_id` (NULL: none) has it. */
bool attendee_key_claim(struct decision *decision, struct attendee *attendee, const char *own_id)
    __attribute__((warn_unused_result));
/* What no two of an event have, though no record has it yet; in the arena. */
const char *attendee_key_identity(struct decision *decision, const struct attendee *attendee);
