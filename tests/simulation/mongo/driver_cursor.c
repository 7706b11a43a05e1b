/* Collections, and cursors over what is found in them or about them. */
#include "tests/simulation/mongo/driver.h"

#include <string.h>
#include <talloc.h>

#include "tests/simulation/world/world.h"

struct _mongoc_collection_t {
    mongoc_client_t *client;
    char *name;
};
struct _mongoc_database_t {
    mongoc_client_t *client;
};
struct _mongoc_cursor_t {
    void *arena;
    struct document *documents;
    size_t n, at;
    bson_t *given; /* the one that was given last; its bytes are the document's */
    bool failed;
    bson_error_t error;
    bson_t *reply;
};

mongoc_collection_t *mongoc_client_get_collection(mongoc_client_t *client, const char *database,
                                                  const char *name)
{
    (void)database;
    mongoc_collection_t *collection = NEW(mongoc_collection_t);
    collection->client = client;
    collection->name = talloc_strdup(collection, name);
    return collection;
}

void mongoc_collection_destroy(mongoc_collection_t *collection)
{
    talloc_free(collection);
}

mongoc_database_t *mongoc_client_get_database(mongoc_client_t *client, const char *name)
{
    (void)name;
    mongoc_database_t *database = NEW(mongoc_database_t);
    database->client = client;
    return database;
}

void mongoc_database_destroy(mongoc_database_t *database)
{
    talloc_free(database);
}

static struct sort sort_of(const bson_t *options)
{
    struct sort sort = {0};
    bson_iter_t at, member;
    if (options != NULL && bson_iter_init_find(&at, options, "limit"))
        sort.limit = (size_t)bson_iter_as_int64(&at);
    if (options == NULL || !bson_iter_init_find(&at, options, "sort") ||
        !bson_iter_recurse(&at, &member) || !bson_iter_next(&member))
        return sort;
    sort.member = bson_iter_key(&member);
    sort.descending = bson_iter_as_int64(&member) < 0;
    if (bson_iter_next(&member))
        sort.second = bson_iter_key(&member);
    return sort;
}

struct finding {
    const struct server_query *query;
    mongoc_cursor_t *cursor;
};

static void take_documents(mongoc_cursor_t *cursor, const struct document *found, size_t n)
{
    cursor->documents = talloc_array(cursor->arena, struct document, n + 1);
    cursor->n = n;
    for (size_t i = 0; i < n; i++)
        cursor->documents[i] =
            (struct document){talloc_memdup(cursor->arena, found[i].bytes, found[i].n), found[i].n};
}

static bool find_at_server(void *context, const struct request *request, bson_t *ret_reply)
{
    const struct finding *finding = context;
    void *arena = talloc_new(NULL);
    struct document *found;
    size_t n = 0;
    bool done = server_find(mongo_server, request, finding->query, arena, &found, &n, ret_reply);
    if (done) {
        bson_init(ret_reply);
        take_documents(finding->cursor, found, n);
    }
    talloc_free(arena);
    return done;
}

static mongoc_cursor_t *new_cursor(void)
{
    mongoc_cursor_t *cursor = NEW(mongoc_cursor_t);
    cursor->arena = cursor;
    cursor->given = bson_malloc(sizeof *cursor->given);
    cursor->reply = bson_new();
    return cursor;
}

static mongoc_cursor_t *find(mongoc_client_t *client, const char *collection, const bson_t *filter,
                             const bson_t *options)
{
    mongoc_cursor_t *cursor = new_cursor();
    const struct server_query query = {collection, filter, sort_of(options)};
    struct finding finding = {&query, cursor};
    const struct request request = session_request(session_in_options(options), filter);
    bson_t reply;
    int done =
        driver_exchange(client, &request, "find", find_at_server, &finding, &reply, &cursor->error);
    cursor->failed = done < 1;
    if (done == 0) {
        driver_take_error(&reply, &cursor->error);
        (void)bson_concat(cursor->reply, &reply);
    }
    if (done >= 0)
        bson_destroy(&reply);
    if (cursor->failed)
        cursor->n = 0;
    return cursor;
}

mongoc_cursor_t *mongoc_collection_find_with_opts(mongoc_collection_t *collection,
                                                  const bson_t *filter, const bson_t *options,
                                                  const mongoc_read_prefs_t *preference)
{
    (void)preference;
    return find(collection->client, collection->name, filter, options);
}

int64_t mongoc_collection_count_documents(mongoc_collection_t *collection, const bson_t *filter,
                                          const bson_t *options,
                                          const mongoc_read_prefs_t *preference, bson_t *ret_reply,
                                          bson_error_t *error)
{
    (void)preference;
    (void)ret_reply;
    mongoc_cursor_t *cursor = find(collection->client, collection->name, filter, options);
    int64_t n = cursor->failed ? -1 : (int64_t)cursor->n;
    *error = cursor->error;
    mongoc_cursor_destroy(cursor);
    return n;
}

bool mongoc_cursor_next(mongoc_cursor_t *cursor, const bson_t **ret_document)
{
    if (cursor->at >= cursor->n)
        return false;
    const struct document *document = &cursor->documents[cursor->at++];
    *ret_document = cursor->given;
    return bson_init_static(cursor->given, document->bytes, document->n);
}

bool mongoc_cursor_error(mongoc_cursor_t *cursor, bson_error_t *ret_error)
{
    if (cursor->failed)
        *ret_error = cursor->error;
    return cursor->failed;
}

bool mongoc_cursor_error_document(mongoc_cursor_t *cursor, bson_error_t *ret_error,
                                  const bson_t **ret_reply)
{
    *ret_reply = cursor->failed ? cursor->reply : NULL;
    return mongoc_cursor_error(cursor, ret_error);
}

void mongoc_cursor_destroy(mongoc_cursor_t *cursor)
{
    bson_free(cursor->given);
    bson_destroy(cursor->reply);
    talloc_free(cursor);
}

static void list_name(mongoc_cursor_t *cursor, const char *name)
{
    cursor->documents = talloc_realloc(cursor, cursor->documents, struct document, cursor->n + 1);
    bson_t *document = BCON_NEW("name", BCON_UTF8(name));
    cursor->documents[cursor->n++] = (struct document){
        talloc_memdup(cursor, bson_get_data(document), document->len), document->len};
    bson_destroy(document);
}

struct listing {
    mongoc_cursor_t *cursor;
    const char *collection; /* NULL: collections are listed */
};

static bool list_at_server(void *context, const struct request *request, bson_t *ret_reply)
{
    const struct listing *listing = context;
    const struct database *database = mongo_server->database;
    (void)request;
    bson_init(ret_reply);
    for (const struct collection_kept *at = database_next(database, NULL); at != NULL;
         at = database_next(database, at)) {
        const char *name = database_name(at);
        if (listing->collection == NULL)
            list_name(listing->cursor, name);
        else if (strcmp(name, listing->collection) == 0)
            for (size_t i = 0; (name = database_index_name(at, i)) != NULL; i++)
                list_name(listing->cursor, name);
    }
    return true;
}

static mongoc_cursor_t *list(mongoc_client_t *client, const char *command, const char *collection)
{
    mongoc_cursor_t *cursor = new_cursor();
    struct listing listing = {cursor, collection};
    bson_t none = BSON_INITIALIZER, reply;
    const struct request request = {.command = &none};
    int done = driver_exchange(client, &request, command, list_at_server, &listing, &reply,
                               &cursor->error);
    cursor->failed = done < 1;
    if (done == 0)
        driver_take_error(&reply, &cursor->error);
    if (done >= 0)
        bson_destroy(&reply);
    return cursor;
}

mongoc_cursor_t *mongoc_database_find_collections_with_opts(mongoc_database_t *database,
                                                            const bson_t *options)
{
    (void)options;
    return list(database->client, "listCollections", NULL);
}

mongoc_cursor_t *mongoc_collection_find_indexes_with_opts(mongoc_collection_t *collection,
                                                          const bson_t *options)
{
    (void)options;
    return list(collection->client, "listIndexes", collection->name);
}
