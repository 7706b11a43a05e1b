/* Which server this is: what is not supported is said in a sentence, instead of waited for. */
#include "db-svc/store/mongo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

#define OLDEST_MAJOR 6

struct server {
    char version[32];
    bool is_member; /* of a replica set, or the router of a sharded cluster */
};

static bool ask(mongoc_client_t *client, const char *question, bson_t *ret_reply,
                bson_error_t *error)
{
    bson_t *command = BCON_NEW(question, BCON_INT32(1));
    bool done = mongoc_client_command_simple(client, "admin", command, NULL, ret_reply, error);
    bson_destroy(command);
    return done;
}

static bool read_version(mongoc_client_t *client, struct server *server, bson_error_t *error)
{
    bson_t reply;
    bson_iter_t at;
    bool done = ask(client, "buildInfo", &reply, error);
    if (done && bson_iter_init_find(&at, &reply, "version") && BSON_ITER_HOLDS_UTF8(&at))
        (void)snprintf(server->version, sizeof server->version, "%s", bson_iter_utf8(&at, NULL));
    bson_destroy(&reply);
    return done;
}

/* Servers before 4.4.2 know no `hello`. */
static bool read_role(mongoc_client_t *client, struct server *server, bson_error_t *error)
{
    bson_t reply;
    bson_iter_t at;
    bool done = ask(client, "hello", &reply, error);
    if (!done && error->domain == MONGOC_ERROR_SERVER) {
        bson_destroy(&reply);
        done = ask(client, "isMaster", &reply, error);
    }
    server->is_member =
        done && (bson_iter_init_find(&at, &reply, "setName") ||
                 (bson_iter_init_find(&at, &reply, "msg") && BSON_ITER_HOLDS_UTF8(&at) &&
                  strcmp(bson_iter_utf8(&at, NULL), "isdbgrid") == 0));
    bson_destroy(&reply);
    return done;
}

static bool look(mongoc_client_t *client, struct server *ret_server, bson_error_t *error)
{
    *ret_server = (struct server){0};
    return read_version(client, ret_server, error) && read_role(client, ret_server, error);
}

/* The URI without what it says of a replica set, for one host; NULL: there are several. A driver
 * that is told of a replica set does not speak to a server that is of none. */
static char *direct_uri(void *arena, const char *uri)
{
    static const char name[] = "replicaSet=";
    const char *scheme = strstr(uri, "://");
    if (scheme == NULL || strncmp(uri, "mongodb://", 10) != 0 || strchr(uri, ',') != NULL)
        return NULL;
    char *text = mem_strdup(arena, uri);
    char *at = strcasestr(text, name);
    if (at != NULL) {
        const char *end = at + strcspn(at, "&");
        end += *end == '&';
        memmove(at, end, strlen(end) + 1);
    }
    const char *path = strchr(text + 10, '/');
    const char *query = strchr(text, '?');
    return mem_printf(arena, "%s%sdirectConnection=true", text,
                      query != NULL  ? "&"
                      : path != NULL ? "?"
                                     : "/?");
}

static bool look_directly(const struct store *store, struct server *ret_server)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    bson_error_t error;
    const char *text = direct_uri(arena, store->uri);
    mongoc_uri_t *uri = text != NULL ? mongoc_uri_new_with_error(text, &error) : NULL;
    if (uri != NULL)
        mongo_set_timeouts(uri, false);
    mongoc_client_t *client = uri != NULL ? mongoc_client_new_from_uri(uri) : NULL;
    bool done = client != NULL && look(client, ret_server, &error);
    if (client != NULL)
        mongoc_client_destroy(client);
    if (uri != NULL)
        mongoc_uri_destroy(uri);
    return done;
}

int store_check_server(struct store *store, bool any_release, char ret_reason[STORE_REASON_SIZE])
{
    struct server server;
    if (!look(store->client, &server, &store->error) && !look_directly(store, &server))
        return mongo_errno(&store->error);
    if (!server.is_member) {
        (void)snprintf(ret_reason, STORE_REASON_SIZE,
                       "the MongoDB server is a standalone one: transactions need a replica set, "
                       "be it of one member");
        return -ENOTSUP;
    }
    if (any_release || atoi(server.version) >= OLDEST_MAJOR)
        return 0;
    (void)snprintf(ret_reason, STORE_REASON_SIZE,
                   "MongoDB %s is not supported: 6.0 or later is needed", server.version);
    return -ENOTSUP;
}
