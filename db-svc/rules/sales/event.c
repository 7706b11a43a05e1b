/* Events: what may become of one, and when. */
#include "db-svc/rules/sales/event.h"

#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/sales/cancel_job.h"
#include "db-svc/rules/sales/delete_job.h"
#include "db-svc/rules/sales/event_questions.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/sales/pool.h"
#include "db-svc/rules/messages/reschedule.h"
#include "db-svc/rules/sales/stock.h"
#include "libshared/base/mem.h"
#include "libshared/contract/cancellation.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

static const char *status_text(enum event_status status)
{
    return record_enum_text(event_status_names, (int)status);
}

void event_emit(struct decision *decision, const char *type, const struct event *was,
                const struct event *event)
{
    struct fact_body fact = {.event_id = event->id,
                             .status = status_text(event->status),
                             .version = {true, event->version},
                             .over_at = event->over_at};
    if (event->pools.n > 0 || (was != NULL && was->pools.n > 0))
        pool_put(decision, was, event, &fact);
    decision_fact(decision, type, &fact);
}

static void work_out(struct event *event)
{
    if (event->shared_addresses.value)
        event->had_shared_addresses = event->shared_addresses;
    event->over_at = (struct opt_time){true, event_time_end(event)};
    event->day_begins_at = (struct opt_time){true, event_time_day_begin(event)};
    event->day_ends_at = (struct opt_time){true, event_time_day_end(event)};
}

struct event *event_add(struct decision *decision, const struct event *wanted)
{
    struct event *event =
        edit_add(decision, &collection_events, decision_event_id(decision), wanted);
    if (event->status == EVENT_UNSET)
        event->status = EVENT_DRAFT;
    work_out(event);
    event_emit(decision, "event.created", NULL, event);
    automatic_follow(decision, NULL, event);
    return event;
}

DECISION(event_create, event_record)
{
    struct decoder decoder = decision_decoder(decision);
    if (request->status > EVENT_PUBLISHED) {
        violations_add(decoder.violations, &(struct path){.name = "status"}, VIOLATION_not_allowed);
        return answer_invalid(decision, decoder.violations);
    }
    struct answer refusal;
    if (!event_questions_check(decision, NULL, request, &refusal))
        return refusal;
    const struct event *event = event_add(decision, request);
    return answer_created(decision, &event_record, event,
                          mem_printf(decision_arena(decision), "/v1/events/%s", event->id));
}

static bool may_become(enum event_status from, enum event_status to)
{
    static const bool may[][EVENT_FINISHED + 1] = {
        [EVENT_DRAFT] = {[EVENT_PUBLISHED] = true, [EVENT_CANCELLED] = true},
        [EVENT_PUBLISHED] =
            {[EVENT_POSTPONED] = true, [EVENT_CANCELLED] = true, [EVENT_FINISHED] = true},
        [EVENT_POSTPONED] =
            {[EVENT_PUBLISHED] = true, [EVENT_CANCELLED] = true, [EVENT_FINISHED] = true},
        [EVENT_FINISHED] = {false},
    };
    return from == to || may[from][to];
}

/* Goes through all records of the event in the collection. */
static void each(struct decision *decision, const struct collection *collection,
                 const char *event_id, decision_each_record *take, void *context)
{
    const struct store_page all = {.collection = collection, .event_id = event_id};
    decision_each(decision, &all, 1, take, context);
}

static void found(void *context, const void *record)
{
    (void)record;
    *(bool *)context = true;
}

/* Prices are in the event's currency, so it stays once there are any. */
static bool currency_is_fixed(struct decision *decision, const struct event *event)
{
    bool any = false;
    each(decision, &collection_ticket_types, event->id, found, &any);
    return any;
}

static struct answer put(struct decision *decision, const struct event *was,
                         const struct event *wanted)
{
    if (!edit_differs(&event_record, was, wanted))
        return answer_ok(decision, &event_record, was);
    bool cancelled = wanted->status == EVENT_CANCELLED && was->status != EVENT_CANCELLED;
    struct event *event = edit_apply(decision, &collection_events, was->id, wanted);
    work_out(event);
    event_emit(decision, cancelled ? "event.cancelled" : "event.updated", was, event);
    if (cancelled)
        cancel_job_begin(decision, event);
    reschedule_begin(decision, was, event);
    automatic_follow(decision, was, event);
    return answer_ok(decision, &event_record, event);
}

static struct answer event_edit(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct event *was = edit_find(decision, &collection_events, body, ID_EVENT, &refusal);
    if (was == NULL)
        return refusal;
    struct event *wanted = edit_wanted(decision, &event_record, body, was, &refusal);
    if (wanted == NULL)
        return refusal;
    if (wanted->status == EVENT_UNSET)
        wanted->status = was->status;
    if (strcmp(wanted->currency, was->currency) != 0 && currency_is_fixed(decision, was)) {
        struct decoder decoder = decision_decoder(decision);
        violations_add(decoder.violations, &(struct path){.name = "currency"}, VIOLATION_read_only);
        return answer_invalid(decision, decoder.violations);
    }
    if (!may_become(was->status, wanted->status))
        return edit_illegal(decision, status_text(was->status), status_text(wanted->status));
    if (!event_questions_check(decision, was, wanted, &refusal) ||
        !pool_check(decision, was, wanted, &refusal))
        return refusal;
    return put(decision, was, wanted);
}

DECISION(event_cancel, event_cancel_record)
{
    struct answer refusal;
    const struct event *was = edit_find(decision, &collection_events, body, ID_EVENT, &refusal);
    if (was == NULL)
        return refusal;
    if (!may_become(was->status, EVENT_CANCELLED))
        return edit_illegal(decision, status_text(was->status), status_text(EVENT_CANCELLED));
    struct event wanted = *was;
    wanted.status = EVENT_CANCELLED;
    if (request != NULL)
        wanted.silent = request->silent;
    return put(decision, was, &wanted);
}

static void add_committed(void *context, const void *record)
{
    *(int64_t *)context += stock_committed(record);
}

static void find_debt(void *context, const void *record)
{
    const struct order *order = record;
    *(bool *)context |= order->refund_due.amount > 0 || order->status == ORDER_PAID_UNFULFILLED;
}

/* Only the places of used tickets are sold then. */
static bool is_called_off(struct decision *decision, const char *event_id)
{
    const struct cancellation *cancellation =
        decision_read(decision, &collection_cancellations, event_id);
    return cancellation != NULL && cancellation->status == CANCELLATION_DONE;
}

/* Whether tickets are sold or held, or somebody is to get money back. */
static bool has_sales(struct decision *decision, const char *event_id)
{
    const struct store_page debts[] = {
        {.collection = &collection_orders,
         .event_id = event_id,
         .status = record_enum_text(order_status_names, ORDER_PAID_UNFULFILLED),
         .limit = 1},
        {.collection = &collection_orders,
         .event_id = event_id,
         .filter = "refund_due",
         .term = "true",
         .limit = 1}};
    int64_t committed = 0;
    bool owes = false;
    each(decision, &collection_stock, event_id, add_committed, &committed);
    decision_each(decision, debts, sizeof debts / sizeof *debts, find_debt, &owes);
    return (committed > 0 && !is_called_off(decision, event_id)) || owes;
}

static void remove_type(void *context, const void *record)
{
    const struct ticket_type *type = record;
    stock_close(context, type->id);
    decision_remove(context, &collection_ticket_types, type->id);
    decision_fact(context, "ticket_type.deleted",
                  &(struct fact_body){.event_id = type->event_id, .ticket_type_id = type->id});
}

static void remove_pool(void *context, const void *record)
{
    pool_close(context, record);
}

static struct answer event_delete(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct event *event = edit_find(decision, &collection_events, body, ID_EVENT, &refusal);
    if (event == NULL)
        return refusal;
    if (has_sales(decision, event->id))
        return answer_refuse(decision, PROBLEM_has_sales);
    each(decision, &collection_ticket_types, event->id, remove_type, decision);
    each(decision, &collection_pools, event->id, remove_pool, decision);
    delete_job_begin(decision, event->id);
    decision_fact(decision, "event.deleted", &(struct fact_body){.event_id = event->id});
    decision_remove(decision, &collection_events, event->id);
    return answer_none(decision);
}

const struct handler event_handlers[] = {
    {"event.create", event_create, &event_record},
    {"event.replace", event_edit, .changes = RESCHEDULE_PAGE},
    {"event.update", event_edit, .changes = RESCHEDULE_PAGE},
    {"event.cancel", event_cancel, &event_cancel_record, .changes = RESCHEDULE_PAGE},
    {"event.delete", event_delete},
    {0},
};
