/* reschedule: moves what keeps to an event that has changed, or cancels it, page by page: the first
 * page with the change, the others by commands of their own. A page goes by the event as it is
 * then, so it does not matter how often the event changes meanwhile. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"

#define RESCHEDULE_PAGE 100 /* notifications */

/* Begins it: the event was changed in this decision. */
void reschedule_begin(struct decision *decision, const struct event *was,
                      const struct event *event);
/* One notification; as it is then. */
const struct notification *reschedule_one(struct decision *decision, const struct event *event,
                                          const struct notification *was);
