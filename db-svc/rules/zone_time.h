/* zone_time: what the clocks of a time zone show, for any year.
 *
 * libical lists the clock changes of a zone up to a year of its own, and for each later time makes
 * that list anew. A year behind that is looked up as an earlier one of the same calendar: every 400
 * years dates have the same weekdays. Times are seconds since 1970. Zones are libical's, which is
 * not made for several threads: the writer's alone. */
#pragma once

#include <libical/ical.h>
#include <stdint.h>

/* UTC if there is no zone of that name. */
icaltimezone *zone_time_zone(const char *name);
struct icaltimetype zone_time_local(icaltimezone *zone, int64_t seconds);
int64_t zone_time_utc(icaltimezone *zone, struct icaltimetype local);
/* Of UTC, in seconds. */
int zone_time_offset(icaltimezone *zone, int64_t seconds);
