#include "db-svc/read/availability.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/query.h"
#include "libshared/kafka/partitioner.h"

struct types {
    const void *arena;
    struct ticket_type **at;
    int64_t *stock_revs;
    size_t n;
};

static void take_type(void *context, void *record)
{
    struct types *types = context;
    types->at = mem_grow(types->arena, types->at, struct ticket_type *, types->n + 1);
    types->at[types->n++] = record;
}

/* All types of the event, or the one asked for; none if it is another event's. */
static int load_types(const struct query *query, struct types *ret_types)
{
    *ret_types = (struct types){.arena = query->arena};
    if (query->body->ids[ID_TICKET_TYPE] == NULL) {
        const struct store_page all = {.collection = &collection_ticket_types,
                                       .event_id = query->body->ids[ID_EVENT]};
        return store_load_page(query->store, query->arena, &all, take_type, ret_types);
    }
    void *record;
    int r = query_load_of_event(query, &collection_ticket_types, ID_TICKET_TYPE, &record);
    if (r == 0 && record != NULL)
        take_type(ret_types, record);
    return r;
}

#define DAY_MS (24 * 60 * 60 * INT64_C(1000))

/* The event's end. An older release did not store that of its day: then a day on, which is later.
 */
static int64_t over_at(const struct event *event)
{
    if (event->over_at.set)
        return event->over_at.ms;
    return event->ends_at.set ? event->ends_at.ms : event->starts_at + DAY_MS;
}

/* Whether it is the time to buy, be there any left or not. */
static bool on_sale(const struct event *event, const struct ticket_type *type, int64_t now)
{
    return event->status == EVENT_PUBLISHED &&
           (!type->sales_start.set || type->sales_start.ms <= now) &&
           now < (type->sales_end.set ? type->sales_end.ms : over_at(event));
}

struct pools {
    const void *arena;
    struct availability_pool *at;
    size_t n;
};

static void take_pool(void *context, void *record)
{
    struct pools *pools = context;
    const struct pool *pool = record;
    if (pool->removed.value)
        return;
    pools->at = mem_grow(pools->arena, pools->at, struct availability_pool, pools->n + 1);
    pools->at[pools->n++] =
        (struct availability_pool){.name = pool->name,
                                   .capacity = pool->capacity,
                                   .sold = pool->sold,
                                   .held = pool->held,
                                   .available = pool->capacity - pool->sold - pool->held,
                                   .rev = {true, pool->rev}};
}

static int load_pools(const struct query *query, const struct event *event, struct pools *ret_pools)
{
    *ret_pools = (struct pools){.arena = query->arena};
    const struct store_page all = {.collection = &collection_pools, .event_id = event->id};
    return store_load_page(query->store, query->arena, &all, take_pool, ret_pools);
}

static const struct availability_pool *pool_of(const struct pools *pools, const char *name)
{
    for (size_t i = 0; name != NULL && i < pools->n; i++)
        if (strcmp(pools->at[i].name, name) == 0)
            return &pools->at[i];
    return NULL;
}

static struct availability_item item_of(const struct query *query, const struct event *event,
                                        const struct ticket_type *type, int64_t stock_rev,
                                        const struct availability_pool *pool)
{
    return (struct availability_item){
        .ticket_type_id = type->id,
        .type = type->type,
        .name = type->name,
        .price = type->price,
        .on_sale = on_sale(event, type, query->now),
        .capacity = type->capacity,
        .sold = type->sold,
        .held = type->held,
        .available = type->available,
        .sales_start = type->sales_start,
        .sales_end = type->sales_end,
        .version = {true, type->version},
        .rev = {true, stock_rev},
        .pool = type->pool,
        .pool_available = {pool != NULL, pool != NULL ? pool->available : 0},
    };
}

/* That which holds for the event's records. Read before them: if the database is set back in
 * between, they are taken for older than they are, never for newer. */
static int load_epoch(const struct query *query, struct opt_int64 *ret_epoch)
{
    const char *event_id = query->body->ids[ID_EVENT];
    const int32_t partition =
        partitioner_murmur2(event_id, strlen(event_id), (int32_t)query->settings->kafka_partitions);
    *ret_epoch = (struct opt_int64){.set = query->cluster != NULL};
    return query->cluster == NULL
               ? 0
               : store_timeline(query->store, query->cluster, partition, &ret_epoch->value);
}

static struct read_answer show(const struct query *query, const struct event *event,
                               struct opt_int64 epoch, const struct types *types,
                               const struct pools *pools)
{
    struct availability availability = {
        .event_id = event->id,
        .as_of = query->now,
        .status = record_enum_text(event_status_names, (int)event->status),
        .version = {true, event->version},
        .over_at = {true, over_at(event)},
        .epoch = epoch,
        .pools = {.at = (void *)pools->at, .n = pools->n},
    };
    availability.items.at = (void *)mem_array(query->arena, struct availability_item, types->n + 1);
    availability.items.n = types->n;
    for (size_t i = 0; i < types->n; i++)
        availability.items.at[i] = item_of(query, event, types->at[i], types->stock_revs[i],
                                           pool_of(pools, types->at[i]->pool));
    return query_shown(query, &availability_record, &availability);
}

int availability_get(const struct query *query, struct read_answer *ret_answer)
{
    void *event;
    struct types types = {0};
    struct pools pools = {0};
    struct opt_int64 epoch;
    int r = load_epoch(query, &epoch);
    if (r == 0)
        r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event);
    if (r == 0 && event != NULL)
        r = load_types(query, &types);
    types.stock_revs = mem_array(query->arena, int64_t, types.n + 1);
    if (r == 0 && types.n > 0)
        r = query_join_stock(query, types.at, types.n, types.stock_revs);
    if (r == 0 && event != NULL)
        r = load_pools(query, event, &pools);
    if (r < 0)
        return r;
    bool found = event != NULL && (types.n > 0 || query->body->ids[ID_TICKET_TYPE] == NULL);
    *ret_answer = found ? show(query, event, epoch, &types, &pools) : query_not_found(query);
    return 0;
}
