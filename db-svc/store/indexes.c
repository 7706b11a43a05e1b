/* Every index, and what it is for. Both MongoDB and its stand-in use the same ones: a list's filter
 * is one index from its first member on. */
#include "db-svc/store/mongo.h"

#include <errno.h>
#include <string.h>

enum index_kind { PLAIN, SPARSE, UNIQUE_SPARSE, EXPIRES };

static const struct index {
    const char *collection;
    enum index_kind kind;
    const char *members[5];
} indexes[] = {
    {"events", PLAIN, {"status", "_id"}},
    {"events", PLAIN, {"terms", "_id"}},
    {"events", PLAIN, {"updated_at", "_id"}},
    {"ticket_types", PLAIN, {"event_id", "_id"}},
    {"stock", PLAIN, {"event_id", "_id"}},
    {"pools", PLAIN, {"event_id", "_id"}},
    {"ledger", PLAIN, {"event_id", "_id"}},
    {"ledger", PLAIN, {"of", "_id"}},
    {"orders", UNIQUE_SPARSE, {"tickets.code"}},
    {"orders", PLAIN, {"event_id", "_id"}},
    {"orders", PLAIN, {"event_id", "status", "_id"}},
    {"orders", PLAIN, {"event_id", "terms", "_id"}},
    {"orders", PLAIN, {"event_id", "updated_at", "_id"}},
    {"orders", SPARSE, {"due_at"}},
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
    {"notifications", SPARSE, {"due_at"}},
    {"deliveries", PLAIN, {"notification_id", "_id"}},
    {"deliveries", PLAIN, {"notification_id", "status", "_id"}},
    {"deliveries", PLAIN, {"notification_id", "updated_at", "_id"}},
    {"deliveries", PLAIN, {"event_id", "terms", "notification_id", "_id"}},
    {"deliveries", SPARSE, {"attendee_id"}},
    {"deliveries", SPARSE, {"order_id"}},
    {"deliveries", SPARSE, {"due_at"}},
    {"scans", UNIQUE_SPARSE, {"key"}},
    {"scans", PLAIN, {"event_id", "_id"}},
    {"scans", PLAIN, {"event_id", "result", "_id"}},
    {"payments", PLAIN, {"order_id"}},
    {"payments", PLAIN, {"event_id"}},
    {"tallies", PLAIN, {"event_id"}},
    {"dead_codes", PLAIN, {"event_id"}},
    {"erasures", PLAIN, {"event_id"}},
    {"marks", PLAIN, {"event_id", "_id"}},
    {"imports", PLAIN, {"event_id", "_id"}},
    {"imports", SPARSE, {"due_at"}},
    {"suppressions", PLAIN, {"terms", "_id"}},
    {"suppressions", PLAIN, {"channel", "_id"}},
    {"suppressions", PLAIN, {"updated_at", "_id"}},
    {"receipts", EXPIRES, {"expires"}},
    {"receipts", PLAIN, {"about"}},
};
#define INDEXES (sizeof indexes / sizeof *indexes)

static void append_index(bson_t *list, uint32_t n, const struct index *index)
{
    bson_t one, key;
    char name[128] = "", room[16];
    const char *at;
    (void)bson_uint32_to_string(n, &at, room, sizeof room);
    (void)bson_append_document_begin(list, at, -1, &one);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&one, "key", &key);
    for (size_t i = 0; index->members[i] != NULL; i++) {
        (void)BSON_APPEND_INT32(&key, index->members[i], 1);
        (void)strncat(name, i > 0 ? "_" : "", sizeof name - strlen(name) - 1);
        (void)strncat(name, index->members[i], sizeof name - strlen(name) - 1);
    }
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

/* All of a collection in one command: it also makes the collection. */
static bool create_indexes(struct store *store, const char *collection)
{
    bson_t *command = store->command, list;
    uint32_t n = 0;
    bson_reinit(command);
    (void)BSON_APPEND_UTF8(command, "createIndexes", collection);
    (void)BSON_APPEND_ARRAY_BEGIN(command, "indexes", &list);
    for (size_t i = 0; i < INDEXES; i++)
        if (strcmp(indexes[i].collection, collection) == 0)
            append_index(&list, n++, &indexes[i]);
    (void)bson_append_array_end(command, &list);
    return mongo_run_alone(store, store->database, command);
}

#define NAMESPACE_EXISTS 48

static bool create_collection(struct store *store, const char *name)
{
    bson_reinit(store->command);
    (void)BSON_APPEND_UTF8(store->command, "create", name);
    return mongo_run_alone(store, store->database, store->command) ||
           store->error.code == NAMESPACE_EXISTS;
}

int store_prepare(struct store *store)
{
    bool done = create_collection(store, "fences") && create_collection(store, "cancellations") &&
                create_collection(store, "rosters") && create_collection(store, "deletions");
    for (size_t i = 0; i < INDEXES && done; i++)
        if (i == 0 || strcmp(indexes[i].collection, indexes[i - 1].collection) != 0)
            done = create_indexes(store, indexes[i].collection);
    return done ? 0 : mongo_errno(&store->error);
}
