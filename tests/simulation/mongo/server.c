#include "tests/simulation/mongo/server.h"

#include <stdlib.h>
#include <string.h>

#include "tests/simulation/mongo/document.h"
#include "tests/simulation/mongo/server_parts.h"
#include "tests/simulation/world/world.h"

struct server *mongo_server;

void server_open(struct server *opened)
{
    *opened = (struct server){.database = database_new()};
    mongo_server = opened;
}

void server_close(struct server *server)
{
    struct session_kept *session, *next;
    database_free(server->database);
    HASH_ITER (hh, server->sessions, session, next) {
        HASH_DEL(server->sessions, session);
        free(session);
    }
    mongo_server = NULL;
}

static bool is_write(const struct server *server, const char *name)
{
    static const char *const writes[] = {"insert", "update", "delete", "findAndModify"};
    if (strcmp(name, "bulkWrite") == 0)
        return !server->no_bulk_write;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        if (strcmp(name, writes[i]) == 0)
            return true;
    return false;
}

bool server_run(struct server *server, const struct request *request, bson_t *ret_reply)
{
    bson_iter_t first;
    (void)(bson_iter_init(&first, request->command) && bson_iter_next(&first));
    const char *name = bson_iter_key(&first);
    struct writing writing = {.server = server, .request = request, .reply = ret_reply};
    if (strcmp(name, "commitTransaction") == 0)
        session_commit(server, request, ret_reply);
    else if (strcmp(name, "abortTransaction") == 0)
        session_abort(server, request, ret_reply);
    else if (!is_write(server, name))
        server_command(server, request->command, name,
                       BSON_ITER_HOLDS_UTF8(&first) ? bson_iter_utf8(&first, NULL) : "", ret_reply);
    else if (session_enter(server, request, &writing.session, ret_reply))
        server_write(&writing, name);
    return document_flag(ret_reply, "ok");
}

bool server_find(struct server *server, const struct request *request,
                 const struct server_query *query, void *arena, struct document **ret_found,
                 size_t *ret_n, bson_t *ret_reply)
{
    struct session_kept *session;
    struct filter filter;
    if (!session_enter(server, request, &session, ret_reply))
        return false;
    filter_read(arena, query->filter, &filter);
    *ret_n = database_find(server->database,
                           database_collection(server->database, query->collection, false),
                           session_transaction(session), &filter, &query->sort, arena, ret_found);
    return true;
}

void server_set_back(struct server *server, const struct backup *backup)
{
    server_restart(server, world_now(), true);
    database_restore(server->database, backup);
}
