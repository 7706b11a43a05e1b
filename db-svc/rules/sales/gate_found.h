/* gate_found: what a gate finds of a code. Records are borrowed from the decision. Pure. */
#pragma once

#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/event.h"
#include "libshared/contract/problem.h"

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

/* The one that it has: there is an order. */
const struct ticket *gate_ticket(const struct gate_found *found);
/* NULL: neither a ticket nor a code that was replaced. */
const char *gate_order_id(const struct gate_found *found);
const char *gate_ticket_type_id(const struct gate_found *found);
/* How many people go in, or out, with the scan. */
int64_t gate_people(const struct offline_scan *scan);
