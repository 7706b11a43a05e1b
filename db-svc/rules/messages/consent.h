/* consent: whether people want to be told of more than their event. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/notification.h"

#define CONSENT_ERROR "no_consent" /* of a delivery */

bool consent_given(const struct attendee *attendee);
/* CONSENT_ERROR if a delivery is marketing that its attendee does not want any more, else NULL. The
 * notification and the attendee must have been named. */
const char *consent_error(struct decision *decision, const struct delivery *delivery);
