#include "libshared/contract/pool.h"

#include "libshared/contract/event.h"

#define T struct event_pool
static const struct field event_pool_fields[] = {
    FIELD(T, name, .personal = NOT_ERASED, .flags = REQUIRED, .max = POOL_NAME_MAX),
    FIELD(T, capacity, .flags = REQUIRED, .max = POOL_CAPACITY_MAX),
};
const struct record event_pool_record = RECORD("event_pool", T, event_pool_fields);
#undef T

#define T struct pool
static const struct field pool_fields[] = {
    COMMON_FIELDS(T, "pool"),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD(T, name, .personal = NOT_ERASED),
    FIELD(T, capacity),
    FIELD(T, sold),
    FIELD(T, held),
    FIELD(T, removed),
};
const struct record pool_record = RECORD("pool", T, pool_fields);
#undef T

#define T struct pool_level
static const struct field level_fields[] = {
    FIELD(T, name, .flags = REQUIRED), FIELD(T, capacity, .flags = REQUIRED),
    FIELD(T, sold, .flags = REQUIRED), FIELD(T, held, .flags = REQUIRED),
    FIELD(T, rev, .flags = REQUIRED),  FIELD(T, removed, .summary = "The event no longer has it."),
};
const struct record pool_level_record = RECORD("pool_level", T, level_fields);
#undef T

struct pool_level pool_level_of(const struct pool *pool)
{
    return (struct pool_level){.name = pool->name,
                               .capacity = pool->capacity,
                               .sold = pool->sold,
                               .held = pool->held,
                               .rev = pool->rev,
                               .removed = pool->removed};
}
