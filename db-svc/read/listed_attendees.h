/* listed_attendees: people of a list with the names of their ticket types, and what they answered.
 * Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

/* Completes attendees of the query's event, at the cost of reading its ticket types, and of an
 * event that asks questions the orders of these people, a few at a time. */
int listed_attendees_join(const struct query *query, void *const *records, size_t n)
    __attribute__((warn_unused_result));
