/* A batch in one transaction, and what became of it. */
#include "db-svc/store/bson.h"
#include "db-svc/store/due.h"
#include "db-svc/store/fence.h"
#include "db-svc/store/mongo.h"
#include "db-svc/store/receipts.h"
#include "db-svc/store/search_terms.h"
#include "db-svc/store/statements.h"
#include "libshared/base/mem.h"

static void append_next(bson_t *set, const struct fence *fence, const char *const *topics)
{
    bson_t next;
    (void)BSON_APPEND_DOCUMENT_BEGIN(set, "next", &next);
    for (size_t i = 0; i < FENCE_TOPICS; i++)
        if (fence->next[i] >= 0)
            (void)bson_append_int64(&next, topics[i], -1, fence->next[i]);
    (void)bson_append_document_end(set, &next);
}

static void write_fence(struct statements *statements, const struct store_batch *batch,
                        const struct fence *fence)
{
    char id[FENCE_ID_SIZE];
    bson_t set;
    fence_id(id, batch->cluster, fence->partition);
    bson_t *query = statements_update(statements, FENCES);
    (void)BSON_APPEND_UTF8(query, "_id", id);
    (void)BSON_APPEND_UTF8(query, "owner", batch->owner);
    (void)BSON_APPEND_INT64(query, "epoch", fence->epoch);
    (void)BSON_APPEND_INT64(query, "batch", fence->batch - 1);
    bson_t *update = statements_change(statements);
    (void)BSON_APPEND_DOCUMENT_BEGIN(update, "$set", &set);
    (void)BSON_APPEND_INT64(&set, "seq", fence->seq);
    (void)BSON_APPEND_INT64(&set, "batch", fence->batch);
    append_next(&set, fence, batch->topics);
    (void)bson_append_document_end(update, &set);
    statements_end(statements);
}

static void append_record(bson_t *document, const struct store_change *change, const void *scratch)
{
    struct bson_sink sink;
    bson_sink_open(&sink, document);
    record_write(change->collection->record, change->record, RECORD_STORE, &sink.sink);
    search_terms_append(document, change->collection, change->record, scratch);
    due_append(document, change->collection, change->record);
}

static void append_by_id(bson_t *query, const struct store_change *change)
{
    (void)BSON_APPEND_UTF8(query, "_id", change->id);
    if (change->rev > 0)
        (void)BSON_APPEND_INT64(query, "rev", change->rev);
}

static void write_insert(struct statements *statements, const struct store_change *change,
                         const void *scratch)
{
    append_record(statements_insert(statements, change->collection->name), change, scratch);
    statements_end(statements);
}

static void write_replace(struct statements *statements, const struct store_change *change,
                          const void *scratch)
{
    append_by_id(statements_update(statements, change->collection->name), change);
    append_record(statements_change(statements), change, scratch);
    statements_end(statements);
}

static void write_delete(struct statements *statements, const struct store_change *change,
                         const void *scratch)
{
    (void)scratch;
    append_by_id(statements_delete(statements, change->collection->name), change);
    statements_end(statements);
}

/* A replaced record whose keys move is deleted and inserted: so it has released its keys before any
 * other claims them, even if both are replaced. (MongoDB's stand-in keeps the old key of a record
 * that is updated, for good.) */
static bool is_moved(const struct store_change *change)
{
    return change->kind == STORE_REPLACE && change->collection->keys_move;
}

static bool is_release(const struct store_change *change)
{
    return change->kind == STORE_DELETE || is_moved(change);
}

static bool is_replace(const struct store_change *change)
{
    return change->kind == STORE_REPLACE && !is_moved(change);
}

static bool is_claim(const struct store_change *change)
{
    return change->kind == STORE_INSERT || is_moved(change);
}

/* In this order: what releases a unique key comes before what claims it. */
static const struct step {
    bool (*takes)(const struct store_change *change);
    void (*write)(struct statements *statements, const struct store_change *change,
                  const void *scratch);
} steps[] = {{is_release, write_delete}, {is_replace, write_replace}, {is_claim, write_insert}};
#define STEPS (sizeof steps / sizeof *steps)

static void write_step(struct statements *statements, const struct store_batch *batch,
                       const struct step *step, const struct collection *collection,
                       const void *scratch)
{
    for (size_t i = 0; i < batch->n_changes && statements->outcome == STORE_COMMITTED; i++) {
        const struct store_change *change = &batch->changes[i];
        if (change->collection == collection && step->takes(change))
            step->write(statements, change, scratch);
    }
}

static void write_changes(struct statements *statements, const struct store_batch *batch)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 16 * 1024);
    for (size_t step = 0; step < STEPS; step++)
        for (size_t i = 0; collections[i] != NULL; i++)
            write_step(statements, batch, &steps[step], collections[i], scratch);
}

static void write_receipts(struct statements *statements, const struct store_batch *batch)
{
    bool packed = statements->store->packs_receipts;
    for (size_t i = 0; i < batch->n_receipts && statements->outcome == STORE_COMMITTED; i++) {
        receipts_append(statements_insert(statements, "receipts"), batch->receipts[i], packed);
        statements_end(statements);
    }
}

static void write_forgetting(struct statements *statements,
                             const struct store_forgetting *forgetting)
{
    bson_t part;
    bson_any_of(statements_update_all(statements, "receipts"), "about", forgetting->ids,
                forgetting->n_ids);
    bson_t *change = statements_change(statements);
    (void)BSON_APPEND_DOCUMENT_BEGIN(change, "$set", &part);
    (void)BSON_APPEND_INT32(&part, "status", forgetting->status);
    (void)BSON_APPEND_UTF8(&part, "body", forgetting->body);
    (void)bson_append_document_end(change, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(change, "$unset", &part);
    (void)BSON_APPEND_UTF8(&part, "etag", "");
    (void)BSON_APPEND_UTF8(&part, "location", "");
    (void)BSON_APPEND_UTF8(&part, RECEIPTS_ANSWER, "");
    (void)bson_append_document_end(change, &part);
    statements_end(statements);
}

static enum store_outcome write_batch(struct store *store, const struct store_batch *batch)
{
    struct statements statements;
    if (!mongo_is_begun(store) && !mongo_begin(store))
        return mongo_outcome(&store->error, NULL);
    statements_open(store,
                    batch->n_fences + batch->n_changes + batch->n_receipts + batch->n_forgettings,
                    &statements);
    for (size_t i = 0; i < batch->n_fences; i++)
        write_fence(&statements, batch, &batch->fences[i]);
    write_changes(&statements, batch);
    write_receipts(&statements, batch);
    for (size_t i = 0; i < batch->n_forgettings; i++)
        write_forgetting(&statements, &batch->forgettings[i]);
    return statements_send(&statements);
}

/* As fence_compare(), or STORE_AWAY. */
static enum store_outcome look(struct store *store, const struct store_batch *batch,
                               const struct fence *fence)
{
    struct fence_now now;
    int r = fence_look(store, batch->cluster, fence->partition, batch->owner, batch->topics, &now);
    return r < 0 ? STORE_AWAY : fence_compare(&now, fence);
}

/* A conflict may be over the fence. */
static enum store_outcome find_fenced(struct store *store, const struct store_batch *batch,
                                      int32_t *ret_fenced)
{
    for (size_t i = 0; i < batch->n_fences; i++) {
        enum store_outcome outcome = look(store, batch, &batch->fences[i]);
        if (outcome == STORE_COMMITTED) /* not by this attempt, then: as unsound as one set back */
            outcome = STORE_SET_BACK;
        if (outcome == STORE_FENCED || outcome == STORE_SET_BACK)
            *ret_fenced = batch->fences[i].partition;
        if (outcome != STORE_CONFLICT)
            return outcome;
    }
    return STORE_CONFLICT;
}

static enum store_outcome commit(struct store *store)
{
    bson_t reply;
    enum store_outcome outcome = STORE_COMMITTED;
    if (!mongo_commit(store, &reply)) {
        /* Only what the server said it did not do is not done. */
        bool certain = !mongoc_error_has_label(&reply, "UnknownTransactionCommitResult") &&
                       store->error.domain == MONGOC_ERROR_SERVER;
        outcome = certain ? mongo_outcome(&store->error, &reply) : STORE_UNKNOWN;
    }
    bson_destroy(&reply);
    return outcome == STORE_AWAY ? STORE_UNKNOWN : outcome;
}

int store_begin(struct store *store)
{
    return mongo_begin(store) ? 0 : mongo_errno(&store->error);
}

void store_abandon(struct store *store)
{
    mongo_abort(store);
}

enum store_outcome store_commit(struct store *store, const struct store_batch *batch,
                                int32_t *ret_fenced)
{
    enum store_outcome outcome = write_batch(store, batch);
    if (outcome == STORE_COMMITTED) {
        outcome = commit(store);
        /* libmongoc sends a commit twice if it must; a database that was killed in between has
         * done the first and knows nothing of the second. Only the fence tells. */
        return outcome == STORE_CONFLICT ? STORE_UNKNOWN : outcome;
    }
    mongo_abort(store);
    return outcome == STORE_CONFLICT ? find_fenced(store, batch, ret_fenced) : outcome;
}

enum store_outcome store_settle(struct store *store, const struct store_batch *batch)
{
    enum store_outcome outcome = commit(store);
    if (outcome == STORE_COMMITTED)
        return outcome;
    return outcome == STORE_UNKNOWN ? STORE_AWAY : look(store, batch, &batch->fences[0]);
}
