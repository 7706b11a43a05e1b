#include "db-svc/rules/sales/ticket_edit.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/attendee_key.h"
#include "db-svc/rules/sales/attendee_tickets.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/ticket_type.h"

const struct ticket_type *ticket_edit_type(struct decision *decision, const char *ticket_type_id)
{
    return decision_read(decision, &collection_ticket_types, ticket_type_id);
}

struct ticket_view ticket_edit_view(struct decision *decision, const struct order *order,
                                    size_t index)
{
    return ticket_view_of(order, index,
                          ticket_edit_type(decision, order->tickets.at[index].ticket_type_id));
}

struct ticket_view ticket_edit_gate_view(struct decision *decision, const struct order *order,
                                         size_t index)
{
    struct ticket_view view = ticket_edit_view(decision, order, index);
    if (view.answers.n > 0)
        ticket_view_for_gate(decision_arena(decision),
                             decision_read(decision, &collection_events, order->event_id), &view);
    return view;
}

struct answer ticket_edit_show(struct decision *decision, const struct order *order, size_t index)
{
    const struct ticket_view view = ticket_edit_view(decision, order, index);
    return answer_ok(decision, &ticket_view_record, &view);
}

struct answer ticket_edit_show_at_gate(struct decision *decision, const struct order *order,
                                       size_t index)
{
    const struct ticket_view view = ticket_edit_gate_view(decision, order, index);
    return answer_ok(decision, &ticket_view_record, &view);
}

struct answer ticket_edit_already_checked_in(struct decision *decision, const struct ticket *ticket)
{
    return answer_refuse_with(decision, PROBLEM_already_checked_in,
                              json_pack("{soss*}", "checked_in_at",
                                        edit_time(ticket->checked_in_at.ms), "gate", ticket->gate));
}

struct ticket_holder *ticket_edit_holder(struct decision *decision, const char *event_id,
                                         const char *name, const char *email)
{
    const struct attendee *attendee = attendee_key_find(decision, event_id, email, name);
    struct ticket_holder *holder = mem_new(decision_arena(decision), struct ticket_holder);
    *holder = (struct ticket_holder){
        .name = name, .email = email, .attendee_id = attendee != NULL ? attendee->id : NULL};
    return holder;
}

struct order *ticket_edit_put(struct decision *decision, const struct order *was, size_t index,
                              const struct ticket *ticket)
{
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    attendee_tickets_move(decision, &was->tickets.at[index], ticket);
    order->tickets.at = mem_dup(decision_arena(decision), was->tickets.at,
                                was->tickets.n * sizeof *was->tickets.at);
    order->tickets.at[index] = *ticket;
    return order;
}
