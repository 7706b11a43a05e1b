/* driver: what libmongoc offers and the store uses, over the simulated server.
 *
 * What is made lives in the arena of the node that makes it, and dies with it.
 * exchange <- session <- command, cursor. */
#pragma once

#include <mongoc/mongoc.h>

#include "tests/simulation/mongo/server.h"

#define NEW(T) talloc_zero(world_arena(), T)

struct _mongoc_uri_t {
    char *text;
    int32_t socket_ms, selection_ms;
    uint16_t port;
};
struct _mongoc_client_t {
    struct _mongoc_uri_t *uri;
    uint64_t known_restarts;
};

/* --- driver_exchange.c --- */

/* Finds the primary, waiting as long as a driver does. False: there is none, and `error` says so.
 */
bool driver_select(mongoc_client_t *client, bson_error_t *error);
/* What is done at the server, between there and back. */
typedef bool at_server(void *context, const struct request *request, bson_t *ret_reply);
/* 1: the reply is "ok", 0: it says why not, -1: there is none, and `error` says why. */
int driver_exchange(mongoc_client_t *client, const struct request *request, const char *name,
                    at_server *serve, void *context, bson_t *ret_reply, bson_error_t *error);
/* Has the server run a command. As the driver returns it: a reply in any case, with `label` if the
 * outcome is not known. */
bool driver_run(mongoc_client_t *client, const struct request *request, const char *label,
                bson_t *ret_reply, bson_error_t *error);
void driver_take_error(const bson_t *reply, bson_error_t *error);

/* --- driver_session.c --- */

/* A request in the session, and in its transaction if there is one; NULL: in none. */
struct request session_request(mongoc_client_session_t *session, const bson_t *command);
/* NULL: the options name none. */
mongoc_client_session_t *session_in_options(const bson_t *options);
