/* sending: how far a notification has come with its deliveries. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

/* Adds to a notification's counts; `queued` counts what has not ended. When every recipient has a
 * delivery and none is open, the notification is sent, once. A notification that is gone counts
 * nothing. */
void sending_count(struct turn *turn, const char *notification_id,
                   const struct notification_counts *more, bool expanded);
void sending_tell(struct turn *turn, const char *fact, const struct notification *notification);
/* That a delivery was in another status until now. */
void sending_recount(struct turn *turn, const struct delivery *delivery, enum delivery_status was);
