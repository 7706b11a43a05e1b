#include "libshared/contract/ticket_view.h"

#include "libshared/contract/ticket_type.h"

#define T struct ticket_view
static const struct field view_fields[] = {
    FIELD(T, code, .flags = READ_ONLY | SHOWN),
    FIELD(T, signature, .flags = READ_ONLY,
          .summary = "Ed25519 over \"<event id>.<code>\", in base64url."),
    FIELD_ID(T, order_id, ORDER_PREFIX, .flags = READ_ONLY | SHOWN),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .flags = READ_ONLY | SHOWN),
    FIELD(T, ticket_type, .flags = READ_ONLY | SHOWN, .summary = "The type's name."),
    FIELD_ENUM(T, status, ticket_status_names, .flags = READ_ONLY | SHOWN),
    FIELD_ENUM(T, void_reason, void_reason_names, .flags = READ_ONLY,
               .summary = "Why the ticket is void."),
    FIELD(T, checked_in_at, .flags = READ_ONLY),
    FIELD(T, gate, .flags = READ_ONLY),
    FIELD_LIST(T, lists, ticket_visit_record, .flags = READ_ONLY,
               .summary = "The check-in lists that let it in, and whether it is inside now."),
    FIELD(T, holder, .flags = READ_ONLY,
          .summary = "The holder's name: the attendee's, or else the buyer's."),
    FIELD_NESTED(T, attendee, ticket_holder_record, .flags = READ_ONLY),
};
const struct record ticket_view_record = RECORD("ticket_view", T, view_fields);
#undef T

struct ticket_owner ticket_owner_of(const struct order *order, const struct ticket *ticket)
{
    if (ticket->attendee != NULL)
        return (struct ticket_owner){ticket->attendee->name, ticket->attendee->email};
    if (order->buyer == NULL)
        return (struct ticket_owner){0};
    return (struct ticket_owner){order->buyer->name, order->buyer->email};
}

struct ticket_view ticket_view_of(const struct order *order, size_t index, const char *ticket_type)
{
    const struct ticket *ticket = &order->tickets.at[index];
    return (struct ticket_view){.code = ticket->code,
                                .signature = ticket->signature,
                                .order_id = order->id,
                                .ticket_type_id = ticket->ticket_type_id,
                                .ticket_type = ticket_type,
                                .status = ticket->status,
                                .void_reason = ticket->void_reason,
                                .checked_in_at = ticket->checked_in_at,
                                .gate = ticket->gate,
                                .lists = {ticket->visits.at, ticket->visits.n},
                                .holder = ticket_owner_of(order, ticket).name,
                                .attendee = ticket->attendee};
}
