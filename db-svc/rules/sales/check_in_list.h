/* check_in_list: entrances of an event with rules of their own, and what they know of a ticket.
 *
 * Records are borrowed from the decision as decision.h says. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"

/* The list that a scan names; NULL: it names none, or none of the event. */
const struct check_in_list *check_in_list_of(struct decision *decision, const char *event_id,
                                             const char *list_id);
/* Adds what is wrong with the list and the direction that a scan names; `path`: of the scan. */
void check_in_list_check(struct decision *decision, const char *event_id,
                         const struct offline_scan *scan, const struct path *path,
                         struct decoder *decoder);
/* What the list knows of the ticket; NULL: it has not let it in. */
const struct ticket_visit *check_in_list_visit(const struct check_in_list *list,
                                               const struct ticket *ticket);
/* Whether the list lets the people of the scan in, or out, at its time, of as many as the ticket
 * admits. PROBLEM_NONE: it does. */
enum problem_code check_in_list_problem(const struct check_in_list *list,
                                        const struct ticket *ticket, int64_t admits,
                                        const struct offline_scan *scan);
/* The refusal, with what a gate wants to know of it; `ticket` as it is. */
struct answer check_in_list_refuse(struct decision *decision, const struct check_in_list *list,
                                   const struct ticket *ticket, enum problem_code problem);
/* Lets them in or out: counts them, and puts the list's new knowledge into the ticket. */
void check_in_list_pass(struct decision *decision, const struct check_in_list *list,
                        struct ticket *ticket, int64_t admits, const struct offline_scan *scan);
/* As if no list had ever let the ticket in. */
void check_in_list_forget(struct decision *decision, struct ticket *ticket);
