/* calendar: an event as a file for calendars (iCalendar, RFC 5545; METHOD:PUBLISH of RFC 5546, or
 * METHOD:CANCEL of a cancelled event).
 *
 * The UID is the event's and the SEQUENCE its version, so that a later file replaces an earlier
 * one. Pure, but that time zones come from the system's database; one thread. The result is in the
 * arena, its lines end with CRLF. NULL: the event is later than the year 3000. */
#pragma once

#include "libshared/contract/event.h"

/* `sender` is the e-mail address that it is sent from, whose domain the UID has; NULL: unknown. The
 * organizer is the event's contact, or else the sender. */
char *calendar_text(const void *arena, const struct event *event, const char *sender, int64_t now);
