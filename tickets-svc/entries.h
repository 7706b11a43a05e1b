/* entries: what availability keeps: events, their types and their pools, of which newer news takes
 * the place of older: of an event or type the greater `version` stays, of a stock or pool the
 * greater `rev`.
 *
 * Internal to availability. Everything lives in the table. One thread. */
#pragma once

#include <uthash.h>

#include "libshared/base/id.h"
#include "libshared/contract/ticket_type.h"
#include "tickets-svc/availability.h"

struct event_entry;

/* What a reply told of the pools of a type whose event is unsaid. */
struct heard_pools {
    struct pool_level *pool, *left_pool;
};

struct pool_entry {
    const char *name;
    int64_t capacity, sold, held;
    int64_t rev; /* 0: only its name is known */
    bool removed;
};

struct type_entry {
    char id[ID_SIZE];
    struct event_entry
        *event; /* NULL: heard of while a question is out, of which event is unsaid */
    const char *type, *name;
    struct money price;
    struct opt_time sales_start, sales_end;
    int64_t version; /* 0: not described */
    int64_t capacity, sold, held, rev;
    bool counted;     /* the line above is known, and so is: */
    const char *pool; /* NULL: none. The name of the pool's entry, or of what was heard of it */
    struct heard_pools *heard; /* NULL: nothing */
    bool deleted;              /* while a question is out, whose answer may still have it */
    UT_hash_handle hh;
};

struct event_entry {
    char id[ID_SIZE];
    bool published;
    int64_t version;
    bool learnt, asked, deleted;
    bool missed; /* facts, since the question that is out */
    bool gap;
    struct type_entry **types; /* by id, which is the order they were made in */
    size_t n;
    struct pool_entry **pools; /* by name */
    size_t n_pools;
    UT_hash_handle hh;
};

struct availability_table {
    availability_changed *changed;
    void *context;
    struct event_entry *events;
    struct type_entry *types;
    size_t asked; /* questions that are out */
    size_t loose; /* types without an event */
};

/* NULL: there is none. `id` need not end with a NUL. */
struct event_entry *entries_find_event(const struct availability_table *table, const char *id,
                                       size_t size);
struct event_entry *entries_event(const struct availability_table *table, const char *id);
struct type_entry *entries_find_type(const struct availability_table *table, const char *id);

struct event_entry *entries_add_event(struct availability_table *table, const char *id);
/* Without an event. */
struct type_entry *entries_add_type(struct availability_table *table, const char *id);
/* The event's; added if there is none. A type stays with the event that it was first heard of with.
 */
struct type_entry *entries_type_of(struct availability_table *table, struct event_entry *event,
                                   const char *id);

/* NULL: there is none, or it is gone. */
const struct pool_entry *entries_pool(const struct event_entry *event, const char *name);

typedef bool entries_unwanted(const struct type_entry *type);
entries_unwanted entries_is_deleted, entries_is_undescribed, entries_is_any;
bool entries_has_undescribed(const struct event_entry *event);
void entries_remove_types(struct availability_table *table, struct event_entry *event,
                          entries_unwanted *unwanted);
void entries_remove_loose(struct availability_table *table); /* those without an event */
void entries_remove_pools(struct event_entry *event);        /* once it has no types */
void entries_remove_event(struct availability_table *table, struct event_entry *event);

/* Each takes in what is newer than what is there; false: it is not. A level may tell of pools too.
 */
bool entries_set_pool(struct event_entry *event, const struct pool_level *level);
bool entries_set_level(struct type_entry *type, const struct stock_level *level);
struct description {
    int64_t version;
    const char *type, *name;
    struct money price;
    struct opt_time sales_start, sales_end;
};

bool entries_describe(struct type_entry *type, const struct description *description);
bool entries_set_status(struct event_entry *event, int64_t version, const char *status);
