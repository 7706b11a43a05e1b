/* pool: capacity that several ticket types of an event share, so that "general" and "VIP" cannot
 * together pass the room's size.
 *
 * An event lists its pools; a type names the one that it is in. The counters are a record of their
 * own that moves whenever a type of the pool does. For every pool at any time:
 * sold + held <= capacity. A pool that the event no longer lists stays, empty and removed: so its
 * `rev` still rises if it comes back. */
#pragma once

#include "libshared/contract/common.h"

#define EVENT_POOLS_MAX 20
#define POOL_NAME_MAX 100
#define POOL_CAPACITY_MAX 1000000000

/* As an event lists it. */
struct event_pool {
    const char *name;
    int64_t capacity;
};

/* Its id is made of the event's and the name. */
struct pool {
    COMMON_MEMBERS;
    const char *event_id, *name;
    int64_t capacity, sold, held;
    struct opt_bool removed;
};

/* As facts and replies carry it: absolute; `rev` rises with each change. */
struct pool_level {
    const char *name;
    int64_t capacity, sold, held, rev;
    struct opt_bool removed;
};
struct pool_level pool_level_of(const struct pool *pool); /* borrows from it */

RECORD_OF(struct event_pool, event_pool_record);
RECORD_OF(struct pool, pool_record);
RECORD_OF(struct pool_level, pool_level_record);
