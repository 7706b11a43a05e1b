/* notification_progress: how far a notification has come with its deliveries. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

/* Adds to a notification's counts; `queued` counts what has not ended. When every recipient has a
 * delivery and none is open, the notification is sent, once. A notification that is gone counts
 * nothing. */
void notification_progress_count(struct decision *decision, const char *notification_id,
                                 const struct notification_counts *more, bool expanded);
void notification_progress_emit(struct decision *decision, const char *fact,
                                const struct notification *notification);
/* That a delivery was in another status until now. */
void notification_progress_recount(struct decision *decision, const struct delivery *delivery,
                                   enum delivery_status was);
