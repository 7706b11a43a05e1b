/* What is answered for tickets of an order later, be they held or issued. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/order_ops.h"
#include "db-svc/rules/sales/ticket_answers.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ticket_answers.h"
#include "libshared/contract/ticket_view.h"

/* One ticket of an order, issued or not. */
struct place {
    size_t item, of_item; /* of a hold */
    const char *ticket_type_id;
    struct string_map answers;
    bool is_void;
    bool is_erased; /* whose it is */
};

static size_t quantity_of(const struct order *order)
{
    size_t n = 0;
    for (size_t i = 0; i < order->items.n; i++)
        n += (size_t)order->items.at[i].quantity;
    return order->status == ORDER_HELD ? n : order->tickets.n;
}

/* `number` is one of the order's. */
static struct place place_of(const struct order *order, int64_t number)
{
    size_t at = (size_t)number - 1, item = 0;
    if (order->status != ORDER_HELD) {
        const struct ticket *ticket = &order->tickets.at[at];
        return (struct place){.ticket_type_id = ticket->ticket_type_id,
                              .answers = ticket->answers,
                              .is_void = ticket->status == TICKET_VOID,
                              .is_erased = ticket_owner_of(order, ticket).email == NULL};
    }
    while (at >= (size_t)order->items.at[item].quantity)
        at -= (size_t)order->items.at[item++].quantity;
    const struct order_item *of = &order->items.at[item];
    struct place place = {.item = item,
                          .of_item = at,
                          .ticket_type_id = of->ticket_type_id,
                          .is_erased = order->buyer == NULL};
    if (at < of->tickets.n)
        place.answers = of->tickets.at[at].answers;
    return place;
}

static struct string_map wanted_of(struct decision *decision, const struct order *order,
                                   const struct ticket_answers *given)
{
    const struct place place = place_of(order, given->n);
    return ticket_answers_with(decision_arena(decision), &place.answers, &given->answers);
}

static bool is_again(const struct order_answers *request, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (request->tickets.at[i].n == request->tickets.at[index].n)
            return true;
    return false;
}

static void check_one(struct decision *decision, const struct order *order,
                      const struct order_answers *request, size_t index, struct decoder *decoder)
{
    const struct ticket_answers *given = &request->tickets.at[index];
    struct path tickets = {.name = "tickets"}, ticket = {.parent = &tickets, .index = index};
    struct path number = {.parent = &ticket, .name = "n"};
    if (given->n > (int64_t)quantity_of(order)) {
        violations_add(decoder->violations, &number, VIOLATION_not_allowed);
        return;
    }
    if (is_again(request, index)) {
        violations_add(decoder->violations, &number, VIOLATION_duplicate);
        return;
    }
    const struct place place = place_of(order, given->n);
    ticket_answers_check(decoder, decision_read(decision, &collection_events, order->event_id),
                         place.ticket_type_id, &place.answers, &given->answers,
                         &(struct path){.parent = &ticket, .name = "answers"});
}

static bool check(struct decision *decision, const struct order *order,
                  const struct order_answers *request, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    bool is_void = false, is_erased = false;
    for (size_t i = 0; i < request->tickets.n; i++)
        check_one(decision, order, request, i, &decoder);
    for (size_t i = 0; decoder.violations->n == 0 && i < request->tickets.n; i++) {
        const struct place place = place_of(order, request->tickets.at[i].n);
        is_void = is_void || place.is_void;
        is_erased = is_erased || place.is_erased;
    }
    if (decoder.violations->n > 0)
        *ret_refusal = answer_invalid(decision, decoder.violations);
    else if (is_void)
        *ret_refusal = answer_refuse(decision, PROBLEM_void);
    else if (is_erased)
        *ret_refusal = edit_illegal(decision, "erased", NULL);
    return decoder.violations->n == 0 && !is_void && !is_erased;
}

static bool differs(struct decision *decision, const struct order *order,
                    const struct order_answers *request)
{
    bool differs = false;
    for (size_t i = 0; i < request->tickets.n; i++) {
        const struct string_map wanted = wanted_of(decision, order, &request->tickets.at[i]);
        const struct place place = place_of(order, request->tickets.at[i].n);
        differs = differs || !ticket_answers_equal(&place.answers, &wanted);
    }
    return differs;
}

/* Copies of what changes, with room for every ticket of a hold. */
static void own(struct decision *decision, struct order *order)
{
    void *arena = decision_arena(decision);
    if (order->status != ORDER_HELD) {
        order->tickets.at =
            mem_dup(arena, order->tickets.at, order->tickets.n * sizeof *order->tickets.at);
        return;
    }
    order->items.at = mem_dup(arena, order->items.at, order->items.n * sizeof *order->items.at);
    for (size_t i = 0; i < order->items.n; i++) {
        struct order_item *item = &order->items.at[i];
        struct order_item_ticket *tickets =
            mem_zeroed(arena, (size_t)item->quantity * sizeof *tickets);
        if (item->tickets.n > 0)
            memcpy(tickets, item->tickets.at, item->tickets.n * sizeof *tickets);
        item->tickets.at = tickets;
        item->tickets.n = (size_t)item->quantity;
    }
}

static const struct order *put(struct decision *decision, const struct order *was,
                               const struct order_answers *request)
{
    struct order *order = decision_edit(decision, &collection_orders, was->id);
    own(decision, order);
    for (size_t i = 0; i < request->tickets.n; i++) {
        const struct ticket_answers *given = &request->tickets.at[i];
        const struct place place = place_of(was, given->n);
        if (was->status == ORDER_HELD)
            order->items.at[place.item].tickets.at[place.of_item].answers =
                wanted_of(decision, was, given);
        else
            order->tickets.at[given->n - 1].answers = wanted_of(decision, was, given);
    }
    ticket_answers_keep(decision_arena(decision), order);
    order_ops_emit_money(decision, "order.updated", order, &(struct fact_body){0});
    return order;
}

DECISION(order_answer, order_answers_record)
{
    struct answer refusal;
    const struct order *order = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (order == NULL)
        return refusal;
    if (order->status == ORDER_HELD && order_ops_lapsed(decision, order))
        return answer_refuse(decision, PROBLEM_hold_expired);
    if (order->status != ORDER_HELD && order->status != ORDER_PAID)
        return edit_illegal(decision, order_ops_status_text(order->status), NULL);
    if (!check(decision, order, request, &refusal))
        return refusal;
    if (!differs(decision, order, request))
        return answer_ok(decision, &order_record, order);
    return answer_ok(decision, &order_record, put(decision, order, request));
}

const struct handler order_answer_handlers[] = {
    {"order.answer", order_answer, &order_answers_record},
    {0},
};
