/* gate: what a gate says to a code.
 *
 * Records are borrowed from the decision as decision.h says. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/event.h"

/* The ticket that a code stands for. With a problem, as much of it as was found. */
struct gate_found {
    enum problem_code problem;        /* PROBLEM_NONE: none */
    const struct order *order;        /* NULL: no ticket of this event has the code now */
    size_t index;                     /* of the ticket in it */
    int64_t admits;                   /* people, by the ticket; 0: not looked at */
    const struct dead_code *dead;     /* of this event; NULL: the code is none that was replaced */
    const struct event *elsewhere;    /* whose it is, with wrong_event */
    const struct check_in_list *list; /* that scans; NULL: none of its own */
};

/* The ticket, unless there is none, it is another event's or it is void. */
/* Wants all that a scan of the code reads. */
void gate_want(struct decision *decision, const char *code);
struct gate_found gate_find(struct decision *decision, const struct event *event, const char *code);
/* The same, and whether the gate lets it in at the time of the scan: then there is no problem, or
 * it was let in by this very scan and ret_again says so. */
struct gate_found gate_judge(struct decision *decision, const struct event *event,
                             const struct offline_scan *scan, bool *ret_again);
/* How many people go in, or out, with the scan. */
int64_t gate_people(const struct offline_scan *scan);
/* The one that gate_found has. */
const struct ticket *gate_ticket(const struct gate_found *found);
const char *gate_order_id(const struct gate_found *found);
const char *gate_ticket_type_id(const struct gate_found *found);
/* As it is shown; false: there is none of this event. */
bool gate_view(struct decision *decision, const struct gate_found *found,
               struct ticket_view *ret_view);
/* The refusal, with what a gate wants to know of it. */
struct answer gate_refuse(struct decision *decision, const struct event *event,
                          const struct gate_found *found);
