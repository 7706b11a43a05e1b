#include "tickets-svc/availability_apply.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/tolerant.h"
#include "tickets-svc/upkeep.h"

/* Told while one question is out, or by replies while any is; the oldest go first. */
#define KEPT_MAX 1000

/* --- What is told --- */

/* Whether it changed what is known. */
static bool settle(struct event_entry *event, enum apply_result result)
{
    event->gap |= result == APPLY_DOUBTFUL;
    return result == APPLY_TAKEN;
}

static bool is_at_hand(struct event_entry *event, struct opt_int64 epoch)
{
    int order = availability_store_compare_epoch(event, epoch);
    event->gap |= order > 0;
    return order == 0;
}

static bool take_level(struct availability_table *table, struct event_entry *event,
                       const struct stock_level *level, int64_t step)
{
    return is_at_hand(event, level->epoch) &&
           settle(event, availability_store_set_level(table, event, level, step));
}

static bool take_levels(struct availability_table *table, struct event_entry *event,
                        const struct fact_body *fact, int64_t step)
{
    bool moved = false;
    for (size_t i = 0; i < fact->stock.n; i++)
        moved |= take_level(table, event, &fact->stock.at[i], step);
    return moved;
}

/* There is no rev to judge it by. */
static bool take_deletion(struct availability_table *table, struct event_entry *event,
                          const struct fact_body *fact)
{
    bool removed = fact->ticket_type_id != NULL &&
                   availability_store_remove_type(table, event, fact->ticket_type_id);
    event->gap |= removed;
    return removed;
}

static bool take_description(struct availability_table *table, struct event_entry *event,
                             const struct fact_body *fact)
{
    if (fact->ticket_type_id == NULL || !fact->version.set)
        return settle(event, APPLY_DOUBTFUL);
    const struct description description = {.ticket_type_id = fact->ticket_type_id,
                                            .version = fact->version.value,
                                            .type = fact->type,
                                            .name = fact->name,
                                            .price = fact->price,
                                            .sales_start = fact->sales_start,
                                            .sales_end = fact->sales_end};
    return settle(event, availability_store_describe(table, event, &description, STEP_OF_FACTS));
}

static bool take_status(struct availability_table *table, struct event_entry *event,
                        const struct fact_body *fact)
{
    if (!fact->version.set)
        return settle(event, APPLY_DOUBTFUL);
    bool changed =
        settle(event, availability_store_set_status(event, fact->version.value, fact->status,
                                                    fact->over_at, STEP_OF_FACTS));
    for (size_t i = 0; i < fact->pools.n; i++)
        changed |= settle(
            event, availability_store_set_pool(table, event, &fact->pools.at[i], STEP_AHEAD));
    return changed;
}

static bool begins_with(const char *type, const char *prefix)
{
    return strncmp(type, prefix, strlen(prefix)) == 0;
}

static bool take_fact(struct availability_table *table, struct event_entry *event, const char *type,
                      const struct fact_body *fact)
{
    if (!is_at_hand(event, fact->epoch))
        return false;
    bool moved = take_levels(table, event, fact, STEP_OF_FACTS);
    if (strcmp(type, "ticket_type.deleted") == 0)
        return take_deletion(table, event, fact);
    if (begins_with(type, "ticket_type."))
        return take_description(table, event, fact) || moved;
    if (begins_with(type, "event.") && strcmp(type, "event.deleted") != 0)
        return take_status(table, event, fact);
    return moved;
}

static bool take(struct availability_table *table, struct event_entry *event,
                 const struct received *received)
{
    if (received->unreadable)
        return settle(event, APPLY_DOUBTFUL);
    bool changed = received->type != NULL ? take_fact(table, event, received->type, &received->fact)
                                          : take_levels(table, event, &received->fact, STEP_AHEAD);
    event->gap |= availability_store_has_undescribed(event);
    return changed;
}

static bool deletes(struct event_entry *event, const struct received *received)
{
    return !received->unreadable && received->type != NULL &&
           strcmp(received->type, "event.deleted") == 0 && is_at_hand(event, received->fact.epoch);
}

/* --- What is kept while a question is out --- */

static void drop_first(struct received_list *list, size_t *n)
{
    struct received *first = STAILQ_FIRST(list);
    STAILQ_REMOVE_HEAD(list, link);
    (*n)--;
    mem_free(first);
}

/* True: there was too much. */
static bool keep(struct received_list *list, size_t *n, struct received *received_take)
{
    STAILQ_INSERT_TAIL(list, received_take, link);
    if (++*n <= KEPT_MAX)
        return false;
    drop_first(list, n);
    return true;
}

static void keep_or_free(struct event_entry *event, struct received *received_take)
{
    if (event != NULL && event->asked)
        event->crowded |= keep(&event->since, &event->n_since, received_take);
    else
        mem_free(received_take);
}

static bool is_of(const struct availability_table *table, const struct event_entry *event,
                  const struct received *received)
{
    const struct type_entry *type =
        availability_store_find_type(table, received->fact.stock.at[0].ticket_type_id);
    return type != NULL && type->event == event;
}

bool availability_apply_take_since(struct availability_table *table, struct event_entry *event)
{
    const struct received *received;
    STAILQ_FOREACH (received, &event->since, link) {
        if (deletes(event, received))
            return false;
        (void)take(table, event, received);
    }
    STAILQ_FOREACH (received, &table->received, link)
        if (is_of(table, event, received))
            (void)take(table, event, received);
    event->gap |= event->crowded;
    return true;
}

void availability_apply_end(struct availability_table *table, struct event_entry *event)
{
    while (event->n_since > 0)
        drop_first(&event->since, &event->n_since);
    event->crowded = false;
    while (table->asked == 0 && table->n_received > 0)
        drop_first(&table->received, &table->n_received);
}

/* --- Facts --- */

static void delete_event(struct availability_table *table, struct event_entry *event)
{
    if (!event->asked) {
        upkeep_remove(table, event);
        return;
    }
    availability_store_clear_event(table, event);
    event->learnt = false;
}

/* False: nothing looks different. */
static bool show_fact(struct availability_table *table, struct event_entry *event,
                      const struct received *received)
{
    if (!event->learnt)
        return false;
    bool changed = take(table, event, received);
    upkeep_status(table, event);
    if (event->gap)
        upkeep_gap(table, event);
    return changed;
}

int availability_fact(struct availability_table *table, const char *type, const char *event_id,
                      const json_t *body)
{
    struct event_entry *event = availability_store_event(table, event_id);
    if (event == NULL)
        return 0;
    struct received *received = mem_new(table, struct received);
    received->type = mem_strdup(received, type);
    int r = record_decode_tolerant(received, &fact_record, body, &received->fact);
    received->unreadable = r < 0;
    bool deleted = deletes(event, received);
    bool changed = deleted ? event->learnt : show_fact(table, event, received);
    keep_or_free(event, received);
    if (deleted)
        delete_event(table, event);
    if (changed)
        table->changed(table->context, event_id);
    return r;
}

/* --- Replies --- */

static struct received *read_level(const struct availability_table *table, const json_t *json)
{
    struct received *received = mem_new(table, struct received);
    struct stock_level *level = mem_new(received, struct stock_level);
    if (record_decode_tolerant(received, &stock_level_record, json, level) < 0) {
        mem_free(received);
        return NULL;
    }
    received->fact.stock.at = level;
    received->fact.stock.n = 1;
    return received;
}

/* The event that looks different, or NULL. */
static struct event_entry *take_reply_level(struct availability_table *table,
                                            struct received *received_take)
{
    const struct type_entry *type =
        availability_store_find_type(table, received_take->fact.stock.at[0].ticket_type_id);
    struct event_entry *event = type != NULL ? type->event : NULL;
    bool changed = event != NULL && show_fact(table, event, received_take);
    if (event == NULL && table->asked > 0)
        (void)keep(&table->received, &table->n_received, received_take);
    else
        keep_or_free(event, received_take);
    return changed ? event : NULL;
}

/* A reply is about one event. */
void availability_stock(struct availability_table *table, const json_t *levels)
{
    const struct event_entry *changed = NULL;
    const json_t *item;
    size_t i;
    json_array_foreach (levels, i, item) {
        struct received *received = read_level(table, item);
        const struct event_entry *event =
            received != NULL ? take_reply_level(table, received) : NULL;
        changed = event != NULL ? event : changed;
    }
    if (changed != NULL)
        table->changed(table->context, changed->id);
}
