#include "db-svc/rules/sales/taking_back.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/order_ops.h"
#include "libshared/base/mem.h"
#include "libshared/contract/dead_code.h"

static bool has_code(const struct order *order, const char *code)
{
    for (size_t i = 0; i < order->tickets.n; i++)
        if (strcmp(order->tickets.at[i].code, code) == 0)
            return true;
    return false;
}

static void add_unknown(struct violations *violations, size_t index)
{
    struct path tickets = {.name = "tickets"};
    violations_add(violations, &(struct path){.parent = &tickets, .index = index},
                   VIOLATION_not_allowed);
}

bool taking_back_check_codes(struct decision *decision, const struct order *order,
                             const struct texts *codes, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    for (size_t i = 0; i < codes->n; i++)
        if (!has_code(order, codes->at[i]))
            add_unknown(decoder.violations, i);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

/* NULL: the order never had that code. */
static const struct dead_code *find_replaced(struct decision *decision, const struct order *order,
                                             const char *code)
{
    (void)decision_want(decision, &collection_dead_codes, code);
    const struct dead_code *dead = decision_read(decision, &collection_dead_codes, code);
    return dead != NULL && strcmp(dead->order_id, order->id) == 0 ? dead : NULL;
}

bool taking_back_present_codes(struct decision *decision, const struct order *order,
                               const struct texts *codes, struct texts *ret_present,
                               struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    struct texts present = {.at = mem_array(decision_arena(decision), const char *, codes->n + 1)};
    for (size_t i = 0; i < codes->n; i++) {
        bool is_present = has_code(order, codes->at[i]);
        const struct dead_code *dead =
            is_present ? NULL : find_replaced(decision, order, codes->at[i]);
        if (is_present)
            present.at[present.n++] = codes->at[i];
        else if (dead == NULL)
            add_unknown(decoder.violations, i);
        else if (dead->ticket.set)
            present.at[present.n++] = order->tickets.at[dead->ticket.value - 1].code;
    }
    *ret_present = present;
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
