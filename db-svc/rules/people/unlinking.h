/* unlinking: what knows of a person on a list by their id forgets the id once they are deleted:
 * tickets, deliveries and audiences. The rest that one decision cannot see is left to pages, which
 * are commands. One thread. */
#pragma once

#include "db-svc/rules/decision.h"

#define UNLINKING_PAGE 100 /* of each kind */

/* The attendee is not there any more. `page` counts from 1. */
void unlinking_take(struct decision *decision, const char *event_id, const char *attendee_id,
                    int64_t page);
