/* Every collection and index, and how they come to be there. Both MongoDB and its stand-in use the
 * same indexes: a list's filter is one index from its first member on. */
#include "db-svc/store/mongo.h"

#include <errno.h>
#include <string.h>

#include "db-svc/store/due.h"
#include "db-svc/store/fence.h"
#include "db-svc/store/receipt_form.h"
#include "libshared/base/mem.h"

enum index_kind { PLAIN, SPARSE, UNIQUE_SPARSE, EXPIRES };

static const struct index {
    const char *collection;
    enum index_kind kind;
    const char *members[5];
} indexes[] = {
    {"events", PLAIN, {"_id", "rev"}}, /* how what is kept in memory is written */
    {"events", PLAIN, {"status", "_id"}},
    {"events", PLAIN, {"terms", "_id"}},
    {"events", PLAIN, {"updated_at", "_id"}},
    {"events", PLAIN, {"starts_at", "_id"}},
    {"events", PLAIN, {"status", "starts_at", "_id"}},
    {"ticket_types", PLAIN, {"_id", "rev"}},
    {"ticket_types", PLAIN, {"event_id", "_id"}},
    {"stock", PLAIN, {"_id", "rev"}},
    {"stock", PLAIN, {"event_id", "_id"}},
    {"pools", PLAIN, {"_id", "rev"}},
    {"pools", PLAIN, {"event_id", "_id"}},
    {"message_texts", PLAIN, {"_id", "rev"}},
    {"ledger", PLAIN, {"event_id", "_id"}},
    {"ledger", PLAIN, {"of", "_id"}},
    {"orders", UNIQUE_SPARSE, {"tickets.code"}},
    {"orders", PLAIN, {"event_id", "_id"}},
    {"orders", PLAIN, {"event_id", "status", "_id"}},
    {"orders", PLAIN, {"event_id", "terms", "_id"}},
    {"orders", PLAIN, {"event_id", "updated_at", "_id"}},
    {"orders", PLAIN, {"search", "_id"}},
    {"orders", SPARSE, {DUE_IN, "due_at"}},
    {"orders", SPARSE, {"waits_for", "due_at"}},
    {"attendees", UNIQUE_SPARSE, {"key"}},
    {"attendees", PLAIN, {"event_id", "_id"}},
    {"attendees", PLAIN, {"event_id", "status", "_id"}},
    {"attendees", PLAIN, {"event_id", "terms", "_id"}},
    {"attendees", PLAIN, {"event_id", "updated_at", "_id"}},
    {"attendee_changes", PLAIN, {"attendee_id", "_id"}},
    {"attendee_changes", PLAIN, {"event_id", "_id"}},
    {"notifications", PLAIN, {"event_id", "_id"}},
    {"notifications", PLAIN, {"event_id", "status", "_id"}},
    {"notifications", PLAIN, {"event_id", "channel", "_id"}},
    {"notifications", PLAIN, {"event_id", "terms", "_id"}},
    {"notifications", PLAIN, {"event_id", "updated_at", "_id"}},
    {"notifications", SPARSE, {DUE_IN, "due_at"}},
    {"deliveries", PLAIN, {"notification_id", "_id"}},
    {"deliveries", PLAIN, {"notification_id", "status", "_id"}},
    {"deliveries", PLAIN, {"notification_id", "updated_at", "_id"}},
    {"deliveries", PLAIN, {"event_id", "terms", "notification_id", "_id"}},
    {"deliveries", SPARSE, {"attendee_id"}},
    {"deliveries", SPARSE, {"order_id"}},
    {"deliveries", SPARSE, {DUE_IN, "due_at"}},
    {"scans", UNIQUE_SPARSE, {"key"}},
    {"scans", PLAIN, {"event_id", "_id"}},
    {"scans", PLAIN, {"event_id", "result", "_id"}},
    {"scans", SPARSE, {"order_id"}},
    {"check_in_lists", PLAIN, {"event_id", "_id"}},
    {"payments", PLAIN, {"order_id"}},
    {"payments", PLAIN, {"event_id"}},
    {"tallies", PLAIN, {"event_id"}},
    {"dead_codes", PLAIN, {"event_id"}},
    {"erasures", PLAIN, {"event_id"}},
    {"marks", PLAIN, {"event_id", "_id"}},
    {"imports", PLAIN, {"event_id", "_id"}},
    {"imports", SPARSE, {DUE_IN, "due_at"}},
    {"jobs", SPARSE, {DUE_IN, "due_at"}},
    {"suppressions", PLAIN, {"terms", "_id"}},
    {"suppressions", PLAIN, {"channel", "_id"}},
    {"suppressions", PLAIN, {"updated_at", "_id"}},
    {"dead_letters", EXPIRES, {"expires"}},
    {"receipts", EXPIRES, {"expires"}},
    {"receipts", PLAIN, {"about"}},
};
#define INDEXES (sizeof indexes / sizeof *indexes)

/* Those without an index. The fences come last: a database that has them is complete. */
static const char *const plain[] = {"cancellations", "rosters", "deletions",
                                    "pictures",      "keys",    FENCES};
#define PLAIN_COLLECTIONS (sizeof plain / sizeof *plain)

#define INDEX_NAME_SIZE 128

static void index_name(const struct index *index, char out[INDEX_NAME_SIZE])
{
    *out = '\0';
    for (size_t i = 0; index->members[i] != NULL; i++) {
        (void)strncat(out, i > 0 ? "_" : "", INDEX_NAME_SIZE - strlen(out) - 1);
        (void)strncat(out, index->members[i], INDEX_NAME_SIZE - strlen(out) - 1);
    }
}

static void append_index(bson_t *list, uint32_t n, const struct index *index)
{
    bson_t one, key;
    char name[INDEX_NAME_SIZE], room[16];
    const char *at;
    index_name(index, name);
    (void)bson_uint32_to_string(n, &at, room, sizeof room);
    (void)bson_append_document_begin(list, at, -1, &one);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&one, "key", &key);
    for (size_t i = 0; index->members[i] != NULL; i++)
        (void)BSON_APPEND_INT32(&key, index->members[i], 1);
    (void)bson_append_document_end(&one, &key);
    (void)BSON_APPEND_UTF8(&one, "name", name);
    if (index->kind == UNIQUE_SPARSE)
        (void)BSON_APPEND_BOOL(&one, "unique", true);
    if (index->kind == UNIQUE_SPARSE || index->kind == SPARSE)
        (void)BSON_APPEND_BOOL(&one, "sparse", true);
    if (index->kind == EXPIRES)
        (void)BSON_APPEND_INT32(&one, "expireAfterSeconds", 0);
    (void)bson_append_document_end(list, &one);
}

/* --- What is there --- */

struct seen {
    void *arena;
    const char **names;
    size_t n;
};

static bool has(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->n; i++)
        if (strcmp(seen->names[i], name) == 0)
            return true;
    return false;
}

/* Takes the names of a cursor, and the cursor. */
static int take_names(struct store *store, mongoc_cursor_t *cursor, struct seen *seen)
{
    const bson_t *document;
    bson_iter_t at;
    while (mongoc_cursor_next(cursor, &document))
        if (bson_iter_init_find(&at, document, "name") && BSON_ITER_HOLDS_UTF8(&at)) {
            seen->names = mem_grow(seen->arena, seen->names, const char *, seen->n + 1);
            seen->names[seen->n++] = mem_strdup(seen->arena, bson_iter_utf8(&at, NULL));
        }
    int r = mongoc_cursor_error(cursor, &store->error) ? mongo_errno(&store->error) : 0;
    mongoc_cursor_destroy(cursor);
    return r;
}

static int see_collections(struct store *store, struct seen *seen)
{
    mongoc_database_t *database = mongoc_client_get_database(store->client, store->database);
    int r = take_names(store, mongoc_database_find_collections_with_opts(database, NULL), seen);
    mongoc_database_destroy(database);
    return r;
}

static int see_indexes(struct store *store, const char *collection, struct seen *seen)
{
    mongoc_collection_t *of =
        mongoc_client_get_collection(store->client, store->database, collection);
    int r = take_names(store, mongoc_collection_find_indexes_with_opts(of, NULL), seen);
    mongoc_collection_destroy(of);
    return r;
}

/* --- Creating --- */

/* Those of a collection that are missing, in one command: it also makes the collection. */
static int create_indexes(struct store *store, const char *collection, const struct seen *seen)
{
    bson_t *command = store->command, list;
    char name[INDEX_NAME_SIZE];
    uint32_t n = 0;
    bson_reinit(command);
    (void)BSON_APPEND_UTF8(command, "createIndexes", collection);
    (void)BSON_APPEND_ARRAY_BEGIN(command, "indexes", &list);
    for (size_t i = 0; i < INDEXES; i++) {
        index_name(&indexes[i], name);
        if (strcmp(indexes[i].collection, collection) == 0 && !has(seen, name))
            append_index(&list, n++, &indexes[i]);
    }
    (void)bson_append_array_end(command, &list);
    return n == 0 || mongo_run_alone(store, store->database, command, NULL)
               ? 0
               : mongo_errno(&store->error);
}

#define NAMESPACE_EXISTS 48

static int create_collection(struct store *store, const char *name)
{
    bson_reinit(store->command);
    (void)BSON_APPEND_UTF8(store->command, "create", name);
    return mongo_run_alone(store, store->database, store->command, NULL) ||
                   store->error.code == NAMESPACE_EXISTS
               ? 0
               : mongo_errno(&store->error);
}

static int complete_indexes(struct store *store, void *arena, const char *collection, bool exists)
{
    struct seen seen = {.arena = arena};
    int r = exists ? see_indexes(store, collection, &seen) : 0;
    return r < 0 ? r : create_indexes(store, collection, &seen);
}

static int complete(struct store *store, void *arena, const struct seen *present)
{
    int r = 0;
    for (size_t i = 0; i < INDEXES && r == 0; i++)
        if (i == 0 || strcmp(indexes[i].collection, indexes[i - 1].collection) != 0)
            r = complete_indexes(store, arena, indexes[i].collection,
                                 has(present, indexes[i].collection));
    for (size_t i = 0; i < PLAIN_COLLECTIONS && r == 0; i++)
        if (!has(present, plain[i]))
            r = create_collection(store, plain[i]);
    return r;
}

int store_prepare(struct store *store)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = {.arena = arena};
    int r = see_collections(store, &seen);
    if (r == 0 && !has(&seen, FENCES))
        r = store_pack_receipts(store); /* nobody reads them but this release and later ones */
    if (r == 0 && !has(&seen, FENCES))
        r = complete(store, arena, &seen);
    return r < 0 ? r : receipt_form_load(store);
}

int store_complete(struct store *store)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = {.arena = arena};
    int r = see_collections(store, &seen);
    if (r == 0)
        r = complete(store, arena, &seen);
    for (size_t i = 0; collections[i] != NULL && r == 0; i++) {
        struct seen names = {.arena = arena};
        if (!collections[i]->timed || !has(&seen, collections[i]->name))
            continue;
        r = see_indexes(store, collections[i]->name, &names);
        if (r == 0 && has(&names, DUE_INDEX_BEFORE))
            r = due_adopt(store, collections[i]);
    }
    return r;
}
