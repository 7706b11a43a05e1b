/* calendar: an event as a file for calendars (iCalendar, RFC 5545; METHOD:PUBLISH of RFC 5546).
 *
 * The UID is the event's and the SEQUENCE its version, so that a later file replaces an earlier
 * one. Any thread; the result is in the arena, its lines end with CRLF. */
#pragma once

#include <stdint.h>

#include "libshared/contract/notification.h"

/* `organizer` is an e-mail address, whose domain the UID has too. */
char *calendar_text(const void *arena, const struct delivery_calendar *event, const char *event_id,
                    const char *organizer, int64_t wall_ms);
