/* gate: what a gate says to a code.
 *
 * Records are borrowed from the decision as decision.h says. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "db-svc/rules/sales/gate_found.h"

/* Wants all that a scan of the code reads. */
void gate_want(struct decision *decision, const char *code);
/* The ticket, unless there is none, it is another event's or it is void. */
struct gate_found gate_find(struct decision *decision, const struct event *event, const char *code);
/* The same, and whether the gate lets it in at the time of the scan: then there is no problem, or
 * it was let in by this very scan and ret_again says so. */
struct gate_found gate_judge(struct decision *decision, const struct event *event,
                             const struct offline_scan *scan, bool *ret_again);
/* As it is shown; false: there is none of this event. */
bool gate_view(struct decision *decision, const struct gate_found *found,
               struct ticket_view *ret_view);
/* The refusal, with what a gate wants to know of it. */
struct answer gate_refuse(struct decision *decision, const struct event *event,
                          const struct gate_found *found);
