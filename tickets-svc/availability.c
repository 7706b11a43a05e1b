#include "tickets-svc/availability.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/query.h"
#include "libshared/record/tolerant.h"
#include "tickets-svc/availability_apply.h"
#include "tickets-svc/availability_texts.h"
#include "tickets-svc/upkeep.h"

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
    table->texts = availability_texts_new(table);
    TAILQ_INIT(&table->used);
    TAILQ_INIT(&table->resting);
    TAILQ_INIT(&table->waiting);
    STAILQ_INIT(&table->received);
    talloc_set_destructor(table, free_tables);
    return table;
}

bool availability_known(const struct availability_table *table, const char *event_id,
                        const char *ticket_type_id)
{
    const struct event_entry *event = availability_store_event(table, event_id);
    if (event == NULL || !event->learnt)
        return false;
    if (ticket_type_id == NULL)
        return true;
    const struct type_entry *type = availability_store_find_type(table, ticket_type_id);
    return type != NULL && type->event == event && availability_store_is_described(type);
}

bool availability_follows(const struct availability_table *table, const char *event_id, size_t size)
{
    return availability_store_find_event(table, event_id, size) != NULL;
}

size_t availability_count(const struct availability_table *table)
{
    return HASH_COUNT(table->events);
}

void availability_ask(struct availability_table *table, const char *event_id, int64_t now_ms)
{
    struct event_entry *event = availability_store_event(table, event_id);
    if (event == NULL) {
        event = availability_store_add_event(table, event_id);
        upkeep_add(table, event, now_ms);
        upkeep_make_room(table, event);
    }
    upkeep_ask(table, event, now_ms);
    event->missed = false;
    event->asked = true;
    table->asked++;
}

bool availability_asked(const struct availability_table *table, const char *event_id)
{
    const struct event_entry *event = availability_store_event(table, event_id);
    return event != NULL && event->asked;
}

static void take_item(struct availability_table *table, struct event_entry *event,
                      const struct availability_item *item)
{
    if (item->ticket_type_id == NULL)
        return;
    struct pool_level pool = {.name = item->pool};
    const struct stock_level level = {.ticket_type_id = item->ticket_type_id,
                                      .capacity = item->capacity,
                                      .sold = item->sold,
                                      .held = item->held,
                                      .rev = item->rev.value,
                                      .pool = item->pool != NULL ? &pool : NULL};
    const struct description description = {.ticket_type_id = item->ticket_type_id,
                                            .version = item->version.value,
                                            .type = item->type,
                                            .name = item->name,
                                            .price = item->price,
                                            .sales_start = item->sales_start,
                                            .sales_end = item->sales_end};
    (void)availability_store_set_level(table, event, &level, INT64_MAX);
    (void)availability_store_describe(table, event, &description, INT64_MAX);
}

static void take_pool(struct availability_table *table, struct event_entry *event,
                      const struct availability_pool *pool)
{
    if (pool->name != NULL)
        (void)availability_store_set_pool(table, event,
                                          &(struct pool_level){.name = pool->name,
                                                               .capacity = pool->capacity,
                                                               .sold = pool->sold,
                                                               .held = pool->held,
                                                               .rev = pool->rev.value},
                                          INT64_MAX);
}

/* In the place of all that was known. */
static void take_answer(struct availability_table *table, struct event_entry *event,
                        const struct availability *answer)
{
    availability_store_clear_event(table, event);
    event->version = 0;
    event->epoch = answer->epoch;
    event->gap = false;
    event->learnt = true;
    event->fresh_ms = event->asked_ms;
    (void)availability_store_set_status(event, answer->version.value, answer->status,
                                        answer->over_at, INT64_MAX);
    for (size_t i = 0; i < answer->pools.n; i++)
        take_pool(table, event, &answer->pools.at[i]);
    for (size_t i = 0; i < answer->items.n; i++)
        take_item(table, event, &answer->items.at[i]);
}

/* Messages received since are judged by the answer. False: the event is no more. */
static bool learn(struct availability_table *table, struct event_entry *event,
                  const struct availability *answer)
{
    take_answer(table, event, answer);
    if (!availability_apply_take_since(table, event))
        return false;
    event->gap |= availability_store_has_undescribed(event);
    upkeep_status(table, event);
    upkeep_make_room(table, event);
    return true;
}

/* An event that is watched is asked about until it is known what became of it. */
static void end_question(struct availability_table *table, struct event_entry *event, bool gone)
{
    event->asked = false;
    table->asked--;
    availability_apply_end(table, event);
    event->gap |= !event->learnt;
    if (gone || (!event->learnt && !event->watched))
        upkeep_remove(table, event);
    else if (event->gap)
        upkeep_gap(table, event);
}

int availability_answer(struct availability_table *table, const char *event_id,
                        const json_t *answer)
{
    struct event_entry *event = availability_store_event(table, event_id);
    if (event == NULL || !event->asked)
        return 0;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct availability read_answer;
    int r = 0;
    bool gone = answer == NULL;
    if (!gone && !event->missed &&
        (r = record_decode_tolerant(arena, &availability_record, answer, &read_answer)) == 0)
        gone = !learn(table, event, &read_answer);
    end_question(table, event, gone);
    table->changed(table->context, event_id);
    return r;
}

void availability_no_answer(struct availability_table *table, const char *event_id)
{
    struct event_entry *event = availability_store_event(table, event_id);
    if (event != NULL && event->asked)
        end_question(table, event, false);
}

static void forget(struct availability_table *table, struct event_entry *event)
{
    if (!event->asked && !event->watched) {
        upkeep_remove(table, event);
        return;
    }
    availability_store_clear_event(table, event);
    event->learnt = false;
    event->missed = true;
    if (!event->asked)
        upkeep_gap(table, event);
}

/* All events, but there is a bound to them, and facts are hardly ever missed. */
void availability_forget(struct availability_table *table)
{
    struct event_entry *event, *next;
    HASH_ITER (hh, table->events, event, next)
        forget(table, event);
}
