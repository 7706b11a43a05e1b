/* reader: how the recipient of a delivery is reached now: an address that was corrected since is
 * the one that counts. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

/* The delivery as it would go now, by its attendee and its order: the address NULL if there is none
 * any more. The address of a person who is not on a list, or no longer, stays as it is. */
struct delivery reader_reach(struct decision *decision, const struct delivery *delivery);
