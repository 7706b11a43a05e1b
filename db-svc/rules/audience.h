/* audience: gives the recipients of a notification their deliveries, a page of them a command. One
 * thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

#define AUDIENCE_PAGE 500 /* recipients a command */

/* Has the first page of the notification's audience given its deliveries. */
void audience_first_page(struct turn *turn, const struct notification *notification);
