/* A batch in one transaction, and what became of it. */
#include <stdio.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "db-svc/store/due.h"
#include "db-svc/store/fence.h"
#include "db-svc/store/mongo.h"
#include "db-svc/store/receipts.h"
#include "db-svc/store/search_terms.h"
#include "libshared/base/mem.h"

/* Far below what the server takes: 16 MiB of command, 100,000 statements. */
#define COMMAND_BYTES (8 * 1024 * 1024)
#define COMMAND_STATEMENTS 10000
/* The room for a command that is kept between batches. */
#define ROOM_BYTES (2 * 1024 * 1024)

/* A command of many statements being written. One that grows too large is sent, and begun anew. */
struct writing {
    struct store *store;
    const char *verb, *list_name, *collection;
    bson_t list, statement;
    uint32_t n;
    bool any_number;              /* of records may match a statement */
    enum store_outcome unmatched; /* what it means if a statement matched nothing */
    enum store_outcome outcome;   /* STORE_COMMITTED as long as all went well */
};

static void open_command(struct writing *writing)
{
    bson_t *command = writing->store->command;
    bson_reinit(command);
    (void)bson_append_utf8(command, writing->verb, -1, writing->collection, -1);
    (void)bson_append_array_begin(command, writing->list_name, -1, &writing->list);
    writing->n = 0;
}

static struct writing begin(struct store *store, const char *verb, const char *list_name,
                            const char *collection)
{
    return (struct writing){.store = store,
                            .verb = verb,
                            .list_name = list_name,
                            .collection = collection,
                            .unmatched = STORE_CONFLICT,
                            .outcome = STORE_COMMITTED};
}

static int64_t matched(const bson_t *reply)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, reply, "n") ? bson_iter_as_int64(&at) : -1;
}

static void trim_room(struct store *store)
{
    if (store->command->len < ROOM_BYTES)
        return;
    bson_destroy(store->command);
    store->command = bson_new();
}

static void run(struct writing *writing)
{
    struct store *store = writing->store;
    bson_t reply;
    (void)bson_append_array_end(store->command, &writing->list);
    if (!mongo_run(store, store->command, &reply)) {
        writing->outcome = mongo_outcome(&store->error, &reply);
    } else if (!writing->any_number && matched(&reply) != writing->n) {
        bson_set_error(&store->error, MONGOC_ERROR_TRANSACTION, 0, "%s in %s: %lld of %u matched",
                       writing->verb, writing->collection, (long long)matched(&reply), writing->n);
        writing->outcome = writing->unmatched;
    }
    bson_destroy(&reply);
    trim_room(store);
    writing->n = 0;
}

static bson_t *begin_statement(struct writing *writing)
{
    char room[16];
    const char *key;
    if (writing->n == 0)
        open_command(writing);
    (void)bson_uint32_to_string(writing->n++, &key, room, sizeof room);
    (void)bson_append_document_begin(&writing->list, key, -1, &writing->statement);
    return &writing->statement;
}

static void end_statement(struct writing *writing)
{
    (void)bson_append_document_end(&writing->list, &writing->statement);
    if (writing->list.len > COMMAND_BYTES || writing->n == COMMAND_STATEMENTS)
        run(writing);
}

static enum store_outcome finish(struct writing *writing)
{
    if (writing->n > 0 && writing->outcome == STORE_COMMITTED)
        run(writing);
    return writing->outcome;
}

static void append_next(bson_t *set, const struct fence *fence, const char *const *topics)
{
    bson_t next;
    (void)BSON_APPEND_DOCUMENT_BEGIN(set, "next", &next);
    for (size_t i = 0; i < FENCE_TOPICS; i++)
        if (fence->next[i] >= 0)
            (void)bson_append_int64(&next, topics[i], -1, fence->next[i]);
    (void)bson_append_document_end(set, &next);
}

static void append_fence(bson_t *statement, const struct store_batch *batch,
                         const struct fence *fence)
{
    char id[FENCE_ID_SIZE];
    bson_t query, update, set;
    fence_id(id, batch->cluster, fence->partition);
    (void)BSON_APPEND_DOCUMENT_BEGIN(statement, "q", &query);
    (void)BSON_APPEND_UTF8(&query, "_id", id);
    (void)BSON_APPEND_UTF8(&query, "owner", batch->owner);
    (void)BSON_APPEND_INT64(&query, "epoch", fence->epoch);
    (void)BSON_APPEND_INT64(&query, "batch", fence->batch - 1);
    (void)bson_append_document_end(statement, &query);
    (void)BSON_APPEND_DOCUMENT_BEGIN(statement, "u", &update);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$set", &set);
    (void)BSON_APPEND_INT64(&set, "seq", fence->seq);
    (void)BSON_APPEND_INT64(&set, "batch", fence->batch);
    append_next(&set, fence, batch->topics);
    (void)bson_append_document_end(&update, &set);
    (void)bson_append_document_end(statement, &update);
}

static enum store_outcome write_fences(struct store *store, const struct store_batch *batch)
{
    struct writing writing = begin(store, "update", "updates", FENCES);
    writing.unmatched = STORE_FENCED;
    for (size_t i = 0; i < batch->n_fences; i++) {
        append_fence(begin_statement(&writing), batch, &batch->fences[i]);
        end_statement(&writing);
    }
    enum store_outcome outcome = finish(&writing);
    return outcome == STORE_CONFLICT ? STORE_FENCED : outcome; /* it may be: that is looked up */
}

static void append_record(bson_t *document, const struct store_change *change, const void *scratch)
{
    struct bson_sink sink;
    bson_sink_open(&sink, document);
    record_write(change->collection->record, change->record, RECORD_STORE, &sink.sink);
    search_terms_append(document, change->collection, change->record, scratch);
    due_append(document, change->collection, change->record);
}

static void append_by_id(bson_t *statement, const struct store_change *change)
{
    bson_t query;
    (void)BSON_APPEND_DOCUMENT_BEGIN(statement, "q", &query);
    (void)BSON_APPEND_UTF8(&query, "_id", change->id);
    if (change->rev > 0)
        (void)BSON_APPEND_INT64(&query, "rev", change->rev);
    (void)bson_append_document_end(statement, &query);
}

static void append_insert(bson_t *statement, const struct store_change *change, const void *scratch)
{
    append_record(statement, change, scratch);
}

static void append_replace(bson_t *statement, const struct store_change *change,
                           const void *scratch)
{
    bson_t document;
    append_by_id(statement, change);
    (void)BSON_APPEND_DOCUMENT_BEGIN(statement, "u", &document);
    append_record(&document, change, scratch);
    (void)bson_append_document_end(statement, &document);
}

static void append_delete(bson_t *statement, const struct store_change *change, const void *scratch)
{
    (void)scratch;
    append_by_id(statement, change);
    (void)BSON_APPEND_INT32(statement, "limit", 1);
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
    const char *verb, *list_name;
    void (*append)(bson_t *statement, const struct store_change *change, const void *scratch);
} steps[] = {{is_release, "delete", "deletes", append_delete},
             {is_replace, "update", "updates", append_replace},
             {is_claim, "insert", "documents", append_insert}};
#define STEPS (sizeof steps / sizeof *steps)

static enum store_outcome write_step(struct store *store, const struct store_batch *batch,
                                     const struct step *step, const struct collection *collection,
                                     const void *scratch)
{
    struct writing writing = begin(store, step->verb, step->list_name, collection->name);
    for (size_t i = 0; i < batch->n_changes && writing.outcome == STORE_COMMITTED; i++) {
        const struct store_change *change = &batch->changes[i];
        if (change->collection != collection || !step->takes(change))
            continue;
        step->append(begin_statement(&writing), change, scratch);
        end_statement(&writing);
    }
    return finish(&writing);
}

static enum store_outcome write_changes(struct store *store, const struct store_batch *batch)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 16 * 1024);
    enum store_outcome outcome = STORE_COMMITTED;
    for (size_t step = 0; step < STEPS; step++)
        for (size_t i = 0; collections[i] != NULL && outcome == STORE_COMMITTED; i++)
            outcome = write_step(store, batch, &steps[step], collections[i], scratch);
    return outcome;
}

static enum store_outcome write_receipts(struct store *store, const struct store_batch *batch)
{
    struct writing writing = begin(store, "insert", "documents", "receipts");
    for (size_t i = 0; i < batch->n_receipts && writing.outcome == STORE_COMMITTED; i++) {
        receipts_append(begin_statement(&writing), batch->receipts[i], store->packs_receipts);
        end_statement(&writing);
    }
    return finish(&writing);
}

static void append_forgetting(bson_t *update, const struct store_forgetting *forgetting)
{
    bson_t query, change, part;
    (void)BSON_APPEND_DOCUMENT_BEGIN(update, "q", &query);
    bson_any_of(&query, "about", forgetting->ids, forgetting->n_ids);
    (void)bson_append_document_end(update, &query);
    (void)BSON_APPEND_DOCUMENT_BEGIN(update, "u", &change);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&change, "$set", &part);
    (void)BSON_APPEND_INT32(&part, "status", forgetting->status);
    (void)BSON_APPEND_UTF8(&part, "body", forgetting->body);
    (void)bson_append_document_end(&change, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&change, "$unset", &part);
    (void)BSON_APPEND_UTF8(&part, "etag", "");
    (void)BSON_APPEND_UTF8(&part, "location", "");
    (void)BSON_APPEND_UTF8(&part, RECEIPTS_ANSWER, "");
    (void)bson_append_document_end(&change, &part);
    (void)bson_append_document_end(update, &change);
    (void)BSON_APPEND_BOOL(update, "multi", true);
}

static enum store_outcome forget(struct store *store, const struct store_batch *batch)
{
    struct writing writing = begin(store, "update", "updates", "receipts");
    writing.any_number = true;
    for (size_t i = 0; i < batch->n_forgettings && writing.outcome == STORE_COMMITTED; i++) {
        append_forgetting(begin_statement(&writing), &batch->forgettings[i]);
        end_statement(&writing);
    }
    return finish(&writing);
}

static enum store_outcome write_batch(struct store *store, const struct store_batch *batch)
{
    if (!mongo_is_begun(store) && !mongo_begin(store))
        return mongo_outcome(&store->error, NULL);
    enum store_outcome outcome = write_fences(store, batch);
    if (outcome == STORE_COMMITTED)
        outcome = write_changes(store, batch);
    if (outcome == STORE_COMMITTED)
        outcome = write_receipts(store, batch);
    if (outcome == STORE_COMMITTED)
        outcome = forget(store, batch);
    return outcome;
}

/* As fence_compare(), or STORE_AWAY. */
static enum store_outcome look(struct store *store, const struct store_batch *batch,
                               const struct fence *fence)
{
    struct fence_now now;
    int r = fence_look(store, batch->cluster, fence->partition, batch->owner, batch->topics, &now);
    return r < 0 ? STORE_AWAY : fence_compare(&now, fence);
}

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
    return outcome == STORE_FENCED ? find_fenced(store, batch, ret_fenced) : outcome;
}

enum store_outcome store_settle(struct store *store, const struct store_batch *batch)
{
    enum store_outcome outcome = commit(store);
    if (outcome == STORE_COMMITTED)
        return outcome;
    return outcome == STORE_UNKNOWN ? STORE_AWAY : look(store, batch, &batch->fences[0]);
}
