#include "tickets-svc/entries.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

struct event_entry *entries_find_event(const struct availability_table *table, const char *id,
                                       size_t size)
{
    struct event_entry *event;
    HASH_FIND(hh, table->events, id, size, event);
    return event;
}

struct event_entry *entries_event(const struct availability_table *table, const char *id)
{
    return entries_find_event(table, id, strlen(id));
}

struct type_entry *entries_find_type(const struct availability_table *table, const char *id)
{
    struct type_entry *type;
    HASH_FIND_STR(table->types, id, type);
    return type;
}

static void copy_id(char out[ID_SIZE], const char *id)
{
    size_t size = strlen(id);
    memcpy(out, id, size < ID_SIZE ? size + 1 : ID_SIZE);
    out[ID_SIZE - 1] = '\0';
}

struct event_entry *entries_add_event(struct availability_table *table, const char *id)
{
    struct event_entry *event = mem_new(table, struct event_entry);
    copy_id(event->id, id);
    HASH_ADD_STR(table->events, id, event);
    return event;
}

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

const struct pool_entry *entries_pool(const struct event_entry *event, const char *name)
{
    const struct pool_entry *pool = name != NULL ? find_pool(event, name) : NULL;
    return pool != NULL && pool->rev > 0 && !pool->removed ? pool : NULL;
}

static struct pool_entry *pool_of(struct event_entry *event, const char *name)
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
    return pool;
}

bool entries_set_pool(struct event_entry *event, const struct pool_level *level)
{
    struct pool_entry *pool = pool_of(event, level->name);
    if (level->rev <= pool->rev)
        return false;
    pool->capacity = level->capacity;
    pool->sold = level->sold;
    pool->held = level->held;
    pool->rev = level->rev;
    pool->removed = level->removed.value;
    return true;
}

void entries_remove_pools(struct event_entry *event)
{
    for (size_t i = 0; i < event->n_pools; i++)
        mem_free(event->pools[i]);
    event->n_pools = 0;
}

static struct pool_level *keep_level(const void *owner, const struct pool_level *level)
{
    if (level == NULL)
        return NULL;
    struct pool_level *kept = mem_dup(owner, level, sizeof *level);
    kept->name = mem_strdup(kept, level->name);
    return kept;
}

/* The pools' own counters; a type without an event keeps them until it has one. */
static bool set_pools(struct type_entry *type, const struct stock_level *level)
{
    bool moved = false;
    if (type->event != NULL) {
        moved = level->pool != NULL && entries_set_pool(type->event, level->pool);
        return (level->left_pool != NULL && entries_set_pool(type->event, level->left_pool)) ||
               moved;
    }
    mem_free(type->heard);
    type->heard = mem_new(type, struct heard_pools);
    type->heard->pool = keep_level(type->heard, level->pool);
    type->heard->left_pool = keep_level(type->heard, level->left_pool);
    return moved;
}

static const char *pool_name(const struct type_entry *type, const struct stock_level *level)
{
    if (level->pool == NULL)
        return NULL;
    return type->event != NULL ? pool_of(type->event, level->pool->name)->name
                               : type->heard->pool->name;
}

/* What it heard of pools before it had an event. */
static void tell_heard(struct type_entry *type)
{
    const struct stock_level heard = {.pool = type->heard->pool,
                                      .left_pool = type->heard->left_pool};
    (void)set_pools(type, &heard);
    type->pool = pool_name(type, &heard);
    mem_free(type->heard);
    type->heard = NULL;
}

static void attach(struct event_entry *event, struct type_entry *type)
{
    size_t at = place_of(event, type->id);
    event->types = mem_grow(event, event->types, struct type_entry *, event->n + 1);
    memmove(&event->types[at + 1], &event->types[at], (event->n - at) * sizeof *event->types);
    event->types[at] = type;
    event->n++;
    type->event = event;
    if (type->heard != NULL)
        tell_heard(type);
}

struct type_entry *entries_add_type(struct availability_table *table, const char *id)
{
    struct type_entry *type = mem_new(table, struct type_entry);
    copy_id(type->id, id);
    HASH_ADD_STR(table->types, id, type);
    table->loose++;
    return type;
}

/* A type stays with the event that it was first heard of with. */
struct type_entry *entries_type_of(struct availability_table *table, struct event_entry *event,
                                   const char *id)
{
    struct type_entry *type = entries_find_type(table, id);
    if (type == NULL)
        type = entries_add_type(table, id);
    if (type->event == NULL) {
        attach(event, type);
        table->loose--;
    }
    return type;
}

static void free_type(struct availability_table *table, struct type_entry *type)
{
    HASH_DEL(table->types, type);
    mem_free(type);
}

static void remove_type(struct availability_table *table, struct event_entry *event, size_t at)
{
    free_type(table, event->types[at]);
    event->n--;
    memmove(&event->types[at], &event->types[at + 1], (event->n - at) * sizeof *event->types);
}

void entries_remove_types(struct availability_table *table, struct event_entry *event,
                          entries_unwanted *unwanted)
{
    for (size_t at = event->n; at-- > 0;)
        if (unwanted(event->types[at]))
            remove_type(table, event, at);
}

bool entries_is_deleted(const struct type_entry *type)
{
    return type->deleted;
}

bool entries_is_undescribed(const struct type_entry *type)
{
    return type->version == 0 || !type->counted;
}

bool entries_is_any(const struct type_entry *type)
{
    (void)type;
    return true;
}

void entries_remove_event(struct availability_table *table, struct event_entry *event)
{
    entries_remove_types(table, event, entries_is_any);
    HASH_DEL(table->events, event);
    mem_free(event);
}

void entries_remove_loose(struct availability_table *table)
{
    struct type_entry *type, *next;
    HASH_ITER (hh, table->types, type, next)
        if (type->event == NULL)
            free_type(table, type);
    table->loose = 0;
}

bool entries_set_level(struct type_entry *type, const struct stock_level *level)
{
    if (type->counted && level->rev <= type->rev)
        return type->event != NULL && set_pools(type, level);
    (void)set_pools(type, level);
    type->capacity = level->capacity;
    type->sold = level->sold;
    type->held = level->held;
    type->rev = level->rev;
    type->pool = pool_name(type, level);
    type->counted = true;
    return true;
}

static void set_text(const struct type_entry *type, const char **text, const char *to)
{
    mem_free((void *)*text);
    *text = mem_strdup(type, to != NULL ? to : "");
}

bool entries_describe(struct type_entry *type, const struct description *description)
{
    if (description->version <= type->version)
        return false;
    type->version = description->version;
    set_text(type, &type->type, description->type);
    set_text(type, &type->name, description->name);
    type->price = description->price;
    type->sales_start = description->sales_start;
    type->sales_end = description->sales_end;
    return true;
}

bool entries_set_status(struct event_entry *event, int64_t version, const char *status)
{
    if (version <= event->version || status == NULL)
        return false;
    event->version = version;
    event->published = strcmp(status, record_enum_text(event_status_names, EVENT_PUBLISHED)) == 0;
    return true;
}

bool entries_has_undescribed(const struct event_entry *event)
{
    for (size_t i = 0; i < event->n; i++)
        if (!event->types[i]->deleted && entries_is_undescribed(event->types[i]))
            return true;
    return false;
}
