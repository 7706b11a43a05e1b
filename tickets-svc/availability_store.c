#include "tickets-svc/availability_store.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

struct event_entry *availability_store_find_event(const struct availability_table *table,
                                                  const char *id, size_t size)
{
    struct event_entry *event;
    HASH_FIND(hh, table->events, id, size, event);
    return event;
}

struct event_entry *availability_store_event(const struct availability_table *table, const char *id)
{
    return availability_store_find_event(table, id, strlen(id));
}

struct type_entry *availability_store_find_type(const struct availability_table *table,
                                                const char *id)
{
    struct type_entry *type;
    HASH_FIND_STR(table->types, id, type);
    return type;
}

size_t availability_store_count(const struct availability_table *table)
{
    return HASH_COUNT(table->events) + HASH_COUNT(table->types) + table->n_pools;
}

static void copy_id(char out[ID_SIZE], const char *id)
{
    size_t size = strlen(id);
    memcpy(out, id, size < ID_SIZE ? size + 1 : ID_SIZE);
    out[ID_SIZE - 1] = '\0';
}

struct event_entry *availability_store_add_event(struct availability_table *table, const char *id)
{
    struct event_entry *event = mem_new(table, struct event_entry);
    copy_id(event->id, id);
    STAILQ_INIT(&event->since);
    HASH_ADD_STR(table->events, id, event);
    return event;
}

/* --- Pools --- */

/* Where in its event a pool of that name is, or would be. */
static size_t place_of_pool(const struct event_entry *event, const char *name)
{
    size_t at = 0;
    while (at < event->n_pools && strcmp(event->pools[at]->name, name) < 0)
        at++;
    return at;
}

static struct pool_entry *find_pool(const struct event_entry *event, const char *name)
{
    size_t at = place_of_pool(event, name);
    return at < event->n_pools && strcmp(event->pools[at]->name, name) == 0 ? event->pools[at]
                                                                            : NULL;
}

const struct pool_entry *availability_store_pool(const struct event_entry *event, const char *name)
{
    const struct pool_entry *pool = name != NULL ? find_pool(event, name) : NULL;
    return pool != NULL && pool->rev > 0 && !pool->removed ? pool : NULL;
}

static struct pool_entry *pool_of(struct availability_table *table, struct event_entry *event,
                                  const char *name)
{
    struct pool_entry *pool = find_pool(event, name);
    if (pool != NULL)
        return pool;
    size_t at = place_of_pool(event, name);
    pool = mem_new(event, struct pool_entry);
    pool->name = mem_strdup(pool, name);
    event->pools = mem_grow(event, event->pools, struct pool_entry *, event->n_pools + 1);
    memmove(&event->pools[at + 1], &event->pools[at], (event->n_pools - at) * sizeof *event->pools);
    event->pools[at] = pool;
    event->n_pools++;
    table->n_pools++;
    return pool;
}

static void remove_pools(struct availability_table *table, struct event_entry *event)
{
    for (size_t i = 0; i < event->n_pools; i++)
        mem_free(event->pools[i]);
    table->n_pools -= event->n_pools;
    event->n_pools = 0;
}

/* --- Types --- */

/* Where in its event a type of that id is, or would be. */
static size_t place_of(const struct event_entry *event, const char *id)
{
    size_t low = 0, high = event->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(event->types[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct type_entry *add_type(struct availability_table *table, struct event_entry *event,
                                   const char *id)
{
    struct type_entry *type = mem_new(event, struct type_entry);
    copy_id(type->id, id);
    type->event = event;
    HASH_ADD_STR(table->types, id, type);
    size_t at = place_of(event, type->id);
    event->types = mem_grow(event, event->types, struct type_entry *, event->n + 1);
    memmove(&event->types[at + 1], &event->types[at], (event->n - at) * sizeof *event->types);
    event->types[at] = type;
    event->n++;
    return type;
}

static struct type_entry *type_of(struct availability_table *table, struct event_entry *event,
                                  const char *id)
{
    struct type_entry *type = availability_store_find_type(table, id);
    return type != NULL ? type : add_type(table, event, id);
}

static void free_type(struct availability_table *table, struct type_entry *type)
{
    HASH_DEL(table->types, type);
    mem_free(type);
}

bool availability_store_remove_type(struct availability_table *table, struct event_entry *event,
                                    const char *id)
{
    struct type_entry *type = availability_store_find_type(table, id);
    if (type == NULL || type->event != event)
        return false;
    size_t at = place_of(event, id);
    event->n--;
    memmove(&event->types[at], &event->types[at + 1], (event->n - at) * sizeof *event->types);
    free_type(table, type);
    return true;
}

void availability_store_clear_event(struct availability_table *table, struct event_entry *event)
{
    for (size_t i = 0; i < event->n; i++)
        free_type(table, event->types[i]);
    event->n = 0;
    remove_pools(table, event);
}

void availability_store_remove_event(struct availability_table *table, struct event_entry *event)
{
    availability_store_clear_event(table, event);
    HASH_DEL(table->events, event);
    mem_free(event);
}

/* --- News --- */

int availability_store_compare_epoch(const struct event_entry *event, struct opt_int64 epoch)
{
    if (!epoch.set || !event->epoch.set || epoch.value == event->epoch.value)
        return 0;
    return epoch.value < event->epoch.value ? -1 : 1;
}

static enum apply_result judge(int64_t known, int64_t received, int64_t step)
{
    if (received <= known)
        return APPLY_OLD;
    return received - known <= step ? APPLY_TAKEN : APPLY_DOUBTFUL;
}

enum apply_result availability_store_set_pool(struct availability_table *table,
                                              struct event_entry *event,
                                              const struct pool_level *level, int64_t step)
{
    struct pool_entry *pool = find_pool(event, level->name);
    enum apply_result result = judge(pool != NULL ? pool->rev : 0, level->rev, step);
    if (result != APPLY_TAKEN)
        return result;
    pool = pool_of(table, event, level->name);
    pool->capacity = level->capacity;
    pool->sold = level->sold;
    pool->held = level->held;
    pool->rev = level->rev;
    pool->removed = level->removed.value;
    return APPLY_TAKEN;
}

static enum apply_result set_pools(struct availability_table *table, struct event_entry *event,
                                   const struct stock_level *level)
{
    enum apply_result pool = APPLY_OLD, left_pool = APPLY_OLD;
    if (level->pool != NULL)
        pool = availability_store_set_pool(table, event, level->pool, STEP_AHEAD);
    if (level->left_pool != NULL)
        left_pool = availability_store_set_pool(table, event, level->left_pool, STEP_AHEAD);
    return pool > left_pool ? pool : left_pool;
}

static void set_counters(struct availability_table *table, struct type_entry *type,
                         const struct stock_level *level)
{
    type->capacity = level->capacity;
    type->sold = level->sold;
    type->held = level->held;
    type->rev = level->rev;
    type->pool = level->pool != NULL ? pool_of(table, type->event, level->pool->name)->name : NULL;
}

enum apply_result availability_store_set_level(struct availability_table *table,
                                               struct event_entry *event,
                                               const struct stock_level *level, int64_t step)
{
    const struct type_entry *known = availability_store_find_type(table, level->ticket_type_id);
    enum apply_result result = judge(known != NULL ? known->rev : 0, level->rev, step);
    if (result == APPLY_DOUBTFUL || (known != NULL && known->event != event))
        return APPLY_DOUBTFUL;
    if (result == APPLY_TAKEN)
        set_counters(table, type_of(table, event, level->ticket_type_id), level);
    enum apply_result pools = set_pools(table, event, level);
    return pools > result ? pools : result;
}

static void set_text(const struct type_entry *type, const char **text, const char *to)
{
    mem_free((void *)*text);
    *text = mem_strdup(type, to != NULL ? to : "");
}

enum apply_result availability_store_describe(struct availability_table *table,
                                              struct event_entry *event,
                                              const struct description *description, int64_t step)
{
    struct type_entry *type = availability_store_find_type(table, description->ticket_type_id);
    enum apply_result result = judge(type != NULL ? type->version : 0, description->version, step);
    if (type != NULL && type->event != event)
        return APPLY_DOUBTFUL;
    if (result != APPLY_TAKEN)
        return result;
    type = type_of(table, event, description->ticket_type_id);
    type->version = description->version;
    set_text(type, &type->type, description->type);
    set_text(type, &type->name, description->name);
    type->price = description->price;
    type->sales_start = description->sales_start;
    type->sales_end = description->sales_end;
    return APPLY_TAKEN;
}

static bool is(const char *status, enum event_status wanted)
{
    return strcmp(status, record_enum_text(event_status_names, (int)wanted)) == 0;
}

enum apply_result availability_store_set_status(struct event_entry *event, int64_t version,
                                                const char *status, struct opt_time over_at,
                                                int64_t step)
{
    enum apply_result result = status != NULL ? judge(event->version, version, step) : APPLY_OLD;
    if (result != APPLY_TAKEN)
        return result;
    event->version = version;
    event->over_at = over_at;
    event->published = is(status, EVENT_PUBLISHED);
    event->over = is(status, EVENT_FINISHED) || is(status, EVENT_CANCELLED);
    return APPLY_TAKEN;
}

bool availability_store_is_described(const struct type_entry *type)
{
    return type->version > 0 && type->rev > 0;
}

bool availability_store_has_undescribed(const struct event_entry *event)
{
    for (size_t i = 0; i < event->n; i++)
        if (!availability_store_is_described(event->types[i]))
            return true;
    return false;
}
