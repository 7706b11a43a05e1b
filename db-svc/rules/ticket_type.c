/* Ticket types: their prices and capacities, never below what is sold and held. */
#include "db-svc/rules/decisions.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/stock.h"
#include "libshared/base/mem.h"

static void tell(struct turn *turn, const char *fact, const struct ticket_type *type)
{
    turn_fact(turn, fact,
              &(struct fact_body){.event_id = type->event_id,
                                  .ticket_type_id = type->id,
                                  .version = {true, type->version},
                                  .type = type->type,
                                  .name = type->name,
                                  .price = type->price,
                                  .sales_start = type->sales_start,
                                  .sales_end = type->sales_end});
}

/* As a reader sees it: with its stock. */
static struct ticket_type shown(const struct ticket_type *type, const struct stock *stock)
{
    struct ticket_type copy = *type;
    copy.sold = stock->sold;
    copy.held = stock->held;
    copy.available = stock_available(stock);
    return copy;
}

static bool check_currency(struct turn *turn, const struct event *event,
                           const struct ticket_type *type, struct answer *ret_refusal)
{
    if (strcmp(type->price.currency, event->currency) == 0)
        return true;
    struct decoder decoder = turn_decoder(turn);
    struct path price = {.name = "price"};
    violations_add(decoder.violations, &(struct path){.parent = &price, .name = "currency"},
                   VIOLATION_other_currency);
    *ret_refusal = answer_invalid(turn, decoder.violations);
    return false;
}

struct answer ticket_type_create(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct event *event = edit_event(turn, body, &refusal);
    if (event == NULL || !check_currency(turn, event, body->request, &refusal))
        return refusal;
    struct ticket_type *type =
        edit_add(turn, &collection_ticket_types, turn_id(turn, TICKET_TYPE_PREFIX), body->request);
    type->event_id = event->id;
    struct ticket_type reply = shown(type, stock_open(turn, type));
    tell(turn, "ticket_type.created", type);
    return answer_created(
        turn, &ticket_type_record, &reply,
        mem_printf(turn_arena(turn), "/v1/events/%s/ticket-types/%s", event->id, type->id));
}

void ticket_type_names(struct names *names, const struct command_body *body)
{
    edit_names(names, &collection_ticket_types, body, ID_TICKET_TYPE);
    names_id(names, &collection_stock, body->ids[ID_TICKET_TYPE]);
}

static struct answer put(struct turn *turn, const struct ticket_type *was,
                         const struct ticket_type *wanted, const struct stock *stock)
{
    if (wanted->capacity != was->capacity)
        stock_set_capacity(turn, was->id, wanted->capacity);
    const struct ticket_type *type = edit_apply(turn, &collection_ticket_types, was->id, wanted);
    struct stock resized = *stock;
    resized.capacity = type->capacity;
    struct ticket_type reply = shown(type, &resized);
    tell(turn, "ticket_type.updated", type);
    return answer_ok(turn, &ticket_type_record, &reply);
}

struct answer ticket_type_edit(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct ticket_type *was =
        edit_find(turn, &collection_ticket_types, body, ID_TICKET_TYPE, &refusal);
    if (was == NULL)
        return refusal;
    const struct event *event = turn_read(turn, &collection_events, was->event_id);
    const struct stock *stock = turn_read(turn, &collection_stock, was->id);
    const struct ticket_type now = shown(was, stock);
    const struct ticket_type *wanted = edit_wanted(turn, &ticket_type_record, body, &now, &refusal);
    if (wanted == NULL || !check_currency(turn, event, wanted, &refusal))
        return refusal;
    if (wanted->capacity < stock_committed(stock))
        return answer_refuse_with(
            turn, PROBLEM_below_committed,
            json_pack("{sIsI}", "sold", (json_int_t)stock->sold, "held", (json_int_t)stock->held));
    if (!edit_differs(&ticket_type_record, &now, wanted))
        return answer_ok(turn, &ticket_type_record, &now);
    return put(turn, was, wanted, stock);
}

struct answer ticket_type_delete(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct ticket_type *type =
        edit_find(turn, &collection_ticket_types, body, ID_TICKET_TYPE, &refusal);
    if (type == NULL)
        return refusal;
    if (stock_committed(turn_read(turn, &collection_stock, type->id)) > 0)
        return answer_refuse(turn, PROBLEM_has_sales);
    tell(turn, "ticket_type.deleted", type);
    turn_remove(turn, &collection_stock, type->id);
    turn_remove(turn, &collection_ticket_types, type->id);
    return answer_none(turn);
}
