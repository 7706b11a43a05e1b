/* The availability of a known event, as it is shown. */
#include "tickets-svc/availability.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/query.h"
#include "tickets-svc/availability_store.h"
#include "tickets-svc/availability_texts.h"

/* When the sale of a type ends: that of the event is the default. */
static struct opt_time sale_end(const struct event_entry *event, const struct type_entry *type)
{
    return type->sales_end.set ? type->sales_end : event->over_at;
}

/* Whether it is the time to buy, be there any left or not. */
static bool on_sale(const struct event_entry *event, const struct type_entry *type, int64_t now)
{
    const struct opt_time end = sale_end(event, type);
    return event->published && (!type->sales_start.set || type->sales_start.ms <= now) &&
           (!end.set || now < end.ms);
}

static int64_t sooner(int64_t turn, struct opt_time time, int64_t now)
{
    return time.set && time.ms > now && time.ms < turn ? time.ms : turn;
}

int64_t availability_next_change(const struct availability_table *table, const char *event_id,
                                 int64_t now)
{
    const struct event_entry *event = availability_store_event(table, event_id);
    int64_t turn = INT64_MAX;
    for (size_t i = 0; event != NULL && i < event->n; i++) {
        turn = sooner(turn, event->types[i]->sales_start, now);
        turn = sooner(turn, sale_end(event, event->types[i]), now);
    }
    return turn;
}

static int64_t left_of(const struct pool_entry *pool)
{
    return pool->capacity - pool->sold - pool->held;
}

static struct availability_item item_of(const struct event_entry *event,
                                        const struct type_entry *type, int64_t now)
{
    const struct pool_entry *pool = availability_store_pool(event, type->pool);
    return (struct availability_item){
        .ticket_type_id = type->id,
        .type = type->type,
        .name = type->name,
        .price = type->price,
        .on_sale = on_sale(event, type, now),
        .capacity = type->capacity,
        .sold = type->sold,
        .held = type->held,
        .available = type->capacity - type->sold - type->held,
        .pool = pool != NULL ? pool->name : NULL,
        .pool_available = {pool != NULL, pool != NULL ? left_of(pool) : 0}};
}

/* The pools of what is shown: all of the event's, or that of one type. */
static void show_pools(const struct event_entry *event, const char *only,
                       struct availability *shown, const void *arena)
{
    for (size_t i = 0; i < event->n_pools; i++) {
        const struct pool_entry *pool = availability_store_pool(event, event->pools[i]->name);
        if (pool == NULL || (only != NULL && strcmp(pool->name, only) != 0))
            continue;
        shown->pools.at =
            (void *)mem_grow(arena, shown->pools.at, struct availability_pool, shown->pools.n + 1);
        shown->pools.at[shown->pools.n++] = (struct availability_pool){.name = pool->name,
                                                                       .capacity = pool->capacity,
                                                                       .sold = pool->sold,
                                                                       .held = pool->held,
                                                                       .available = left_of(pool)};
    }
}

static bool is_shown(const struct type_entry *type, const char *ticket_type_id)
{
    return availability_store_is_described(type) &&
           (ticket_type_id == NULL || strcmp(type->id, ticket_type_id) == 0);
}

const char *availability_text(const struct availability_table *table, const void *arena,
                              const char *event_id, const char *ticket_type_id, int64_t now,
                              int64_t as_of, char ret_tag[AVAILABILITY_TAG_SIZE])
{
    if (!availability_known(table, event_id, ticket_type_id))
        return NULL;
    const struct event_entry *event = availability_store_event(table, event_id);
    struct availability shown = {.event_id = event->id, .as_of = as_of};
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    shown.items.at = (void *)mem_array(scratch, struct availability_item, event->n + 1);
    for (size_t i = 0; i < event->n; i++)
        if (is_shown(event->types[i], ticket_type_id))
            shown.items.at[shown.items.n++] = item_of(event, event->types[i], now);
    if (ticket_type_id == NULL || shown.items.at[0].pool != NULL)
        show_pools(event, ticket_type_id != NULL ? shown.items.at[0].pool : NULL, &shown, scratch);
    return availability_texts_of(table->texts, arena, &shown, ticket_type_id, ret_tag);
}

uint64_t availability_encoded(const struct availability_table *table)
{
    return availability_texts_encoded(table->texts);
}
