#include "db-svc/rules/sales/ticket_edit.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/holdings.h"
#include "libshared/base/mem.h"

struct answer ticket_edit_already_checked_in(struct turn *turn, const struct ticket *ticket)
{
    return answer_refuse_with(turn, PROBLEM_already_checked_in,
                              json_pack("{soss*}", "checked_in_at",
                                        edit_time(ticket->checked_in_at.ms), "gate", ticket->gate));
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
