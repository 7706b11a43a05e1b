/* attendee: what other decisions need of the people on an event's list. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"

/* The attendee without consent to marketing, with a fact if that changed. */
const struct attendee *attendee_withdraw_consent(struct decision *decision,
                                                 const struct attendee *was, const char *source);
/* The attendee confirmed or cancelled, with a fact if that changed. NULL: 409. */
const struct attendee *attendee_become(struct decision *decision, const struct attendee *was,
                                       enum attendee_status status, struct answer *ret_refusal)
    __attribute__((warn_unused_result));
