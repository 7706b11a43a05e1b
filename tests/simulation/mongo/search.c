/* Finds documents by a filter, in an order. */
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/mongo/parts.h"
#include "tests/simulation/mongo/plan.h"

struct search {
    struct database *database;
    struct collection_kept *collection;
    const struct transaction *transaction;
    int64_t snapshot;
    const struct filter *filter;
    size_t limit;
    void *arena;
    struct found {
        struct document document;
        const struct slot *slot;
        struct key *key;
    } * found;
    size_t n, room;
    uint64_t mark;
};

static void look_at(struct search *search, struct slot *slot)
{
    bson_t document;
    if (slot->mark == search->mark)
        return;
    slot->mark = search->mark;
    const struct version *version = version_visible(slot, search->transaction, search->snapshot);
    if (version == NULL || !version_open(version, &document) ||
        !filter_matches(search->filter, &document))
        return;
    if (search->n == search->room) {
        search->room = search->room > 0 ? 2 * search->room : 16;
        search->found = talloc_realloc(search->arena, search->found, struct found, search->room);
    }
    search->found[search->n++] =
        (struct found){.document = {version->bytes, version->n}, .slot = slot};
}

static void append_operand(struct key *key, const struct operand *operand)
{
    memcpy(key->bytes + key->n, operand->bytes, operand->n);
    key->n += operand->n;
}

static const struct condition *bound(const struct plan *plan, const struct filter *filter,
                                     enum operator strict, enum operator open)
{
    if (plan->equal >= plan->index->n || plan->in != NULL)
        return NULL;
    const char *member = plan->index->members[plan->equal];
    const struct condition *condition = filter_find(filter, member, strict);
    return condition != NULL ? condition : filter_find(filter, member, open);
}

/* All entries that begin with the prefix, between the bounds of the next member. */
static void scan_prefix(struct search *search, const struct plan *plan, struct key *prefix)
{
    const struct condition *from = bound(plan, search->filter, OPERATOR_GREATER, OPERATOR_NOT_LESS);
    const struct condition *to = bound(plan, search->filter, OPERATOR_LESS, OPERATOR_NOT_GREATER);
    struct key start, end;
    start.n = end.n = prefix->n;
    memcpy(start.bytes, prefix->bytes, prefix->n);
    memcpy(end.bytes, prefix->bytes, prefix->n);
    if (from != NULL)
        append_operand(&start, &from->operands[0]);
    if (to != NULL)
        append_operand(&end, &to->operands[0]);
    for (const struct entry *at = index_from(&plan->index->index, start.bytes, start.n);
         at != NULL && (search->limit == 0 || !plan->sorted || search->n < search->limit);
         at = at->next[0]) {
        if (at->n < prefix->n || memcmp(at->bytes, prefix->bytes, prefix->n) != 0)
            return;
        if (to != NULL && memcmp(at->bytes, end.bytes, at->n < end.n ? at->n : end.n) > 0)
            return;
        look_at(search, at->slot);
    }
}

static void scan_index(struct search *search, const struct plan *plan)
{
    struct key prefix;
    prefix.n = 0;
    keys_build(search->collection, plan->index);
    for (size_t i = 0; i < plan->equal; i++)
        append_operand(&prefix,
                       &plan_equal_to(search->filter, plan->index->members[i])->operands[0]);
    if (plan->in == NULL) {
        scan_prefix(search, plan, &prefix);
        return;
    }
    for (size_t i = 0; i < plan->in->n; i++) {
        size_t n = prefix.n;
        append_operand(&prefix, &plan->in->operands[i]);
        scan_prefix(search, plan, &prefix);
        prefix.n = n;
    }
}

static bool scan_ids(struct search *search)
{
    const struct condition *ids = filter_find(search->filter, "_id", OPERATOR_EQUAL);
    if (ids == NULL)
        ids = filter_find(search->filter, "_id", OPERATOR_IN);
    for (size_t i = 0; ids != NULL && i < ids->n; i++) {
        struct slot *slot =
            slot_find(search->collection, ids->operands[i].bytes, ids->operands[i].n);
        if (slot != NULL)
            look_at(search, slot);
    }
    return ids != NULL;
}

static void scan(struct search *search, const struct sort *sort, bool *ret_sorted)
{
    *ret_sorted = false;
    if (scan_ids(search))
        return;
    const struct plan plan = plan_best(search->collection, search->filter, sort->member);
    if (plan.index != NULL) {
        *ret_sorted = plan.sorted && !sort->descending && sort->second == NULL;
        search->limit = *ret_sorted || sort->member == NULL ? sort->limit : 0;
        scan_index(search, &plan);
        return;
    }
    for (struct slot *slot = search->collection->slots; slot != NULL; slot = slot->hh.next)
        look_at(search, slot);
}

static void append_value(void *context, const bson_iter_t *at)
{
    value_append(context, at);
}

static void key_found(struct search *search, struct found *found, const struct sort *sort)
{
    bson_t document;
    const char *const members[] = {sort->member, sort->second};
    found->key = talloc_size(search->arena, sizeof *found->key);
    found->key->n = 0;
    (void)bson_init_static(&document, found->document.bytes, found->document.n);
    for (size_t i = 0; i < 2 && members[i] != NULL; i++)
        if (value_walk(&document, members[i], append_value, found->key) == 0)
            value_append_null(found->key);
    memcpy(found->key->bytes + found->key->n, found->slot->id, found->slot->n);
    found->key->n += found->slot->n;
}

static int compare_found(const void *a, const void *b)
{
    const struct key *one = ((const struct found *)a)->key, *other = ((const struct found *)b)->key;
    return value_compare(one->bytes, one->n, other->bytes, other->n);
}

static void order(struct search *search, const struct sort *sort)
{
    for (size_t i = 0; i < search->n; i++)
        key_found(search, &search->found[i], sort);
    if (search->n > 1)
        qsort(search->found, search->n, sizeof *search->found, compare_found);
    for (size_t i = 0; sort->descending && i < search->n / 2; i++) {
        struct found swapped = search->found[i];
        search->found[i] = search->found[search->n - 1 - i];
        search->found[search->n - 1 - i] = swapped;
    }
}

size_t database_find(struct database *database, struct collection_kept *collection,
                     struct transaction *transaction, const struct filter *filter,
                     const struct sort *sort, void *arena, struct document **ret_found)
{
    transaction_fix_snapshot(database, transaction);
    struct search search = {.database = database,
                            .collection = collection,
                            .transaction = transaction,
                            .snapshot =
                                transaction != NULL ? transaction->snapshot : database->stamp,
                            .filter = filter,
                            .arena = arena,
                            .mark = ++database->searches};
    bool sorted = false;
    if (collection != NULL)
        scan(&search, sort, &sorted);
    if (sort->member != NULL && !sorted)
        order(&search, sort);
    if (sort->limit > 0 && search.n > sort->limit)
        search.n = sort->limit;
    *ret_found = talloc_array(arena, struct document, search.n + 1);
    for (size_t i = 0; i < search.n; i++)
        (*ret_found)[i] = search.found[i].document;
    return search.n;
}
