/* Tickets at the gate: one admission a code, and the second scan is told of the first. */
#include "db-svc/rules/decisions.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "libshared/base/mem.h"
#include "libshared/contract/order.h"

void ticket_names(struct names *names, const struct command_body *body)
{
    const struct check_in *request = body->request;
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    names_key(names, &collection_orders, request->code);
}

static size_t index_of(const struct order *order, const char *code)
{
    size_t i = 0;
    while (i < order->tickets.n && strcmp(order->tickets.at[i].code, code) != 0)
        i++;
    return i;
}

/* The order that the code's ticket is of, and which of its tickets. NULL: refused. */
static const struct order *find(struct turn *turn, const struct command_body *body,
                                size_t *ret_index, struct answer *ret_refusal)
{
    const struct check_in *request = body->request;
    const struct event *event = edit_event(turn, body, ret_refusal);
    if (event == NULL)
        return NULL;
    const struct order *order = turn_find(turn, &collection_orders, request->code);
    size_t index = order != NULL ? index_of(order, request->code) : 0;
    if (order == NULL || strcmp(order->event_id, event->id) != 0 || index == order->tickets.n) {
        *ret_refusal = answer_refuse(turn, PROBLEM_not_found);
        return NULL;
    }
    if (order->status != ORDER_PAID || order->tickets.at[index].status == TICKET_VOID) {
        *ret_refusal = answer_refuse(turn, PROBLEM_void);
        return NULL;
    }
    *ret_index = index;
    return order;
}

static struct answer show(struct turn *turn, const struct order *order, const struct ticket *ticket)
{
    return answer_ok(turn, &ticket_view_record,
                     &(struct ticket_view){.code = ticket->code,
                                           .order_id = order->id,
                                           .ticket_type_id = ticket->ticket_type_id,
                                           .status = ticket->status,
                                           .checked_in_at = ticket->checked_in_at,
                                           .gate = ticket->gate});
}

static struct answer put(struct turn *turn, const struct order *was, size_t index,
                         const struct ticket *ticket, const char *fact)
{
    struct order *order = turn_edit(turn, &collection_orders, was->id);
    order->tickets.at =
        mem_dup(turn_arena(turn), was->tickets.at, was->tickets.n * sizeof *was->tickets.at);
    order->tickets.at[index] = *ticket;
    turn_fact(turn, fact,
              &(struct fact_body){.event_id = order->event_id,
                                  .order_id = order->id,
                                  .ticket_type_id = ticket->ticket_type_id});
    return show(turn, order, ticket);
}

static struct answer seen_before(struct turn *turn, const struct order *order,
                                 const struct ticket *ticket, const char *nonce)
{
    if (nonce != NULL && ticket->nonce != NULL && strcmp(nonce, ticket->nonce) == 0)
        return show(turn, order, ticket);
    return answer_refuse_with(turn, PROBLEM_already_checked_in,
                              json_pack("{soss*}", "checked_in_at",
                                        edit_time(ticket->checked_in_at.ms), "gate", ticket->gate));
}

struct answer ticket_check_in(struct turn *turn, const struct command_body *body)
{
    const struct check_in *request = body->request;
    struct answer refusal;
    size_t index;
    const struct order *order = find(turn, body, &index, &refusal);
    if (order == NULL)
        return refusal;
    struct ticket ticket = order->tickets.at[index];
    if (ticket.status == TICKET_CHECKED_IN)
        return seen_before(turn, order, &ticket, request->nonce);
    ticket.status = TICKET_CHECKED_IN;
    ticket.checked_in_at = (struct opt_time){.set = true, .ms = turn_now(turn)};
    ticket.gate = request->gate;
    ticket.nonce = request->nonce;
    return put(turn, order, index, &ticket, "ticket.checked_in");
}

struct answer ticket_undo_check_in(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    size_t index;
    const struct order *order = find(turn, body, &index, &refusal);
    if (order == NULL)
        return refusal;
    const struct ticket *was = &order->tickets.at[index];
    if (was->status != TICKET_CHECKED_IN)
        return show(turn, order, was);
    const struct ticket ticket = {
        .code = was->code, .ticket_type_id = was->ticket_type_id, .status = TICKET_VALID};
    return put(turn, order, index, &ticket, "ticket.check_in_undone");
}
