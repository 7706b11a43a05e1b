/* What readers of an order, by the token of their link, may do to tickets that are theirs. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/messages/calendar.h"
#include "db-svc/rules/sales/own_reader.h"
#include "db-svc/rules/sales/ticket.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/own_order.h"

static struct answer show(struct decision *decision, const struct own_reader *own,
                          const struct order *order)
{
    const struct own_reader now = {order, own->number, own->reader};
    const struct own_ticket_state state = {.number = (int64_t)own->number,
                                           .status = order->tickets.at[own->number - 1].status,
                                           .yours = own_reader_has(decision, &now)};
    return answer_ok(decision, &own_ticket_state_record, &state);
}

DECISION(ticket_transfer_by_token, own_ticket_transfer_record)
{
    struct own_reader own;
    struct answer refusal;
    if (!own_reader_admit_ticket(decision, body, request->token, &own, &refusal))
        return refusal;
    const struct ticket_person person = {.name = request->name, .email = request->email};
    const struct order *order =
        ticket_transfer_to(decision, own.order, own.number, &person, &refusal);
    return order != NULL ? show(decision, &own, order) : refusal;
}

DECISION(ticket_rename_by_token, own_ticket_name_record)
{
    struct own_reader own;
    struct answer refusal;
    if (!own_reader_admit_ticket(decision, body, request->token, &own, &refusal))
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
    struct own_reader own;
    struct answer refusal;
    if (!own_reader_admit_ticket(decision, body, request->token, &own, &refusal))
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
    struct own_reader own;
    struct answer refusal;
    if (!own_reader_admit(decision, body, request->token, &own, &refusal))
        return refusal;
    const struct event *event = decision_read(decision, &collection_events, own.order->event_id);
    void *arena = decision_arena(decision);
    const char *sender = address_in(arena, decision_self_service(decision)->sender);
    const struct own_calendar shown = {calendar_text(arena, event, sender, decision_now(decision))};
    if (shown.calendar == NULL)
        return own_reader_refuse(decision, PROBLEM_not_found);
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
