/* Ticket types: their prices and capacities, never below what is sold and held. */
#include "db-svc/rules/sales/ticket_type.h"

#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/pool.h"
#include "db-svc/rules/sales/stock.h"
#include "libshared/base/mem.h"

static void emit(struct decision *decision, const char *fact, const struct ticket_type *type)
{
    decision_fact(decision, fact,
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

/* Checks that need the event. */
static bool check_of_event(struct decision *decision, const struct event *event,
                           const struct ticket_type *type, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    struct path price = {.name = "price"};
    if (strcmp(type->price.currency, event->currency) != 0)
        violations_add(decoder.violations, &(struct path){.parent = &price, .name = "currency"},
                       VIOLATION_other_currency);
    if (type->pool != NULL && pool_find(decision, event->id, type->pool) == NULL)
        violations_add(decoder.violations, &(struct path){.name = "pool"}, VIOLATION_unknown_pool);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

const struct ticket_type *ticket_type_add(struct decision *decision, const struct event *event,
                                          const struct ticket_type *wanted)
{
    struct ticket_type *type = edit_add(decision, &collection_ticket_types,
                                        decision_id(decision, TICKET_TYPE_PREFIX), wanted);
    type->event_id = event->id;
    (void)stock_open(decision, type);
    emit(decision, "ticket_type.created", type);
    return type;
}

DECISION(ticket_type_create, ticket_type_record)
{
    struct answer refusal;
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL || !check_of_event(decision, event, request, &refusal))
        return refusal;
    const struct ticket_type *type = ticket_type_add(decision, event, request);
    struct ticket_type reply = shown(type, decision_read(decision, &collection_stock, type->id));
    return answer_created(
        decision, &ticket_type_record, &reply,
        mem_printf(decision_arena(decision), "/v1/events/%s/ticket-types/%s", event->id, type->id));
}

/* Whether what is sold and held of it has room where it shall be. */
static bool check_room(struct decision *decision, const struct stock *stock,
                       const struct ticket_type *wanted, struct answer *ret_refusal)
{
    int64_t committed = stock_committed(stock);
    const struct pool *pool =
        wanted->pool != NULL ? pool_find(decision, stock->event_id, wanted->pool) : NULL;
    bool joins = pool != NULL && pool != stock_pool(decision, stock);
    bool fits = !joins || stock_pool_available(pool) >= committed;
    if (wanted->capacity >= committed && fits)
        return true;
    *ret_refusal =
        answer_refuse_with(decision, PROBLEM_below_committed,
                           json_pack("{ss*sIsI}", "pool", fits ? NULL : pool->name, "sold",
                                     (json_int_t)stock->sold, "held", (json_int_t)stock->held));
    return false;
}

/* What is sold admits as many people as it did. */
static bool may_admit(const struct stock *stock, const struct ticket_type *was,
                      const struct ticket_type *wanted)
{
    return ticket_type_admits(was) == ticket_type_admits(wanted) || stock_committed(stock) == 0;
}

static struct answer put(struct decision *decision, const struct ticket_type *was,
                         const struct ticket_type *wanted)
{
    const struct ticket_type *type =
        edit_apply(decision, &collection_ticket_types, was->id, wanted);
    struct ticket_type reply = shown(type, stock_put(decision, type));
    emit(decision, "ticket_type.updated", type);
    return answer_ok(decision, &ticket_type_record, &reply);
}

static struct answer ticket_type_edit(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct ticket_type *was =
        edit_find(decision, &collection_ticket_types, body, ID_TICKET_TYPE, &refusal);
    if (was == NULL)
        return refusal;
    const struct event *event = decision_read(decision, &collection_events, was->event_id);
    const struct stock *stock = decision_read(decision, &collection_stock, was->id);
    const struct ticket_type now = shown(was, stock);
    const struct ticket_type *wanted =
        edit_wanted(decision, &ticket_type_record, body, &now, &refusal);
    if (wanted == NULL || !check_of_event(decision, event, wanted, &refusal) ||
        !check_room(decision, stock, wanted, &refusal))
        return refusal;
    if (!may_admit(stock, was, wanted))
        return answer_refuse(decision, PROBLEM_has_sales);
    if (!edit_differs(&ticket_type_record, &now, wanted))
        return answer_ok(decision, &ticket_type_record, &now);
    return put(decision, was, wanted);
}

static struct answer ticket_type_delete(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct ticket_type *type =
        edit_find(decision, &collection_ticket_types, body, ID_TICKET_TYPE, &refusal);
    if (type == NULL)
        return refusal;
    if (stock_committed(decision_read(decision, &collection_stock, type->id)) > 0)
        return answer_refuse(decision, PROBLEM_has_sales);
    emit(decision, "ticket_type.deleted", type);
    stock_close(decision, type->id);
    decision_remove(decision, &collection_ticket_types, type->id);
    return answer_none(decision);
}

const struct handler ticket_type_handlers[] = {
    {"ticket_type.create", ticket_type_create, &ticket_type_record},
    {"ticket_type.replace", ticket_type_edit},
    {"ticket_type.update", ticket_type_edit},
    {"ticket_type.delete", ticket_type_delete},
    {0},
};
