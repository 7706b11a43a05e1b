/* audience_expand: gives the recipients of a notification their deliveries, a page of them a
 * command. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

#define AUDIENCE_PAGE 250 /* records looked at a command: sales wait for no more */

/* Begins a notification: tells, and has the first page of its audience given its deliveries. */
void audience_expand_begin(struct decision *decision, struct notification *notification);
