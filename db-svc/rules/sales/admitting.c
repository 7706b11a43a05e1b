#include "db-svc/rules/sales/admitting.h"

#include "db-svc/rules/sales/check_in_list.h"
#include "db-svc/rules/sales/scanning.h"
#include "db-svc/rules/sales/ticket_edit.h"

void admitting_put(struct decision *decision, struct gate_found *found, const struct ticket *ticket,
                   const char *fact)
{
    const struct order *order = ticket_edit_put(decision, found->order, found->index, ticket);
    found->order = order;
    decision_fact(decision, fact,
                  &(struct fact_body){.event_id = order->event_id,
                                      .order_id = order->id,
                                      .ticket_type_id = ticket->ticket_type_id});
}

/* Whatever list lets it in first makes it a used ticket. */
static void pass(struct decision *decision, struct gate_found *found,
                 const struct offline_scan *scan)
{
    bool out = scan->direction == DIRECTION_OUT;
    struct ticket ticket = *gate_ticket(found);
    if (found->list != NULL)
        check_in_list_pass(decision, found->list, &ticket, found->admits, scan);
    else if (found->admits > 1)
        ticket.admitted = (struct opt_int64){true, ticket_let_in(&ticket) + gate_people(scan)};
    if (ticket.status != TICKET_CHECKED_IN) {
        ticket.status = TICKET_CHECKED_IN;
        ticket.checked_in_at = scan->at;
        ticket.gate = scan->gate;
        ticket.nonce = scan->nonce;
    }
    admitting_put(decision, found, &ticket, out ? "ticket.checked_out" : "ticket.checked_in");
}

struct gate_found admitting_scan(struct decision *decision, const struct event *event,
                                 const struct offline_scan *asked)
{
    struct offline_scan scan = *asked;
    bool again;
    if (!scan.at.set || scan.at.ms > decision_now(decision))
        scan.at = (struct opt_time){.set = true, .ms = decision_now(decision)};
    struct gate_found found = gate_judge(decision, event, &scan, &again);
    if (again)
        return found;
    bool admitted = found.problem == PROBLEM_NONE;
    bool out = scan.direction == DIRECTION_OUT;
    if (admitted)
        pass(decision, &found, &scan);
    scanning_keep(decision, event, &found, asked, scan.at.ms,
                  !admitted ? SCAN_REFUSED
                  : out     ? SCAN_LEFT
                            : SCAN_ADMITTED);
    return found;
}
