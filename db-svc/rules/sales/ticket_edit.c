#include "db-svc/rules/sales/ticket_edit.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/holdings.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/ticket_type.h"

const char *ticket_edit_type(struct turn *turn, const char *ticket_type_id)
{
    const struct ticket_type *type = turn_read(turn, &collection_ticket_types, ticket_type_id);
    return type != NULL ? type->name : NULL;
}

struct ticket_view ticket_edit_view(struct turn *turn, const struct order *order, size_t index)
{
    return ticket_view_of(order, index,
                          ticket_edit_type(turn, order->tickets.at[index].ticket_type_id));
}

struct answer ticket_edit_show(struct turn *turn, const struct order *order, size_t index)
{
    const struct ticket_view view = ticket_edit_view(turn, order, index);
    return answer_ok(turn, &ticket_view_record, &view);
}

struct answer ticket_edit_already_checked_in(struct turn *turn, const struct ticket *ticket)
{
    return answer_refuse_with(turn, PROBLEM_already_checked_in,
                              json_pack("{soss*}", "checked_in_at",
                                        edit_time(ticket->checked_in_at.ms), "gate", ticket->gate));
}

struct ticket_holder *ticket_edit_holder(struct turn *turn, const char *event_id, const char *name,
                                         const char *email)
{
    const struct attendee *attendee =
        turn_find(turn, &collection_attendees, edit_attendee_key(turn, event_id, email));
    struct ticket_holder *holder = mem_new(turn_arena(turn), struct ticket_holder);
    *holder = (struct ticket_holder){
        .name = name, .email = email, .attendee_id = attendee != NULL ? attendee->id : NULL};
    return holder;
}

struct order *ticket_edit_put(struct turn *turn, const struct order *was, size_t index,
                              const struct ticket *ticket)
{
    struct order *order = turn_edit(turn, &collection_orders, was->id);
    holdings_move(turn, &was->tickets.at[index], ticket);
    order->tickets.at =
        mem_dup(turn_arena(turn), was->tickets.at, was->tickets.n * sizeof *was->tickets.at);
    order->tickets.at[index] = *ticket;
    return order;
}
