#include "db-svc/rules/sales/taking_back.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/order_ops.h"

static bool has_code(const struct order *order, const char *code)
{
    for (size_t i = 0; i < order->tickets.n; i++)
        if (strcmp(order->tickets.at[i].code, code) == 0)
            return true;
    return false;
}

bool taking_back_check_codes(struct decision *decision, const struct order *order,
                             const struct texts *codes, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    struct path tickets = {.name = "tickets"};
    for (size_t i = 0; i < codes->n; i++)
        if (!has_code(order, codes->at[i]))
            violations_add(decoder.violations, &(struct path){.parent = &tickets, .index = i},
                           VIOLATION_not_allowed);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

bool taking_back_check_unused(struct decision *decision, const struct order *order,
                              const struct texts *codes, struct answer *ret_refusal)
{
    json_t *used = json_array();
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        if (ticket->status == TICKET_CHECKED_IN && order_ops_is_named(ticket, codes))
            (void)json_array_append_new(
                used, json_pack("{sIsoss*}", "n", (json_int_t)i + 1, "checked_in_at",
                                edit_time(ticket->checked_in_at.ms), "gate", ticket->gate));
    }
    bool unused = json_array_size(used) == 0;
    if (!unused)
        *ret_refusal =
            answer_refuse_with(decision, PROBLEM_checked_in, json_pack("{sO}", "tickets", used));
    json_decref(used);
    return unused;
}
