#include "tests/simulation/mongo/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

/* --- Reading --- */

static struct operand take_operand(void *arena, const struct key *key)
{
    return (struct operand){talloc_memdup(arena, key->bytes, key->n), key->n};
}

static int compare_operands(const void *a, const void *b)
{
    const struct operand *one = a, *other = b;
    return value_compare(one->bytes, one->n, other->bytes, other->n);
}

static void add_operand(void *arena, struct condition *condition, const bson_iter_t *at)
{
    struct key key;
    key.n = 0;
    value_append(&key, at);
    condition->operands =
        talloc_realloc(arena, condition->operands, struct operand, condition->n + 1);
    condition->operands[condition->n++] = take_operand(arena, &key);
}

static void sort_operands(struct condition *condition)
{
    size_t kept = 0;
    if (condition->n > 1)
        qsort(condition->operands, condition->n, sizeof *condition->operands, compare_operands);
    for (size_t i = 0; i < condition->n; i++)
        if (kept == 0 ||
            compare_operands(&condition->operands[kept - 1], &condition->operands[i]) != 0)
            condition->operands[kept++] = condition->operands[i];
    condition->n = kept;
}

static struct condition *add_condition(void *arena, struct filter *filter, const char *path,
                                       enum operator operator)
{
    filter->conditions = talloc_realloc(arena, filter->conditions, struct condition, filter->n + 1);
    filter->conditions[filter->n] = (struct condition){.path = path, .operator= operator};
    return &filter->conditions[filter->n++];
}

static enum operator operator_of(const char *name, const bson_iter_t *at)
{
    static const struct {
        const char *name;
        enum operator operator;
    } known[] = {{"$in", OPERATOR_IN},      {"$all", OPERATOR_ALL},
                 {"$gt", OPERATOR_GREATER}, {"$gte", OPERATOR_NOT_LESS},
                 {"$lt", OPERATOR_LESS},    {"$lte", OPERATOR_NOT_GREATER}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].operator;
    if (strcmp(name, "$exists") == 0)
        return bson_iter_as_bool(at) ? OPERATOR_EXISTS : OPERATOR_MISSING;
    fprintf(stderr, "simulated database: operator %s is not known\n", name);
    abort();
}

static void read_operators(void *arena, const char *path, const bson_iter_t *list,
                           struct filter *filter)
{
    bson_iter_t at, element;
    if (!bson_iter_recurse(list, &at))
        return;
    while (bson_iter_next(&at)) {
        struct condition *condition =
            add_condition(arena, filter, path, operator_of(bson_iter_key(&at), &at));
        if (!BSON_ITER_HOLDS_ARRAY(&at)) {
            add_operand(arena, condition, &at);
            continue;
        }
        if (bson_iter_recurse(&at, &element))
            while (bson_iter_next(&element))
                add_operand(arena, condition, &element);
        sort_operands(condition);
    }
}

static void read_any(void *arena, const bson_iter_t *list, struct filter *filter)
{
    bson_iter_t at;
    if (!bson_iter_recurse(list, &at))
        return;
    while (bson_iter_next(&at)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_t query;
        bson_iter_document(&at, &length, &bytes);
        filter->any = talloc_realloc(arena, filter->any, struct filter, filter->n_any + 1);
        if (bson_init_static(&query, bytes, length))
            filter_read(arena, &query, &filter->any[filter->n_any++]);
    }
}

static bool holds_operators(const bson_iter_t *at)
{
    bson_iter_t inner;
    return BSON_ITER_HOLDS_DOCUMENT(at) && bson_iter_recurse(at, &inner) &&
           (!bson_iter_next(&inner) || *bson_iter_key(&inner) == '$');
}

void filter_read(void *arena, const bson_t *query, struct filter *ret_filter)
{
    bson_iter_t at;
    *ret_filter = (struct filter){0};
    if (!bson_iter_init(&at, query))
        return;
    while (bson_iter_next(&at)) {
        const char *path = bson_iter_key(&at);
        if (strcmp(path, "$or") == 0)
            read_any(arena, &at, ret_filter);
        else if (holds_operators(&at))
            read_operators(arena, path, &at, ret_filter);
        else
            add_operand(arena, add_condition(arena, ret_filter, path, OPERATOR_EQUAL), &at);
    }
}

const struct condition *filter_find(const struct filter *filter, const char *path,
                                    enum operator operator)
{
    for (size_t i = 0; i < filter->n; i++)
        if (filter->conditions[i].operator== operator&&
            strcmp(filter->conditions[i].path, path) == 0)
            return &filter->conditions[i];
    return NULL;
}

/* --- Matching --- */

struct matching {
    const struct condition *condition;
    size_t matched; /* values, or, of OPERATOR_ALL, operands */
    uint64_t seen;  /* operands of OPERATOR_ALL, as bits */
};

static bool is_in(const struct condition *condition, const struct operand *value)
{
    return bsearch(value, condition->operands, condition->n, sizeof *value, compare_operands) !=
           NULL;
}

static void note_all(struct matching *matching, const struct operand *value)
{
    for (size_t i = 0; i < matching->condition->n && i < 64; i++)
        if (compare_operands(value, &matching->condition->operands[i]) == 0)
            matching->seen |= UINT64_C(1) << i;
}

static bool holds(const struct condition *condition, const struct operand *value)
{
    if (condition->operator== OPERATOR_EXISTS)
        return true;
    if (condition->operator== OPERATOR_IN)
        return is_in(condition, value);
    const struct operand *operand = &condition->operands[0];
    int order = compare_operands(value, operand);
    bool same_type = value->bytes[0] == operand->bytes[0];
    switch (condition->operator) {
    case OPERATOR_EQUAL:
        return order == 0;
    case OPERATOR_GREATER:
        return same_type && order > 0;
    case OPERATOR_NOT_LESS:
        return same_type && order >= 0;
    case OPERATOR_LESS:
        return same_type && order < 0;
    default:
        return same_type && order <= 0;
    }
}

static void match_value(void *context, const bson_iter_t *at)
{
    struct matching *matching = context;
    struct key key;
    key.n = 0;
    value_append(&key, at);
    const struct operand value = {key.bytes, key.n};
    if (matching->condition->operator== OPERATOR_ALL)
        note_all(matching, &value);
    else
        matching->matched += holds(matching->condition, &value);
}

static bool condition_holds(const struct condition *condition, const bson_t *document)
{
    struct matching matching = {.condition = condition};
    size_t values = value_walk(document, condition->path, match_value, &matching);
    if (condition->operator== OPERATOR_MISSING)
        return values == 0;
    if (condition->operator== OPERATOR_ALL)
        return matching.seen + 1 == UINT64_C(1) << condition->n;
    if (condition->operator== OPERATOR_EQUAL && values == 0)
        return value_is_null(condition->operands[0].bytes, condition->operands[0].n);
    return matching.matched > 0;
}

bool filter_matches(const struct filter *filter, const bson_t *document)
{
    for (size_t i = 0; i < filter->n; i++)
        if (!condition_holds(&filter->conditions[i], document))
            return false;
    for (size_t i = 0; i < filter->n_any; i++)
        if (filter_matches(&filter->any[i], document))
            return true;
    return filter->n_any == 0;
}
