#include "tickets-svc/availability.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/query.h"
#include "tickets-svc/entries.h"
#include "tickets-svc/reading.h"

static int free_tables(struct availability_table *table)
{
    HASH_CLEAR(hh, table->events); /* uthash's buckets are malloc's */
    HASH_CLEAR(hh, table->types);
    return 0;
}

struct availability_table *availability_new(const void *arena, availability_changed *changed,
                                            void *context)
{
    struct availability_table *table = mem_new(arena, struct availability_table);
    table->changed = changed;
    table->context = context;
    talloc_set_destructor(table, free_tables);
    return table;
}

bool availability_known(const struct availability_table *table, const char *event_id,
                        const char *ticket_type_id)
{
    const struct event_entry *event = entries_event(table, event_id);
    if (event == NULL || !event->learnt || event->deleted)
        return false;
    if (ticket_type_id == NULL)
        return true;
    const struct type_entry *type = entries_find_type(table, ticket_type_id);
    return type != NULL && type->event == event && !type->deleted && !entries_is_undescribed(type);
}

bool availability_follows(const struct availability_table *table, const char *event_id, size_t size)
{
    return entries_find_event(table, event_id, size) != NULL;
}

/* What facts told of a type without describing it is older than the question, and so part of the
 * answer, if it is still true. */
void availability_ask(struct availability_table *table, const char *event_id)
{
    struct event_entry *event = entries_event(table, event_id);
    if (event == NULL)
        event = entries_add_event(table, event_id);
    entries_remove_types(table, event, entries_is_undescribed);
    event->gap = false;
    event->missed = false;
    event->asked = true;
    table->asked++;
}

bool availability_asked(const struct availability_table *table, const char *event_id)
{
    const struct event_entry *event = entries_event(table, event_id);
    return event != NULL && event->asked;
}

static void end_question(struct availability_table *table, struct event_entry *event)
{
    event->asked = false;
    table->asked--;
    entries_remove_types(table, event, entries_is_deleted);
    if (event->deleted || !event->learnt)
        entries_remove_event(table, event);
    if (table->asked == 0 && table->loose > 0)
        entries_remove_loose(table);
}

static void take_item(struct availability_table *table, struct event_entry *event,
                      const struct availability_item *item)
{
    if (item->ticket_type_id == NULL)
        return;
    struct type_entry *type = entries_type_of(table, event, item->ticket_type_id);
    struct pool_level pool = {.name = item->pool};
    (void)entries_set_level(type, &(struct stock_level){.capacity = item->capacity,
                                                        .sold = item->sold,
                                                        .held = item->held,
                                                        .rev = item->rev.value,
                                                        .pool = item->pool != NULL ? &pool : NULL});
    (void)entries_describe(type, &(struct description){.version = item->version.value,
                                                       .type = item->type,
                                                       .name = item->name,
                                                       .price = item->price,
                                                       .sales_start = item->sales_start,
                                                       .sales_end = item->sales_end});
}

static void take_pool(struct event_entry *event, const struct availability_pool *pool)
{
    if (pool->name != NULL)
        (void)entries_set_pool(event, &(struct pool_level){.name = pool->name,
                                                           .capacity = pool->capacity,
                                                           .sold = pool->sold,
                                                           .held = pool->held,
                                                           .rev = pool->rev.value});
}

static void take_answer(struct availability_table *table, struct event_entry *event,
                        const struct availability *answer)
{
    (void)entries_set_status(event, answer->version.value, answer->status);
    for (size_t i = 0; i < answer->pools.n; i++)
        take_pool(event, &answer->pools.at[i]);
    for (size_t i = 0; i < answer->items.n; i++)
        take_item(table, event, &answer->items.at[i]);
    event->learnt = true;
    event->gap |= entries_has_undescribed(event);
}

int availability_answer(struct availability_table *table, const char *event_id,
                        const json_t *answer)
{
    struct event_entry *event = entries_event(table, event_id);
    if (event == NULL || !event->asked)
        return 0;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct availability read_answer;
    int r = 0;
    if (answer == NULL)
        event->deleted = true;
    else if (!event->missed &&
             (r = reading_decode(arena, &availability_record, answer, &read_answer)) == 0)
        take_answer(table, event, &read_answer);
    end_question(table, event);
    table->changed(table->context, event_id);
    return r;
}

void availability_no_answer(struct availability_table *table, const char *event_id)
{
    struct event_entry *event = entries_event(table, event_id);
    if (event == NULL || !event->asked)
        return;
    event->gap = event->learnt; /* it may have been about one */
    end_question(table, event);
}

const char *availability_gap(const struct availability_table *table)
{
    for (const struct event_entry *event = table->events; event != NULL; event = event->hh.next)
        if (event->gap && !event->asked)
            return event->id;
    return NULL;
}

void availability_forget(struct availability_table *table)
{
    struct event_entry *event, *next;
    HASH_ITER (hh, table->events, event, next) {
        if (!event->asked) {
            entries_remove_event(table, event);
            continue;
        }
        entries_remove_types(table, event, entries_is_any);
        entries_remove_pools(event);
        event->learnt = false;
        event->version = 0;
        event->missed = true;
    }
}
