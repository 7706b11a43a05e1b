/* attendee: what other decisions need of the people on an event's list. */
#pragma once

#include "db-svc/rules/turn.h"

/* The natural key of whoever is on the list under that address; in the turn's arena. */
const char *attendee_key(struct turn *turn, const char *event_id, const char *email);
