/* listed_attendees: people of a list with the names of their ticket types. Internal to this room.
 */
#pragma once

#include "db-svc/read/query.h"

/* Completes attendees of the query's event, at the cost of reading its ticket types. */
int listed_attendees_join(const struct query *query, void *const *records, size_t n)
    __attribute__((warn_unused_result));
