#include "tests/simulation/mongo/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct updating {
    const bson_t *before, *update;
    bool inserts;
    bson_t *after;
};

static bool find_in(const bson_t *update, const char *operator, const char * member,
                    bson_iter_t *ret_at)
{
    bson_iter_t list;
    return bson_iter_init_find(&list, update, operator) && BSON_ITER_HOLDS_DOCUMENT(&list) &&
           bson_iter_recurse(&list, ret_at) && bson_iter_find(ret_at, member);
}

static void put(struct updating *updating, const char *member, const bson_iter_t *value)
{
    (void)bson_append_iter(updating->after, member, -1, value);
}

/* A member that was there; `now` NULL: it was not. */
static void put_member(struct updating *updating, const char *member, const bson_iter_t *now)
{
    const bson_t *update = updating->update;
    bson_iter_t at;
    if (find_in(update, "$unset", member, &at))
        return;
    if (find_in(update, "$set", member, &at))
        put(updating, member, &at);
    else if (updating->inserts && find_in(update, "$setOnInsert", member, &at))
        put(updating, member, &at);
    else if (find_in(update, "$inc", member, &at))
        (void)bson_append_int64(updating->after, member, -1,
                                (now != NULL ? bson_iter_as_int64(now) : 0) +
                                    bson_iter_as_int64(&at));
    else if (find_in(update, "$max", member, &at) &&
             (now == NULL || bson_iter_as_int64(&at) > bson_iter_as_int64(now)))
        put(updating, member, &at);
    else if (now != NULL)
        put(updating, member, now);
}

static void check_operator(const char *name)
{
    static const char *const known[] = {"$set", "$unset", "$setOnInsert", "$inc", "$max"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return;
    fprintf(stderr, "simulated database: update operator %s is not known\n", name);
    abort();
}

static void put_new(struct updating *updating)
{
    bson_iter_t operator, at;
    if (!bson_iter_init(&operator, updating->update))
        return;
    while (bson_iter_next(&operator)) {
        check_operator(bson_iter_key(&operator));
        if (!bson_iter_recurse(&operator, & at))
            continue;
        while (bson_iter_next(&at))
            if (!bson_has_field(updating->after, bson_iter_key(&at)) &&
                (updating->before == NULL || !bson_has_field(updating->before, bson_iter_key(&at))))
                put_member(updating, bson_iter_key(&at), NULL);
    }
}

static bool is_replacement(const bson_t *update)
{
    bson_iter_t at;
    return !bson_iter_init(&at, update) || !bson_iter_next(&at) || *bson_iter_key(&at) != '$';
}

static void put_id(bson_t *after, const bson_t *from)
{
    bson_iter_t at;
    if (bson_iter_init_find(&at, from, "_id") && !BSON_ITER_HOLDS_DOCUMENT(&at))
        (void)bson_append_iter(after, "_id", -1, &at);
}

static bson_t *replace(const bson_t *before, const bson_t *query, const bson_t *update)
{
    if (bson_has_field(update, "_id"))
        return bson_copy(update);
    bson_t *after = bson_new();
    put_id(after, before != NULL ? before : query);
    (void)bson_concat(after, update);
    return after;
}

bson_t *update_apply(const bson_t *before, const bson_t *query, const bson_t *update)
{
    bson_iter_t at;
    if (is_replacement(update))
        return replace(before, query, update);
    struct updating updating = {
        .before = before, .update = update, .inserts = before == NULL, .after = bson_new()};
    if (before == NULL)
        put_id(updating.after, query);
    if (before != NULL && bson_iter_init(&at, before))
        while (bson_iter_next(&at))
            put_member(&updating, bson_iter_key(&at), &at);
    put_new(&updating);
    return updating.after;
}
