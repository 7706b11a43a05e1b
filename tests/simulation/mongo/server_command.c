/* Commands that neither write documents nor end transactions. */
#include "tests/simulation/mongo/server_parts.h"

#include <string.h>
#include <talloc.h>

#include "tests/simulation/mongo/document.h"

static void read_index(const bson_t *one, struct index_wish *ret_wish)
{
    bson_t key;
    bson_iter_t at;
    *ret_wish = (struct index_wish){.unique = document_flag(one, "unique"),
                                    .sparse = document_flag(one, "sparse")};
    if (bson_iter_init_find(&at, one, "name"))
        ret_wish->name = bson_iter_utf8(&at, NULL);
    if (document_sub(one, "key", &key) && bson_iter_init(&at, &key))
        while (bson_iter_next(&at) && ret_wish->n < INDEX_MEMBERS)
            ret_wish->members[ret_wish->n++] = bson_iter_key(&at);
}

static void run_create_indexes(struct server *server, const bson_t *command, const char *name,
                               bson_t *reply)
{
    struct collection_kept *collection = database_collection(server->database, name, true);
    bson_t list, one;
    bson_iter_t at;
    server_ok(reply);
    if (!document_sub(command, "indexes", &list) || !bson_iter_init(&at, &list))
        return;
    while (bson_iter_next(&at)) {
        uint32_t length;
        const uint8_t *bytes;
        struct index_wish wish;
        bson_iter_document(&at, &length, &bytes);
        if (!bson_init_static(&one, bytes, length))
            continue;
        read_index(&one, &wish);
        database_create_index(collection, &wish);
    }
}

static void run_create(struct server *server, const char *name, bson_t *reply)
{
    if (database_collection(server->database, name, false) != NULL) {
        server_error(reply, NAMESPACE_EXISTS, NULL, "Collection already exists");
        return;
    }
    (void)database_collection(server->database, name, true);
    server_ok(reply);
}

static void run_drop_indexes(struct server *server, const bson_t *command, const char *name,
                             bson_t *reply)
{
    struct collection_kept *collection = database_collection(server->database, name, false);
    bson_iter_t at;
    if (collection != NULL && bson_iter_init_find(&at, command, "index"))
        database_drop_index(collection, bson_iter_utf8(&at, NULL));
    server_ok(reply);
}

static void run_explain(struct server *server, const bson_t *command, bson_t *reply)
{
    void *arena = talloc_new(NULL);
    bson_t find, query, sort;
    bson_iter_t at;
    struct filter filter = {0};
    struct collection_kept *collection = NULL;
    const char *first = NULL;
    if (document_sub(command, "explain", &find) && bson_iter_init_find(&at, &find, "find"))
        collection = database_collection(server->database, bson_iter_utf8(&at, NULL), false);
    if (document_sub(&find, "filter", &query))
        filter_read(arena, &query, &filter);
    if (document_sub(&find, "sort", &sort) && bson_iter_init(&at, &sort) && bson_iter_next(&at))
        first = bson_iter_key(&at);
    server_ok(reply);
    (void)BSON_APPEND_UTF8(reply, "stage",
                           collection != NULL && database_has_index(collection, &filter, first)
                               ? "IXSCAN"
                               : "COLLSCAN");
    talloc_free(arena);
}

static void run_hello(bson_t *reply)
{
    server_ok(reply);
    (void)BSON_APPEND_BOOL(reply, "isWritablePrimary", true);
    (void)BSON_APPEND_UTF8(reply, "setName", "simulated");
    (void)BSON_APPEND_UTF8(reply, "version", "6.0.0");
}

void server_command(struct server *server, const bson_t *command, const char *name,
                    const char *collection, bson_t *reply)
{
    if (strcmp(name, "ping") == 0 || strcmp(name, "hello") == 0 || strcmp(name, "buildInfo") == 0)
        run_hello(reply);
    else if (strcmp(name, "killSessions") == 0)
        session_kill(server, command, reply);
    else if (strcmp(name, "create") == 0)
        run_create(server, collection, reply);
    else if (strcmp(name, "createIndexes") == 0)
        run_create_indexes(server, command, collection, reply);
    else if (strcmp(name, "dropIndexes") == 0)
        run_drop_indexes(server, command, collection, reply);
    else if (strcmp(name, "explain") == 0)
        run_explain(server, command, reply);
    else if (strcmp(name, "dropDatabase") == 0) {
        database_drop_all(server->database);
        server_ok(reply);
    } else
        server_error(reply, COMMAND_NOT_FOUND, NULL, "no such command");
}
