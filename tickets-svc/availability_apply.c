#include "tickets-svc/availability_apply.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/tolerant.h"
#include "tickets-svc/upkeep.h"

/* Told while one question is out, or by replies while any is; the oldest go first. */
#define KEPT_MAX 1000

/* --- What is told --- */

/* Whether it changed what is known. */
static bool settle(struct event_entry *event, enum news news)
{
    event->gap |= news == NEWS_DOUBTFUL;
    return news == NEWS_TAKEN;
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
        return settle(event, NEWS_DOUBTFUL);
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
        return settle(event, NEWS_DOUBTFUL);
    bool changed = settle(event, availability_store_set_status(event, fact->version.value,
                                                               fact->status, STEP_OF_FACTS));
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
                 const struct told *told)
{
    if (told->unreadable)
        return settle(event, NEWS_DOUBTFUL);
    bool changed = told->type != NULL ? take_fact(table, event, told->type, &told->fact)
                                      : take_levels(table, event, &told->fact, STEP_AHEAD);
    event->gap |= availability_store_has_undescribed(event);
    return changed;
}

static bool deletes(struct event_entry *event, const struct told *told)
{
    return !told->unreadable && told->type != NULL && strcmp(told->type, "event.deleted") == 0 &&
           is_at_hand(event, told->fact.epoch);
}

/* --- What is kept while a question is out --- */

static void drop_first(struct told_list *list, size_t *n)
{
    struct told *first = STAILQ_FIRST(list);
    STAILQ_REMOVE_HEAD(list, link);
    (*n)--;
    mem_free(first);
}

/* True: there was too much. */
static bool keep(struct told_list *list, size_t *n, struct told *told_take)
{
    STAILQ_INSERT_TAIL(list, told_take, link);
    if (++*n <= KEPT_MAX)
        return false;
    drop_first(list, n);
    return true;
}

static void keep_or_free(struct event_entry *event, struct told *told_take)
{
    if (event != NULL && event->asked)
        event->crowded |= keep(&event->since, &event->n_since, told_take);
    else
        mem_free(told_take);
}

static bool is_of(const struct availability_table *table, const struct event_entry *event,
                  const struct told *told)
{
    const struct type_entry *type =
        availability_store_find_type(table, told->fact.stock.at[0].ticket_type_id);
    return type != NULL && type->event == event;
}

bool availability_apply_take_since(struct availability_table *table, struct event_entry *event)
{
    const struct told *told;
    STAILQ_FOREACH (told, &event->since, link) {
        if (deletes(event, told))
            return false;
        (void)take(table, event, told);
    }
    STAILQ_FOREACH (told, &table->heard, link)
        if (is_of(table, event, told))
            (void)take(table, event, told);
    event->gap |= event->crowded;
    return true;
}

void availability_apply_end(struct availability_table *table, struct event_entry *event)
{
    while (event->n_since > 0)
        drop_first(&event->since, &event->n_since);
    event->crowded = false;
    while (table->asked == 0 && table->n_heard > 0)
        drop_first(&table->heard, &table->n_heard);
}

/* --- Facts --- */

static void delete_event(struct availability_table *table, struct event_entry *event)
{
    if (!event->asked) {
        upkeep_remove(table, event);
        return;
    }
    entries_clear_event(table, event);
    event->learnt = false;
}

/* False: nothing looks different. */
static bool show_fact(struct availability_table *table, struct event_entry *event,
                      const struct told *told)
{
    if (!event->learnt)
        return false;
    bool changed = take(table, event, told);
    upkeep_status(table, event);
    if (event->gap)
        upkeep_gap(table, event);
    return changed;
}

int availability_fact(struct availability_table *table, const char *type, const char *event_id,
                      const json_t *body)
{
    struct event_entry *event = entries_event(table, event_id);
    if (event == NULL)
        return 0;
    struct told *told = mem_new(table, struct told);
    told->type = mem_strdup(told, type);
    int r = record_decode_tolerant(told, &fact_record, body, &told->fact);
    told->unreadable = r < 0;
    bool deleted = deletes(event, told);
    bool changed = deleted ? event->learnt : show_fact(table, event, told);
    keep_or_free(event, told);
    if (deleted)
        delete_event(table, event);
    if (changed)
        table->changed(table->context, event_id);
    return r;
}

/* --- Replies --- */

static struct told *read_level(const struct availability_table *table, const json_t *json)
{
    struct told *told = mem_new(table, struct told);
    struct stock_level *level = mem_new(told, struct stock_level);
    if (record_decode_tolerant(told, &stock_level_record, json, level) < 0) {
        mem_free(told);
        return NULL;
    }
    told->fact.stock.at = level;
    told->fact.stock.n = 1;
    return told;
}

/* The event that looks different, or NULL. */
static struct event_entry *take_reply_level(struct availability_table *table,
                                            struct told *told_take)
{
    const struct type_entry *type =
        availability_store_find_type(table, told_take->fact.stock.at[0].ticket_type_id);
    struct event_entry *event = type != NULL ? type->event : NULL;
    bool changed = event != NULL && show_fact(table, event, told_take);
    if (event == NULL && table->asked > 0)
        (void)keep(&table->heard, &table->n_heard, told_take);
    else
        keep_or_free(event, told_take);
    return changed ? event : NULL;
}

/* A reply is about one event. */
void availability_stock(struct availability_table *table, const json_t *levels)
{
    const struct event_entry *changed = NULL;
    const json_t *item;
    size_t i;
    json_array_foreach (levels, i, item) {
        struct told *told = read_level(table, item);
        const struct event_entry *event = told != NULL ? take_reply_level(table, told) : NULL;
        changed = event != NULL ? event : changed;
    }
    if (changed != NULL)
        table->changed(table->context, changed->id);
}
