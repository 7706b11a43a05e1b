#include "tests/simulation/mongo/database.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <uthash.h>

/* A document at a time. */
struct version {
    struct version *older;
    int64_t stamp;          /* of its commit */
    struct transaction *by; /* NULL: it is committed */
    uint32_t n;
    bool deleted;
    uint8_t bytes[];
};

struct slot {
    struct version *newest;
    uint64_t mark; /* of the search that saw it last */
    bool stale;    /* listed to be pruned */
    UT_hash_handle hh;
    uint32_t n;
    uint8_t id[];
};

struct index_kept {
    char *name, *members[INDEX_MEMBERS];
    size_t n;
    bool unique, sparse;
    bool built; /* only what is searched is kept up */
    struct index index;
};

#define INDEXES_MOST 16
struct collection_kept {
    char *name;
    struct database *database;
    struct slot *slots;
    struct index_kept indexes[INDEXES_MOST];
    size_t n_indexes;
    struct collection_kept *next;
};

struct written {
    struct collection_kept *collection;
    struct slot *slot;
};

struct database {
    struct collection_kept *collections;
    struct transaction *open;
    int64_t stamp;
    uint64_t searches;
    struct written *stale;
    size_t n_stale, room_stale;
    const char *duplicate;
    database_committed *told;
    void *context;
};

struct database *database_new(void)
{
    return calloc(1, sizeof(struct database));
}

void database_watch(struct database *database, database_committed *told, void *context)
{
    database->told = told;
    database->context = context;
}

/* --- Collections --- */

struct collection_kept *database_collection(struct database *database, const char *name,
                                            bool create)
{
    for (struct collection_kept *at = database->collections; at != NULL; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at;
    if (!create)
        return NULL;
    struct collection_kept *collection = calloc(1, sizeof *collection);
    *collection = (struct collection_kept){
        .name = strdup(name), .database = database, .next = database->collections};
    database->collections = collection;
    return collection;
}

struct collection_kept *database_next(const struct database *database,
                                      const struct collection_kept *after)
{
    return after == NULL ? database->collections : after->next;
}

const char *database_name(const struct collection_kept *collection)
{
    return collection->name;
}

static bool open_version(const struct version *version, bson_t *ret_document)
{
    return !version->deleted && bson_init_static(ret_document, version->bytes, version->n);
}

/* --- Index keys --- */

struct keying {
    const struct index_kept *index;
    const bson_t *document;
    const struct slot *slot;
    void (*each)(void *context, const struct key *key);
    void *context;
    size_t member;
    struct key *key;
};

static void key_member(struct keying *keying, size_t member);

static void key_value(void *context, const bson_iter_t *at)
{
    struct keying *keying = context;
    size_t n = keying->key->n, member = keying->member;
    value_append(keying->key, at);
    key_member(keying, member + 1);
    keying->member = member;
    keying->key->n = n;
}

static void key_member(struct keying *keying, size_t member)
{
    if (member == keying->index->n) {
        size_t n = keying->key->n;
        memcpy(keying->key->bytes + n, keying->slot->id, keying->slot->n);
        keying->key->n += keying->slot->n;
        keying->each(keying->context, keying->key);
        keying->key->n = n;
        return;
    }
    keying->member = member;
    if (value_walk(keying->document, keying->index->members[member], key_value, keying) > 0)
        return;
    if (keying->index->sparse && member == 0)
        return;
    size_t n = keying->key->n;
    value_append_null(keying->key);
    key_member(keying, member + 1);
    keying->key->n = n;
}

/* Calls `each` with every key of the document; each ends with its id. */
static void each_key(const struct index_kept *index, const struct slot *slot,
                     const bson_t *document, void (*each)(void *, const struct key *),
                     void *context)
{
    struct key key;
    key.n = 0;
    struct keying keying = {.index = index,
                            .document = document,
                            .slot = slot,
                            .each = each,
                            .context = context,
                            .key = &key};
    key_member(&keying, 0);
}

struct keeping {
    struct index_kept *index;
    struct slot *slot;
};

static void add_key(void *context, const struct key *key)
{
    const struct keeping *keeping = context;
    index_add(&keeping->index->index, key->bytes, key->n, keeping->slot);
}

static void remove_key(void *context, const struct key *key)
{
    const struct keeping *keeping = context;
    index_remove(&keeping->index->index, key->bytes, key->n);
}

static void keep_version(struct collection_kept *collection, struct slot *slot,
                         const struct version *version, bool add)
{
    bson_t document;
    if (!open_version(version, &document))
        return;
    for (size_t i = 0; i < collection->n_indexes; i++) {
        struct keeping keeping = {&collection->indexes[i], slot};
        if (collection->indexes[i].built)
            each_key(keeping.index, slot, &document, add ? add_key : remove_key, &keeping);
    }
}

static void build(struct collection_kept *collection, struct index_kept *index)
{
    if (index->built)
        return;
    index->built = true;
    for (struct slot *slot = collection->slots; slot != NULL; slot = slot->hh.next)
        for (const struct version *at = slot->newest; at != NULL; at = at->older) {
            bson_t document;
            struct keeping keeping = {index, slot};
            if (open_version(at, &document))
                each_key(index, slot, &document, add_key, &keeping);
        }
}

void database_create_index(struct collection_kept *collection, const struct index_wish *wish)
{
    for (size_t i = 0; i < collection->n_indexes; i++)
        if (strcmp(collection->indexes[i].name, wish->name) == 0)
            return;
    assert(collection->n_indexes < INDEXES_MOST);
    struct index_kept *index = &collection->indexes[collection->n_indexes++];
    *index = (struct index_kept){
        .name = strdup(wish->name), .n = wish->n, .unique = wish->unique, .sparse = wish->sparse};
    for (size_t i = 0; i < wish->n; i++)
        index->members[i] = strdup(wish->members[i]);
    if (index->unique)
        build(collection, index);
}

static void free_index(struct index_kept *index)
{
    index_clear(&index->index);
    for (size_t i = 0; i < index->n; i++)
        free(index->members[i]);
    free(index->name);
}

void database_drop_index(struct collection_kept *collection, const char *name)
{
    for (size_t i = 0; i < collection->n_indexes; i++)
        if (strcmp(collection->indexes[i].name, name) == 0) {
            free_index(&collection->indexes[i]);
            collection->indexes[i] = collection->indexes[--collection->n_indexes];
            return;
        }
}

const char *database_index_name(const struct collection_kept *collection, size_t number)
{
    return number < collection->n_indexes ? collection->indexes[number].name : NULL;
}

/* --- Slots --- */

static void free_slot(struct collection_kept *collection, struct slot *slot)
{
    while (slot->newest != NULL) {
        struct version *version = slot->newest;
        slot->newest = version->older;
        free(version);
    }
    HASH_DEL(collection->slots, slot);
    free(slot);
}

static void clear_collection(struct collection_kept *collection)
{
    for (size_t i = 0; i < collection->n_indexes; i++)
        index_clear(&collection->indexes[i].index);
    while (collection->slots != NULL)
        free_slot(collection, collection->slots);
}

static void end_open(struct database *database)
{
    for (struct transaction *at = database->open; at != NULL; at = at->next) {
        at->open = false;
        free(at->written);
        at->written = NULL;
        at->n = 0;
    }
    database->open = NULL;
    database->n_stale = 0;
}

void database_drop_all(struct database *database)
{
    end_open(database);
    while (database->collections != NULL) {
        struct collection_kept *collection = database->collections;
        database->collections = collection->next;
        clear_collection(collection);
        for (size_t i = 0; i < collection->n_indexes; i++)
            free_index(&collection->indexes[i]);
        free(collection->name);
        free(collection);
    }
}

void database_free(struct database *database)
{
    database_drop_all(database);
    free(database->stale);
    free(database);
}

static struct slot *find_slot(const struct collection_kept *collection, const uint8_t *id, size_t n)
{
    struct slot *slot;
    HASH_FIND(hh, collection->slots, id, n, slot);
    return slot;
}

static struct slot *make_slot(struct collection_kept *collection, const struct key *id)
{
    struct slot *slot = find_slot(collection, id->bytes, id->n);
    if (slot != NULL)
        return slot;
    slot = calloc(1, sizeof *slot + id->n);
    slot->n = (uint32_t)id->n;
    memcpy(slot->id, id->bytes, id->n);
    HASH_ADD_KEYPTR(hh, collection->slots, slot->id, slot->n, slot);
    return slot;
}

/* --- Transactions --- */

void database_begin(struct database *database, struct transaction *transaction)
{
    *transaction = (struct transaction){.open = true, .snapshot = -1, .next = database->open};
    database->open = transaction;
}

static void fix_snapshot(const struct database *database, struct transaction *transaction)
{
    if (transaction != NULL && transaction->snapshot < 0)
        transaction->snapshot = database->stamp;
}

static void leave_open(struct database *database, struct transaction *transaction)
{
    for (struct transaction **at = &database->open; *at != NULL; at = &(*at)->next)
        if (*at == transaction) {
            *at = transaction->next;
            break;
        }
    free(transaction->written);
    *transaction = (struct transaction){0};
}

static void drop_version(struct collection_kept *collection, struct slot *slot,
                         struct version **link)
{
    struct version *version = *link;
    keep_version(collection, slot, version, false);
    *link = version->older;
    free(version);
}

static bool has_left(const struct slot *slot)
{
    return slot->newest != NULL &&
           !(slot->newest->deleted && slot->newest->older == NULL && slot->newest->by == NULL);
}

/* Whether all that may be seen of the slot is its newest version. */
static bool prune_slot(struct collection_kept *collection, struct slot *slot, int64_t oldest)
{
    struct version **at = &slot->newest;
    while (*at != NULL && ((*at)->by != NULL || (*at)->stamp > oldest))
        at = &(*at)->older;
    if (*at != NULL)
        at = &(*at)->older;
    while (*at != NULL)
        drop_version(collection, slot, at);
    bool alone = slot->newest == NULL || slot->newest->older == NULL;
    return alone && (slot->newest == NULL || slot->newest->by == NULL);
}

static int64_t oldest_snapshot(const struct database *database)
{
    int64_t oldest = database->stamp;
    for (const struct transaction *at = database->open; at != NULL; at = at->next)
        if (at->snapshot >= 0 && at->snapshot < oldest)
            oldest = at->snapshot;
    return oldest;
}

static void prune(struct database *database)
{
    int64_t oldest = oldest_snapshot(database);
    size_t kept = 0;
    for (size_t i = 0; i < database->n_stale; i++) {
        struct written stale = database->stale[i];
        if (!prune_slot(stale.collection, stale.slot, oldest)) {
            database->stale[kept++] = stale;
            continue;
        }
        stale.slot->stale = false;
        if (!has_left(stale.slot))
            free_slot(stale.collection, stale.slot);
    }
    database->n_stale = kept;
}

static void make_stale(struct database *database, struct written what)
{
    if (what.slot->stale)
        return;
    what.slot->stale = true;
    if (database->n_stale == database->room_stale) {
        database->room_stale = database->room_stale > 0 ? 2 * database->room_stale : 64;
        database->stale = realloc(database->stale, database->room_stale * sizeof *database->stale);
    }
    database->stale[database->n_stale++] = what;
}

static struct document document_of(const struct version *version)
{
    return version == NULL || version->deleted ? (struct document){0}
                                               : (struct document){version->bytes, version->n};
}

void database_commit(struct database *database, struct transaction *transaction)
{
    int64_t stamp = ++database->stamp;
    for (size_t i = 0; i < transaction->n; i++) {
        const struct written *written = &transaction->written[i];
        struct version *version = written->slot->newest;
        version->by = NULL;
        version->stamp = stamp;
        if (database->told != NULL)
            database->told(database->context, written->collection->name,
                           document_of(version->older), document_of(version));
        if (version->older != NULL || version->deleted)
            make_stale(database, *written);
    }
    leave_open(database, transaction);
    prune(database);
}

void database_abort(struct database *database, struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->n; i++) {
        const struct written *written = &transaction->written[i];
        drop_version(written->collection, written->slot, &written->slot->newest);
        make_stale(database, *written);
    }
    leave_open(database, transaction);
    prune(database);
}

/* --- Reading --- */

static const struct version *visible(const struct slot *slot, const struct transaction *transaction,
                                     int64_t snapshot)
{
    for (const struct version *at = slot->newest; at != NULL; at = at->older)
        if (at->by != NULL ? at->by == transaction : at->stamp <= snapshot)
            return at;
    return NULL;
}

struct document database_get(const struct database *database, const char *collection,
                             const struct key *id)
{
    const struct collection_kept *from =
        database_collection((struct database *)database, collection, false);
    const struct slot *slot = from != NULL ? find_slot(from, id->bytes, id->n) : NULL;
    return slot != NULL ? document_of(visible(slot, NULL, database->stamp)) : (struct document){0};
}

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
    const struct version *version = visible(slot, search->transaction, search->snapshot);
    if (version == NULL || !open_version(version, &document) ||
        !filter_matches(search->filter, &document))
        return;
    if (search->n == search->room) {
        search->room = search->room > 0 ? 2 * search->room : 16;
        search->found = talloc_realloc(search->arena, search->found, struct found, search->room);
    }
    search->found[search->n++] =
        (struct found){.document = {version->bytes, version->n}, .slot = slot};
}

/* --- Which index --- */

/* How a filter is served: members that are equal, then one of several values or a range. */
struct plan {
    struct index_kept *index;
    size_t equal;
    const struct condition *in; /* of the member behind those */
    bool sorted;                /* what is found comes in the order that is asked for */
};

static const struct condition *equal_to(const struct filter *filter, const char *member)
{
    const struct condition *condition = filter_find(filter, member, OPERATOR_EQUAL);
    return condition != NULL ? condition : filter_find(filter, member, OPERATOR_ALL);
}

static struct plan plan_of(struct index_kept *index, const struct filter *filter, const char *sort)
{
    struct plan plan = {.index = index};
    while (plan.equal < index->n && equal_to(filter, index->members[plan.equal]) != NULL)
        plan.equal++;
    if (plan.equal < index->n)
        plan.in = filter_find(filter, index->members[plan.equal], OPERATOR_IN);
    plan.sorted = sort != NULL && plan.in == NULL && plan.equal < index->n &&
                  strcmp(index->members[plan.equal], sort) == 0;
    return plan;
}

static int worth(const struct plan *plan)
{
    return 4 * (int)plan->equal + 2 * (plan->in != NULL) + plan->sorted;
}

static struct plan best_plan(struct collection_kept *collection, const struct filter *filter,
                             const char *sort)
{
    struct plan best = {0};
    for (size_t i = 0; i < collection->n_indexes; i++) {
        struct plan plan = plan_of(&collection->indexes[i], filter, sort);
        if (worth(&plan) > worth(&best))
            best = plan;
    }
    return best;
}

bool database_has_index(const struct collection_kept *collection, const struct filter *filter,
                        const char *sort)
{
    const struct plan plan = best_plan((struct collection_kept *)collection, filter, sort);
    return plan.index != NULL || filter_find(filter, "_id", OPERATOR_IN) != NULL;
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
    build(search->collection, plan->index);
    for (size_t i = 0; i < plan->equal; i++)
        append_operand(&prefix, &equal_to(search->filter, plan->index->members[i])->operands[0]);
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
            find_slot(search->collection, ids->operands[i].bytes, ids->operands[i].n);
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
    const struct plan plan = best_plan(search->collection, search->filter, sort->member);
    if (plan.index != NULL) {
        *ret_sorted = plan.sorted && !sort->descending && sort->second == NULL;
        search->limit = *ret_sorted || sort->member == NULL ? sort->limit : 0;
        scan_index(search, &plan);
        return;
    }
    for (struct slot *slot = search->collection->slots; slot != NULL; slot = slot->hh.next)
        look_at(search, slot);
}

/* --- Order --- */

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
    fix_snapshot(database, transaction);
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

/* --- Writing --- */

struct claiming {
    struct database *database;
    const struct index_kept *index;
    const struct slot *slot;
    const struct transaction *transaction;
    enum written_how how;
};

static bool has_prefix(const struct entry *entry, const struct key *key, size_t n)
{
    return entry->n >= n && memcmp(entry->bytes, key->bytes, n) == 0;
}

struct holding {
    const struct key *key;
    size_t n;
    bool holds;
};

static void note_holding(void *context, const struct key *key)
{
    struct holding *holding = context;
    holding->holds = holding->holds || (key->n >= holding->n &&
                                        memcmp(key->bytes, holding->key->bytes, holding->n) == 0);
}

static bool version_holds(const struct claiming *claiming, const struct slot *slot,
                          const struct version *version, const struct key *key, size_t n)
{
    struct holding holding = {key, n, false};
    bson_t document;
    if (version != NULL && open_version(version, &document))
        each_key(claiming->index, slot, &document, note_holding, &holding);
    return holding.holds;
}

static void claim_against(struct claiming *claiming, const struct slot *other,
                          const struct key *key, size_t n)
{
    const struct version *newest = other->newest;
    if (newest == NULL || other == claiming->slot)
        return;
    bool others = newest->by != NULL && newest->by != claiming->transaction;
    if (others) {
        if (version_holds(claiming, other, newest, key, n) ||
            version_holds(claiming, other, newest->older, key, n))
            claiming->how = claiming->transaction != NULL ? WRITTEN_CONFLICT : WRITTEN_LOCKED;
        return;
    }
    if (!version_holds(claiming, other, newest, key, n))
        return;
    bool later = claiming->transaction != NULL && newest->by == NULL &&
                 newest->stamp > claiming->transaction->snapshot;
    claiming->how = later ? WRITTEN_CONFLICT : WRITTEN_DUPLICATE;
    claiming->database->duplicate = claiming->index->name;
}

static void claim_key(void *context, const struct key *key)
{
    struct claiming *claiming = context;
    size_t n = key->n - claiming->slot->n;
    for (const struct entry *at = index_from(&claiming->index->index, key->bytes, n);
         at != NULL && has_prefix(at, key, n) && claiming->how == WRITTEN; at = at->next[0])
        claim_against(claiming, at->slot, key, n);
}

static enum written_how claim_keys(struct database *database, struct collection_kept *collection,
                                   const struct transaction *transaction, const struct slot *slot,
                                   const bson_t *document)
{
    struct claiming claiming = {
        .database = database, .slot = slot, .transaction = transaction, .how = WRITTEN};
    for (size_t i = 0; i < collection->n_indexes && claiming.how == WRITTEN; i++) {
        claiming.index = &collection->indexes[i];
        if (claiming.index->unique)
            each_key(claiming.index, slot, document, claim_key, &claiming);
    }
    return claiming.how;
}

static enum written_how claim_slot(struct database *database, const struct slot *slot,
                                   const struct transaction *transaction, bool insert)
{
    const struct version *newest = slot->newest;
    if (newest == NULL)
        return WRITTEN;
    if (newest->by != NULL && newest->by != transaction)
        return transaction != NULL ? WRITTEN_CONFLICT : WRITTEN_LOCKED;
    if (transaction != NULL && newest->by == NULL && newest->stamp > transaction->snapshot)
        return WRITTEN_CONFLICT;
    if (insert && !newest->deleted) {
        database->duplicate = "_id_";
        return WRITTEN_DUPLICATE;
    }
    return WRITTEN;
}

static void note_written(struct transaction *transaction, struct collection_kept *collection,
                         struct slot *slot)
{
    size_t n = transaction->n;
    if ((n & (n - 1)) == 0 && (n == 0 || n >= 16))
        transaction->written =
            realloc(transaction->written, (n == 0 ? 16 : 2 * n) * sizeof *transaction->written);
    transaction->written[transaction->n++] = (struct written){collection, slot};
}

static void put_version(struct collection_kept *collection, struct transaction *transaction,
                        struct slot *slot, const bson_t *document)
{
    size_t n = document != NULL ? document->len : 0;
    if (slot->newest != NULL && slot->newest->by == transaction)
        drop_version(collection, slot, &slot->newest);
    else
        note_written(transaction, collection, slot);
    struct version *version = malloc(sizeof *version + n);
    *version = (struct version){
        .older = slot->newest, .by = transaction, .n = (uint32_t)n, .deleted = document == NULL};
    if (n > 0)
        memcpy(version->bytes, bson_get_data(document), n);
    slot->newest = version;
    keep_version(collection, slot, version, true);
}

static enum written_how write_in(struct database *database, struct collection_kept *collection,
                                 struct transaction *transaction, struct slot *slot,
                                 const bson_t *document)
{
    if (document != NULL) {
        enum written_how how = claim_keys(database, collection, transaction, slot, document);
        if (how != WRITTEN)
            return how;
    }
    put_version(collection, transaction, slot, document);
    return WRITTEN;
}

static enum written_how write_alone(struct database *database, struct collection_kept *collection,
                                    struct slot *slot, const bson_t *document)
{
    enum written_how how =
        document != NULL ? claim_keys(database, collection, NULL, slot, document) : WRITTEN;
    struct transaction alone;
    if (how != WRITTEN)
        return how;
    database_begin(database, &alone);
    put_version(collection, &alone, slot, document);
    database_commit(database, &alone);
    return WRITTEN;
}

enum written_how database_write(struct database *database, struct collection_kept *collection,
                                struct transaction *transaction, const struct key *id,
                                const bson_t *document, bool insert)
{
    fix_snapshot(database, transaction);
    struct slot *slot = make_slot(collection, id);
    enum written_how how = claim_slot(database, slot, transaction, insert);
    if (how == WRITTEN)
        how = transaction != NULL ? write_in(database, collection, transaction, slot, document)
                                  : write_alone(database, collection, slot, document);
    if (how != WRITTEN && slot->newest == NULL && !slot->stale)
        free_slot(collection, slot);
    return how;
}

const char *database_duplicate(const struct database *database)
{
    return database->duplicate;
}

/* --- Backups --- */

struct backup {
    struct kept {
        char *collection;
        struct key *id;
        bson_t *document;
    } * kept;
    size_t n;
};

static void copy_slot(struct backup *backup, const struct collection_kept *collection,
                      const struct slot *slot, int64_t stamp)
{
    const struct version *version = visible(slot, NULL, stamp);
    if (version == NULL || version->deleted)
        return;
    if ((backup->n & (backup->n - 1)) == 0)
        backup->kept =
            realloc(backup->kept, (backup->n == 0 ? 1 : 2 * backup->n) * sizeof *backup->kept);
    struct key *id = malloc(offsetof(struct key, bytes) + slot->n);
    id->n = slot->n;
    memcpy(id->bytes, slot->id, slot->n);
    backup->kept[backup->n++] =
        (struct kept){strdup(collection->name), id, bson_new_from_data(version->bytes, version->n)};
}

struct backup *database_copy(const struct database *database)
{
    struct backup *backup = calloc(1, sizeof *backup);
    for (const struct collection_kept *at = database->collections; at != NULL; at = at->next)
        for (const struct slot *slot = at->slots; slot != NULL; slot = slot->hh.next)
            copy_slot(backup, at, slot, database->stamp);
    return backup;
}

void database_restore(struct database *database, const struct backup *backup)
{
    database_committed *told = database->told;
    end_open(database);
    database->told = NULL;
    for (struct collection_kept *at = database->collections; at != NULL; at = at->next)
        clear_collection(at);
    for (size_t i = 0; i < backup->n; i++) {
        const struct kept *kept = &backup->kept[i];
        (void)database_write(database, database_collection(database, kept->collection, true), NULL,
                             kept->id, kept->document, true);
    }
    database->told = told;
}

void backup_free(struct backup *backup)
{
    if (backup == NULL)
        return;
    for (size_t i = 0; i < backup->n; i++) {
        free(backup->kept[i].collection);
        free(backup->kept[i].id);
        bson_destroy(backup->kept[i].document);
    }
    free(backup->kept);
    free(backup);
}
