/* schedule: when a notification goes out: at a time of its own, or at one that keeps to its
 * event's.
 *
 * The days of a duration are counted by the calendar of the event's time zone, hours by the clock:
 * P1D before 20:00 is 20:00 of the day before though clocks change in between, PT24H may not be. A
 * notification whose time is relative to its event moves with the event; it waits while the event
 * is postponed or lacks that time, and is cancelled with the event (reschedule.h). One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"

/* Adds what is wrong with the schedule that is wanted, as far as it differs from what was. */
void schedule_check(struct decoder *decoder, const struct event *event,
                    const struct notification *was, const struct notification *wanted, int64_t now);
/* Makes a notification that has not begun a draft or scheduled, as it says. */
void schedule_plan(const struct event *event, struct notification *notification);
/* Whether it is not yet the time of a notification that has not begun. */
bool schedule_waits(const struct notification *notification, int64_t now);

/* Whether a change of an event may move what keeps to it. */
bool schedule_moves(const struct event *was, const struct event *event);
/* Whether a notification that has not begun keeps to the event, and does not have the time that the
 * event gives it. */
bool schedule_is_outdated(const struct event *event, const struct notification *notification);
