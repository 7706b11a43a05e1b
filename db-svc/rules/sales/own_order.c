/* What readers of an order, by the token of their link, may do to tickets that are theirs. */
#include "db-svc/rules/rules.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/rules/messages/calendar.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/ticket.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/own_order.h"

/* A ticket at hand, and whose token it is. */
struct own {
    const struct order *order;
    size_t number;
    const char *reader;
};

/* Leaves no receipt: anybody may send what is no token, as often as they like. */
static struct answer refuse(struct decision *decision, enum problem_code code)
{
    struct answer answer = answer_refuse(decision, code);
    answer.no_receipt = true;
    return answer;
}

/* The order of the token. NULL: there is none, or the token is for nobody of it. */
static const struct order *find(struct decision *decision, const struct command_body *body,
                                const struct self_service_token *token, const char **ret_reader)
{
    order_ops_want(decision, token->subject_id);
    const struct event *event = decision_read(decision, &collection_events, token->event_id);
    const struct order *order = decision_read(decision, &collection_orders, token->subject_id);
    if (event == NULL || order == NULL || strcmp(token->event_id, body->ids[ID_EVENT]) != 0)
        return NULL;
    *ret_reader = own_order_reader(decision_self_service(decision), token, order);
    return *ret_reader != NULL ? order : NULL;
}

static bool is_own(struct decision *decision, const struct own *own)
{
    return own->number <= own->order->tickets.n &&
           own_order_is_readers(decision_arena(decision), own->order,
                                &own->order->tickets.at[own->number - 1], own->reader);
}

/* False: *ret_refusal is the answer. */
static bool admit_reader(struct decision *decision, const struct command_body *body,
                         const char *text, struct own *ret_own, struct answer *ret_refusal)
{
    struct self_service_token token;
    struct own own = {.order = NULL};
    if (self_service_read(decision_arena(decision), text, &token) &&
        token.purpose == SELF_SERVICE_ORDER)
        own.order = find(decision, body, &token, &own.reader);
    if (own.order == NULL)
        *ret_refusal = refuse(decision, PROBLEM_invalid_token);
    else if (decision_now(decision) >= token.expires_at)
        *ret_refusal = refuse(decision, PROBLEM_token_expired);
    else {
        *ret_own = own;
        return true;
    }
    return false;
}

/* The same for a ticket of the reader's. Another person's is refused as one that does not exist. */
static bool admit(struct decision *decision, const struct command_body *body, const char *text,
                  struct own *ret_own, struct answer *ret_refusal)
{
    if (!admit_reader(decision, body, text, ret_own, ret_refusal))
        return false;
    ret_own->number = strtoul(body->ids[ID_TICKET], NULL, 10);
    bool own = is_own(decision, ret_own);
    if (!own)
        *ret_refusal = refuse(decision, PROBLEM_not_found);
    return own;
}

static struct answer show(struct decision *decision, const struct own *own,
                          const struct order *order)
{
    const struct own now = {order, own->number, own->reader};
    const struct own_ticket_state state = {.number = (int64_t)own->number,
                                           .status = order->tickets.at[own->number - 1].status,
                                           .yours = is_own(decision, &now)};
    return answer_ok(decision, &own_ticket_state_record, &state);
}

DECISION(ticket_transfer_by_token, own_ticket_transfer_record)
{
    struct own own;
    struct answer refusal;
    if (!admit(decision, body, request->token, &own, &refusal))
        return refusal;
    const struct ticket_person person = {.name = request->name, .email = request->email};
    const struct order *order =
        ticket_transfer_to(decision, own.order, own.number, &person, &refusal);
    return order != NULL ? show(decision, &own, order) : refusal;
}

DECISION(ticket_rename_by_token, own_ticket_name_record)
{
    struct own own;
    struct answer refusal;
    if (!admit(decision, body, request->token, &own, &refusal))
        return refusal;
    const struct ticket *ticket = &own.order->tickets.at[own.number - 1];
    const struct ticket_person person = {.name = request->name,
                                         .email = ticket->attendee != NULL ? ticket->attendee->email
                                                                           : own.reader};
    const struct order *order =
        ticket_assign_to(decision, own.order, own.number, &person, &refusal);
    return order != NULL ? show(decision, &own, order) : refusal;
}

DECISION(ticket_answer_by_token, own_ticket_answers_record)
{
    struct own own;
    struct answer refusal;
    if (!admit(decision, body, request->token, &own, &refusal))
        return refusal;
    const struct order *order =
        ticket_answer(decision, own.order, own.number, &request->answers, &refusal);
    return order != NULL ? show(decision, &own, order) : refusal;
}

/* Of "Name <address>", or of an address alone; NULL is none. */
static const char *address_in(const void *arena, const char *from)
{
    const char *open = from != NULL ? strchr(from, '<') : NULL;
    return open != NULL ? mem_strndup(arena, open + 1, strcspn(open + 1, ">")) : from;
}

/* Asked of the writer, whose alone the time zones of calendars are. */
DECISION(order_calendar_by_token, own_order_request_record)
{
    struct own own;
    struct answer refusal;
    if (!admit_reader(decision, body, request->token, &own, &refusal))
        return refusal;
    const struct event *event = decision_read(decision, &collection_events, own.order->event_id);
    void *arena = decision_arena(decision);
    const char *sender = address_in(arena, decision_self_service(decision)->sender);
    const struct own_calendar shown = {calendar_text(arena, event, sender, decision_now(decision))};
    if (shown.calendar == NULL)
        return refuse(decision, PROBLEM_not_found);
    struct answer answer = answer_ok(decision, &own_calendar_record, &shown);
    answer.no_receipt = true;
    return answer;
}

const struct handler own_order_handlers[] = {
    {"order.calendar_by_token", order_calendar_by_token, &own_order_request_record},
    {"ticket.transfer_by_token", ticket_transfer_by_token, &own_ticket_transfer_record},
    {"ticket.answer_by_token", ticket_answer_by_token, &own_ticket_answers_record},
    {"ticket.rename_by_token", ticket_rename_by_token, &own_ticket_name_record},
    {0},
};
