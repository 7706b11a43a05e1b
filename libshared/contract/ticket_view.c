#include "libshared/contract/ticket_view.h"

#include "libshared/base/mem.h"

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
    FIELD(T, admits, .flags = READ_ONLY,
          .summary = "How many people the code is good for; absent: one."),
    FIELD(T, admitted, .flags = READ_ONLY,
          .summary = "How many of them were let in; by check-in lists, the most that one has had."),
    FIELD(T, left, .flags = READ_ONLY, .summary = "How many may still go in."),
    FIELD_LIST(T, lists, ticket_visit_record, .flags = READ_ONLY,
               .summary = "The check-in lists that let it in, and whether it is inside now."),
    FIELD(T, holder, .flags = READ_ONLY,
          .summary = "The holder's name: the attendee's, or else the buyer's."),
    FIELD_NESTED(T, attendee, ticket_holder_record, .flags = READ_ONLY),
    FIELD(T, answers, .flags = READ_ONLY,
          .summary = "What its holder answered, by the ids of the event's questions; gates see "
                     "those with show_at_check_in."),
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

int64_t ticket_visit_people(const struct ticket_visit *visit)
{
    return visit->people.set ? visit->people.value : visit->inside;
}

int64_t ticket_visit_most(const struct ticket_visit *visit)
{
    return visit->most.set ? visit->most.value : 1;
}

int64_t ticket_let_in(const struct ticket *ticket)
{
    int64_t most = ticket->admitted.set ? ticket->admitted.value : 0;
    for (size_t i = 0; i < ticket->visits.n; i++) {
        int64_t by_list = ticket_visit_most(&ticket->visits.at[i]);
        most = by_list > most ? by_list : most;
    }
    return most == 0 ? ticket->status == TICKET_CHECKED_IN : most;
}

struct ticket_view ticket_view_of(const struct order *order, size_t index,
                                  const struct ticket_type *type)
{
    const struct ticket *ticket = &order->tickets.at[index];
    int64_t admits = ticket_type_admits(type), let_in = ticket_let_in(ticket);
    bool several = admits > 1;
    return (struct ticket_view){.admits = {several, admits},
                                .admitted = {several, let_in},
                                .left = {several && ticket->status != TICKET_VOID, admits - let_in},
                                .code = ticket->code,
                                .signature = ticket->signature,
                                .order_id = order->id,
                                .ticket_type_id = ticket->ticket_type_id,
                                .ticket_type = type != NULL ? type->name : NULL,
                                .status = ticket->status,
                                .void_reason = ticket->void_reason,
                                .checked_in_at = ticket->checked_in_at,
                                .gate = ticket->gate,
                                .lists = {ticket->visits.at, ticket->visits.n},
                                .holder = ticket_owner_of(order, ticket).name,
                                .attendee = ticket->attendee,
                                .answers = ticket->answers};
}

void ticket_view_for_gate(const void *arena, const struct event *event, struct ticket_view *view)
{
    const struct string_map all = view->answers;
    view->answers = (struct string_map){0};
    if (all.n == 0)
        return;
    struct string_map shown = {mem_array(arena, const char *, all.n),
                               mem_array(arena, const char *, all.n), 0};
    for (size_t i = 0; i < all.n; i++) {
        const struct ticket_question *question =
            ticket_question_find(event->questions.at, event->questions.n, all.names[i]);
        if (question == NULL || !question->show_at_check_in.value)
            continue;
        shown.names[shown.n] = all.names[i];
        shown.values[shown.n++] = all.values[i];
    }
    if (shown.n > 0)
        view->answers = shown;
}
