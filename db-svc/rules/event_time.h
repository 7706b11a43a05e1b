/* event_time: when an event is over: for sales, for its list and for its gates.
 *
 * Times are milliseconds since 1970; days are those of the event's time zone (UTC if there is none
 * of that name). Pure, but that zones come from the system's database by libical, which is not made
 * for several threads: the writer's alone. */
#pragma once

#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

/* The end: `ends_at`, or else the end of the day on which it starts. */
int64_t event_time_end(const struct event *event);
/* Where the day of its start begins, and where the day of its last moment ends. */
int64_t event_time_day_begin(const struct event *event);
int64_t event_time_day_end(const struct event *event);
/* A time of the event's, were its start at `starts_at`: as far from it by the clock of its zone. */
int64_t event_time_moved(const struct event *event, int64_t starts_at, int64_t ms);
/* Whether that has come. */
bool event_time_is_over(const struct event *event, int64_t now);
/* Whether it is too late to sell tickets of the type, since the event is over. */
bool event_time_is_over_for(const struct event *event, const struct ticket_type *type, int64_t now);
/* Whether gates admit nobody any more. */
bool event_time_gates_are_closed(const struct event *event, int64_t at);
