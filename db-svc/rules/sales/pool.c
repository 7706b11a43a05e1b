#include "db-svc/rules/sales/pool.h"

#include <string.h>

#include "db-svc/rules/sales/ledger.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ticket_type.h"

static const char *id_of(struct decision *decision, const char *event_id, const char *name)
{
    return pool_id(decision_arena(decision), event_id, name);
}

const struct pool *pool_find(struct decision *decision, const char *event_id, const char *name)
{
    const struct pool *pool =
        decision_read(decision, &collection_pools, id_of(decision, event_id, name));
    return pool != NULL && !pool->removed.value ? pool : NULL;
}

static bool lists(const struct event *event, const char *name)
{
    for (size_t i = 0; i < event->pools.n; i++)
        if (strcmp(event->pools.at[i].name, name) == 0)
            return true;
    return false;
}

struct unlisted {
    const struct event *wanted;
    bool any;
};

static void look_at_type(void *context, const void *record)
{
    struct unlisted *unlisted = context;
    const struct ticket_type *type = record;
    unlisted->any = unlisted->any || (type->pool != NULL && !lists(unlisted->wanted, type->pool));
}

static bool check_none_in_use(struct decision *decision, const struct event *was,
                              const struct event *wanted, struct answer *ret_refusal)
{
    struct unlisted unlisted = {.wanted = wanted};
    if (was->pools.n > 0)
        decision_each(
            decision,
            &(struct store_page){.collection = &collection_ticket_types, .event_id = was->id}, 1,
            look_at_type, &unlisted);
    if (!unlisted.any)
        return true;
    struct decoder decoder = decision_decoder(decision);
    violations_add(decoder.violations, &(struct path){.name = "pools"}, VIOLATION_pool_in_use);
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

bool pool_check(struct decision *decision, const struct event *was, const struct event *wanted,
                struct answer *ret_refusal)
{
    for (size_t i = 0; i < wanted->pools.n; i++) {
        const struct event_pool *pool = &wanted->pools.at[i];
        const struct pool *now = pool_find(decision, was->id, pool->name);
        if (now == NULL || pool->capacity >= now->sold + now->held)
            continue;
        *ret_refusal =
            answer_refuse_with(decision, PROBLEM_below_committed,
                               json_pack("{sssIsI}", "pool", pool->name, "sold",
                                         (json_int_t)now->sold, "held", (json_int_t)now->held));
        return false;
    }
    return check_none_in_use(decision, was, wanted, ret_refusal);
}

static const struct pool *put(struct decision *decision, const char *event_id, const char *name,
                              int64_t capacity, bool removed)
{
    const char *id = id_of(decision, event_id, name);
    const struct pool *now = decision_read(decision, &collection_pools, id);
    if (now != NULL && now->capacity == capacity && now->removed.value == removed)
        return now;
    struct pool *pool = now != NULL ? decision_change(decision, &collection_pools, id)
                                    : decision_add(decision, &collection_pools, id);
    const struct ledger_change change = {.capacity = capacity - pool->capacity};
    pool->event_id = event_id;
    pool->name = name;
    pool->capacity = capacity;
    pool->removed = (struct opt_bool){.set = removed, .value = removed};
    ledger_pool(decision, pool, now != NULL ? MOVEMENT_RESIZED : MOVEMENT_OPENED, change, NULL,
                NULL);
    return pool;
}

void pool_put(struct decision *decision, const struct event *was, const struct event *event,
              struct fact_body *fact)
{
    size_t before = was != NULL ? was->pools.n : 0;
    struct pool_level *levels =
        mem_array(decision_arena(decision), struct pool_level, before + event->pools.n + 1);
    fact->pools.at = levels;
    for (size_t i = 0; i < event->pools.n; i++)
        levels[fact->pools.n++] = pool_level_of(
            put(decision, event->id, event->pools.at[i].name, event->pools.at[i].capacity, false));
    for (size_t i = 0; i < before; i++)
        if (!lists(event, was->pools.at[i].name))
            levels[fact->pools.n++] =
                pool_level_of(put(decision, event->id, was->pools.at[i].name, 0, true));
}

void pool_close(struct decision *decision, const struct pool *pool)
{
    const struct pool *last = decision_change(decision, &collection_pools, pool->id);
    ledger_pool(decision, last, MOVEMENT_CLOSED,
                (struct ledger_change){.capacity = -last->capacity}, NULL, NULL);
    decision_remove(decision, &collection_pools, pool->id);
}
