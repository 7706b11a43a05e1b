#include "libshared/contract/listed_ticket.h"

#include "libshared/contract/attendee.h"
#include "libshared/contract/ticket_view.h"

#define T struct listed_ticket
static const struct field ticket_fields[] = {
    FIELD_ID(T, order_id, ORDER_PREFIX, .flags = SHOWN),
    FIELD(T, number, .flags = SHOWN, .summary = "Within the order, from 1."),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .flags = SHOWN),
    FIELD(T, ticket_type, .summary = "The type's name."),
    FIELD_ENUM(T, status, ticket_status_names, .flags = SHOWN),
    FIELD_ENUM(T, void_reason, void_reason_names, .summary = "Why the ticket is void."),
    FIELD(T, checked_in_at),
    FIELD(T, gate),
    FIELD(T, name, .summary = "The holder's, or else the buyer's."),
    FIELD_AS(kind_email, T, email),
    FIELD_ID(T, attendee_id, ATTENDEE_PREFIX,
             .summary = "The person on the event's list to whom it is assigned."),
    FIELD_LIST(T, questions, listed_answer_record,
               .summary = "Every question of the event, with the answer if there is one."),
};
const struct record listed_ticket_record = RECORD("listed_ticket", T, ticket_fields);
#undef T

struct listed_ticket listed_ticket_of(const void *arena, const struct event *event,
                                      const struct order *order, size_t index,
                                      const struct ticket_type *type)
{
    const struct ticket *ticket = &order->tickets.at[index];
    const struct ticket_owner owner = ticket_owner_of(order, ticket);
    struct listed_ticket listed = {
        .order_id = order->id,
        .number = (int64_t)index + 1,
        .ticket_type_id = ticket->ticket_type_id,
        .ticket_type = type != NULL ? type->name : NULL,
        .status = ticket->status,
        .void_reason = ticket->void_reason,
        .checked_in_at = ticket->checked_in_at,
        .gate = ticket->gate,
        .name = owner.name,
        .email = owner.email,
        .attendee_id = ticket->attendee != NULL ? ticket->attendee->attendee_id : NULL,
        .questions = listed_answers_to(arena, &event->questions)};
    listed_answers_add(arena, &listed.questions, &ticket->answers);
    return listed;
}
