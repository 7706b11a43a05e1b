/* Commands that write. */
#include "tests/simulation/mongo/server_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/mongo/document.h"
#include "tests/simulation/mongo/update.h"
#include "tests/simulation/world/world.h"

#define LOCK_LOOK_US 1000

#define DOCUMENT_BYTES (16 * 1024 * 1024)

static void fail(struct writing *writing, int32_t code, const char *label, const char *message)
{
    if (writing->session != NULL)
        session_end_transaction(writing->server, writing->session);
    bson_destroy(writing->reply);
    server_error(writing->reply, code, label, message);
    writing->failed = true;
}

static void append_error(bson_t *reply, const char *list_name, int32_t code, const char *message)
{
    bson_t errors, error;
    (void)bson_append_array_begin(reply, list_name, -1, &errors);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&errors, "0", &error);
    (void)BSON_APPEND_INT32(&error, "code", code);
    (void)BSON_APPEND_UTF8(&error, "errmsg", message);
    (void)bson_append_document_end(&errors, &error);
    (void)bson_append_array_end(reply, &errors);
}

/* As a statement's fault, in a reply that is "ok". */
static void fail_statement(struct writing *writing, int32_t code, const char *message)
{
    bson_t cursor;
    if (writing->session != NULL)
        session_end_transaction(writing->server, writing->session);
    (void)BSON_APPEND_DOUBLE(writing->reply, "ok", 1);
    if (writing->bulk) {
        (void)BSON_APPEND_DOCUMENT_BEGIN(writing->reply, "cursor", &cursor);
        append_error(&cursor, "firstBatch", code, message);
        (void)bson_append_document_end(writing->reply, &cursor);
    } else {
        append_error(writing->reply, "writeErrors", code, message);
    }
    writing->failed = true;
}

static void fail_duplicate(struct writing *writing)
{
    char message[256];
    const struct server *server = writing->server;
    if (server->duplicate != NULL)
        server->duplicate(server->context, database_name(writing->collection));
    (void)snprintf(message, sizeof message,
                   "E11000 duplicate key error collection: %s index: %s dup key: { : \"secret\" }",
                   database_name(writing->collection),
                   database_duplicate(writing->server->database));
    fail_statement(writing, DUPLICATE_KEY, message);
}

static bool read_id(const bson_t *document, struct key *key)
{
    bson_iter_t at;
    key->n = 0;
    if (!bson_iter_init_find(&at, document, "_id"))
        return false;
    value_append(key, &at);
    return true;
}

/* False: it is locked, and the time is over. */
static bool wait_for_lock(struct writing *writing)
{
    if (writing->server->locked_is_error || world_now() >= writing->until)
        return false;
    world_wait(LOCK_LOOK_US);
    sessions_reap(writing->server);
    return true;
}

static void put(struct writing *writing, const struct key *id, const bson_t *document, bool insert)
{
    enum written_how how;
    if (document != NULL && document->len > DOCUMENT_BYTES) {
        fail(writing, TOO_LARGE, NULL, "BSONObj size is invalid");
        return;
    }
    do
        how = database_write(writing->server->database, writing->collection,
                             session_transaction(writing->session), id, document, insert);
    while (how == WRITTEN_LOCKED && wait_for_lock(writing));
    if (how == WRITTEN_LOCKED)
        fail(writing, MAX_TIME_EXPIRED, NULL, "operation exceeded time limit");
    else if (how == WRITTEN_CONFLICT)
        fail(writing, WRITE_CONFLICT, TRANSIENT, "WriteConflict error");
    else if (how == WRITTEN_DUPLICATE)
        fail_duplicate(writing);
    else
        writing->n++;
}

static size_t find_for_update(struct writing *writing, void *arena, const bson_t *query,
                              struct document **ret_found)
{
    struct filter filter;
    const struct sort sort = {0};
    filter_read(arena, query, &filter);
    return database_find(writing->server->database, writing->collection,
                         session_transaction(writing->session), &filter, &sort, arena, ret_found);
}

/* Updates what matches; ret_after (NULL: not wanted) is a copy of the last one made. */
static void update(struct writing *writing, const bson_t *statement, const char *query_name,
                   const char *update_name, bson_t **ret_after)
{
    void *arena = talloc_new(NULL);
    bson_t query, how, before;
    struct document *found;
    struct key id;
    if (!document_sub(statement, query_name, &query) || !document_sub(statement, update_name, &how))
        abort();
    size_t n = find_for_update(writing, arena, &query, &found);
    size_t most = document_flag(statement, "multi") ? n : n > 0;
    bool inserts = n == 0 && document_flag(statement, "upsert");
    bson_t **copies = talloc_array(arena, bson_t *, most + 1);
    for (size_t i = 0; i < most; i++) {
        (void)bson_init_static(&before, found[i].bytes, found[i].n);
        copies[i] = update_apply(&before, &query, &how);
    }
    if (inserts)
        copies[most++] = update_apply(NULL, &query, &how);
    for (size_t i = 0; i < most; i++) {
        if (!writing->failed && read_id(copies[i], &id))
            put(writing, &id, copies[i], inserts);
        if (ret_after != NULL && !writing->failed && i + 1 == most)
            *ret_after = bson_copy(copies[i]);
        bson_destroy(copies[i]);
    }
    talloc_free(arena);
}

static void delete (struct writing *writing, const bson_t *statement, const char *query_name,
                    bool one)
{
    void *arena = talloc_new(NULL);
    bson_t query, before;
    struct document *found;
    if (!document_sub(statement, query_name, &query))
        abort();
    size_t n = find_for_update(writing, arena, &query, &found);
    if (one && n > 1)
        n = 1;
    struct key *ids = talloc_array(arena, struct key, n + 1);
    for (size_t i = 0; i < n; i++) {
        (void)bson_init_static(&before, found[i].bytes, found[i].n);
        (void)read_id(&before, &ids[i]);
    }
    for (size_t i = 0; i < n && !writing->failed; i++)
        put(writing, &ids[i], NULL, false);
    talloc_free(arena);
}

static void insert(struct writing *writing, const bson_t *document)
{
    struct key id;
    if (read_id(document, &id))
        put(writing, &id, document, true);
}

static void write_statement(struct writing *writing, const bson_t *statement)
{
    if (bson_has_field(writing->request->command, "documents"))
        insert(writing, statement);
    else if (bson_has_field(writing->request->command, "updates"))
        update(writing, statement, "q", "u", NULL);
    else
        delete (writing, statement, "q", document_number(statement, "limit") == 1);
}

static void each_statement(struct writing *writing, const char *list_name,
                           void (*each)(struct writing *writing, const bson_t *statement))
{
    bson_t list, statement;
    bson_iter_t at;
    if (!document_sub(writing->request->command, list_name, &list) || !bson_iter_init(&at, &list))
        abort();
    while (!writing->failed && bson_iter_next(&at)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_iter_document(&at, &length, &bytes);
        if (bson_init_static(&statement, bytes, length))
            each(writing, &statement);
    }
}

static void write_statements(struct writing *writing, const char *list_name)
{
    each_statement(writing, list_name, write_statement);
    if (writing->failed)
        return;
    (void)BSON_APPEND_DOUBLE(writing->reply, "ok", 1);
    (void)BSON_APPEND_INT32(writing->reply, "n", (int32_t)writing->n);
}

/* --- bulkWrite --- */

/* "<database>.<collection>", the one that an operation names by its place in nsInfo. */
static const char *space_at(const bson_t *command, int64_t place)
{
    char path[32];
    bson_iter_t at, space;
    (void)snprintf(path, sizeof path, "nsInfo.%d.ns", (int)place);
    if (!bson_iter_init(&at, command) || !bson_iter_find_descendant(&at, path, &space))
        abort();
    return bson_iter_utf8(&space, NULL);
}

static void write_operation(struct writing *writing, const bson_t *operation)
{
    bson_iter_t first;
    bson_t document;
    int64_t before = writing->n;
    (void)(bson_iter_init(&first, operation) && bson_iter_next(&first));
    const char *verb = bson_iter_key(&first);
    const char *space = space_at(writing->request->command, bson_iter_as_int64(&first));
    writing->collection =
        database_collection(writing->server->database, strchr(space, '.') + 1, true);
    if (strcmp(verb, "insert") == 0) {
        if (!document_sub(operation, "document", &document))
            abort();
        insert(writing, &document);
        writing->inserted += writing->n - before;
    } else if (strcmp(verb, "update") == 0) {
        update(writing, operation, "filter", "updateMods", NULL);
        writing->matched += writing->n - before;
    } else {
        delete (writing, operation, "filter", !document_flag(operation, "multi"));
        writing->deleted += writing->n - before;
    }
}

static void write_bulk(struct writing *writing)
{
    writing->bulk = true;
    each_statement(writing, "ops", write_operation);
    if (writing->failed)
        return;
    (void)BSON_APPEND_DOUBLE(writing->reply, "ok", 1);
    (void)BSON_APPEND_INT32(writing->reply, "nInserted", (int32_t)writing->inserted);
    (void)BSON_APPEND_INT32(writing->reply, "nMatched", (int32_t)writing->matched);
    (void)BSON_APPEND_INT32(writing->reply, "nDeleted", (int32_t)writing->deleted);
}

static void find_and_modify(struct writing *writing)
{
    bson_t *after = NULL;
    update(writing, writing->request->command, "query", "update", &after);
    if (!writing->failed) {
        (void)BSON_APPEND_DOUBLE(writing->reply, "ok", 1);
        (void)BSON_APPEND_DOCUMENT(writing->reply, "value", after);
    }
    if (after != NULL)
        bson_destroy(after);
}

void server_write(struct writing *writing, const char *name)
{
    const struct request *request = writing->request;
    bson_iter_t first;
    (void)(bson_iter_init(&first, request->command) && bson_iter_next(&first));
    if (BSON_ITER_HOLDS_UTF8(&first))
        writing->collection =
            database_collection(writing->server->database, bson_iter_utf8(&first, NULL), true);
    writing->until = request->max_time_us > 0 ? world_now() + request->max_time_us : INT64_MAX;
    bson_init(writing->reply);
    if (strcmp(name, "findAndModify") == 0)
        find_and_modify(writing);
    else if (strcmp(name, "bulkWrite") == 0)
        write_bulk(writing);
    else
        write_statements(writing, strcmp(name, "insert") == 0   ? "documents"
                                  : strcmp(name, "update") == 0 ? "updates"
                                                                : "deletes");
}
