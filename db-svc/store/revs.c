#include "db-svc/store/revs.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/store/mongo.h"
#include "libshared/base/mem.h"

#define ASKED_AT_ONCE 10000

static int by_id(const void *a, const void *b)
{
    const struct store_change *const *one = a, *const *other = b;
    return strcmp((*one)->id, (*other)->id);
}

static void append_question(bson_t *command, const struct collection *collection,
                            const struct store_change *const *changes, size_t n)
{
    bson_t filter, id, in, projection;
    char room[16];
    const char *key;
    bson_reinit(command);
    (void)BSON_APPEND_UTF8(command, "find", collection->name);
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "filter", &filter);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &id);
    (void)BSON_APPEND_ARRAY_BEGIN(&id, "$in", &in);
    for (size_t i = 0; i < n; i++) {
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)bson_append_utf8(&in, key, -1, changes[i]->id, -1);
    }
    (void)bson_append_array_end(&id, &in);
    (void)bson_append_document_end(&filter, &id);
    (void)bson_append_document_end(command, &filter);
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "projection", &projection);
    (void)BSON_APPEND_INT32(&projection, "rev", 1);
    (void)bson_append_document_end(command, &projection);
    (void)BSON_APPEND_INT32(command, "batchSize", (int32_t)n);
    (void)BSON_APPEND_BOOL(command, "singleBatch", true);
}

/* Whether a document of the answer is one of the changes, at its revision. */
static bool is_as_read(const bson_iter_t *document, const struct store_change *const *changes,
                       size_t n)
{
    bson_iter_t id, rev;
    struct store_change sought = {0};
    const struct store_change *const wanted = &sought;
    if (!bson_iter_recurse(document, &id) || !bson_iter_find(&id, "_id") ||
        !bson_iter_recurse(document, &rev) || !bson_iter_find(&rev, "rev"))
        return false;
    sought.id = bson_iter_utf8(&id, NULL);
    const struct store_change *const *found =
        sought.id != NULL ? bsearch(&wanted, changes, n, sizeof *changes, by_id) : NULL;
    return found != NULL && (*found)->rev_was == bson_iter_as_int64(&rev);
}

static size_t count_as_read(const bson_t *reply, const struct store_change *const *changes,
                            size_t n)
{
    bson_iter_t at, batch;
    size_t as_read = 0;
    if (!bson_iter_init(&at, reply) ||
        !bson_iter_find_descendant(&at, "cursor.firstBatch", &batch) ||
        !bson_iter_recurse(&batch, &at))
        return 0;
    while (bson_iter_next(&at))
        as_read += is_as_read(&at, changes, n);
    return as_read;
}

static enum store_outcome ask(struct store *store, const struct collection *collection,
                              const struct store_change *const *changes, size_t n)
{
    bson_t reply;
    enum store_outcome outcome = STORE_COMMITTED;
    append_question(store->command, collection, changes, n);
    if (!mongo_run(store, store->command, &reply)) {
        outcome = mongo_outcome(&store->error, &reply);
    } else if (count_as_read(&reply, changes, n) != n) {
        bson_set_error(&store->error, MONGOC_ERROR_TRANSACTION, 0,
                       "%s: not all of %zu are as they were read", collection->name, n);
        outcome = STORE_CONFLICT;
    }
    bson_destroy(&reply);
    return outcome;
}

enum store_outcome revs_check(struct store *store, const struct store_batch *batch,
                              const struct collection *collection)
{
    _cleanup_(mem_freep) const struct store_change **changes =
        mem_array(NULL, const struct store_change *, batch->n_changes + 1);
    size_t n = 0;
    for (size_t i = 0; i < batch->n_changes; i++)
        if (batch->changes[i].collection == collection && batch->changes[i].kind != STORE_INSERT)
            changes[n++] = &batch->changes[i];
    qsort(changes, n, sizeof(struct store_change *), by_id);
    enum store_outcome outcome = STORE_COMMITTED;
    for (size_t from = 0; from < n && outcome == STORE_COMMITTED; from += ASKED_AT_ONCE)
        outcome = ask(store, collection, changes + from,
                      n - from < ASKED_AT_ONCE ? n - from : ASKED_AT_ONCE);
    return outcome;
}
