/* admitting: a ticket is let in, and the scan kept. One thread. */
#pragma once

#include "db-svc/rules/sales/gate.h"

/* Lets in the ticket of the code if there is nothing against it, and keeps the scan; a gate's own
 * retry leaves no trace. `now` unless the scan has a time, which is no later than now. */
struct gate_found admitting_scan(struct decision *decision, const struct event *event,
                                 const struct offline_scan *scan);
/* Puts the ticket in its place, and the order as it is then into *found. */
void admitting_put(struct decision *decision, struct gate_found *found, const struct ticket *ticket,
                   const char *fact);
