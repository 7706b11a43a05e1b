/* order_trail: who did what to an order, kept in the order by whatever decision changes it. One
 * thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/order.h"

/* Adds the present command to the trail of a record that it changed; `was` NULL: it placed the
 * order. Scans are kept by themselves. */
void order_trail_add(struct decision *decision, struct order *order, const struct order *was);
