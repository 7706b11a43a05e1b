/* listed_orders: orders of one event with what was answered for their tickets. Internal to this
 * room. */
#pragma once

#include "db-svc/read/query.h"

/* Completes orders of that event, at the cost of reading it. */
int listed_orders_join(const struct query *query, const char *event_id, void *const *records,
                       size_t n) __attribute__((warn_unused_result));
