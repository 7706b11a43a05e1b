/* Tickets at the gate: one admission a code, or as many as its type admits; the next scan is told
 * of the first, and every scan is kept. */
#include "db-svc/rules/rules.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/admitting.h"
#include "db-svc/rules/sales/check_in_list.h"
#include "db-svc/rules/sales/scanning.h"
#include "db-svc/rules/sales/ticket_edit.h"

static struct offline_scan scan_of(const struct check_in *request)
{
    return (struct offline_scan){.code = request->code,
                                 .gate = request->gate,
                                 .nonce = request->nonce,
                                 .list_id = request->list_id,
                                 .direction = request->direction,
                                 .people = request->people};
}

DECISION(ticket_check_in, check_in_record)
{
    const struct offline_scan scan = scan_of(request);
    struct answer refusal;
    gate_want(decision, scan.code);
    (void)decision_want(decision, &collection_check_in_lists, scan.list_id);
    scanning_want(decision, scanning_key(decision, body->ids[ID_EVENT], &scan));
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL)
        return refusal;
    struct decoder decoder = decision_decoder(decision);
    check_in_list_check(decision, event->id, &scan, NULL, &decoder);
    if (decoder.violations->n > 0)
        return answer_invalid(decision, decoder.violations);
    const struct gate_found found = admitting_scan(decision, event, &scan);
    return found.problem == PROBLEM_NONE
               ? ticket_edit_show_at_gate(decision, found.order, found.index)
               : gate_refuse(decision, event, &found);
}

DECISION(ticket_undo_check_in, ticket_code_record)
{
    struct answer refusal;
    gate_want(decision, request->code);
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL)
        return refusal;
    struct gate_found found = gate_find(decision, event, request->code);
    if (found.problem != PROBLEM_NONE)
        return gate_refuse(decision, event, &found);
    struct ticket ticket = *gate_ticket(&found);
    if (ticket.status != TICKET_CHECKED_IN)
        return ticket_edit_show_at_gate(decision, found.order, found.index);
    const struct offline_scan scan = {.code = request->code, .gate = ticket.gate};
    ticket.status = TICKET_VALID;
    ticket.checked_in_at.set = ticket.admitted.set = false;
    ticket.gate = ticket.nonce = NULL;
    check_in_list_forget(decision, &ticket);
    admitting_put(decision, &found, &ticket, "ticket.check_in_undone");
    scanning_keep(decision, event, &found, &scan, decision_now(decision), SCAN_UNDONE);
    return ticket_edit_show_at_gate(decision, found.order, found.index);
}

const struct handler ticket_check_in_handlers[] = {
    {"ticket.check_in", ticket_check_in, &check_in_record},
    {"ticket.undo_check_in", ticket_undo_check_in, &ticket_code_record},
    {0},
};
