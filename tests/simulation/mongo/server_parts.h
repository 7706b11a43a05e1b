/* server_parts: what the files of the simulated server share.
 *
 * reply <- session <- write, command <- server. */
#pragma once

#include <uthash.h>

#include "tests/simulation/mongo/server.h"

enum {
    NO_SUCH_TRANSACTION = 251,
    WRITE_CONFLICT = 112,
    DUPLICATE_KEY = 11000,
    MAX_TIME_EXPIRED = 50,
    NAMESPACE_EXISTS = 48,
    COMMAND_NOT_FOUND = 59,
    TOO_LARGE = 10334,
};
#define TRANSIENT "TransientTransactionError"

/* --- server_reply.c, beside server_error() --- */

void server_ok(bson_t *reply);

/* --- server_session.c --- */

enum session_state { SESSION_NONE, SESSION_OPEN, SESSION_COMMITTED, SESSION_ABORTED };

struct session_kept {
    uint8_t id[SESSION_ID];
    int64_t number;
    enum session_state state;
    int64_t began_at;
    struct transaction transaction;
    UT_hash_handle hh;
};

/* Finds the session of a request, if it is in a transaction, and begins that if it is new. False:
 * there is none any more, as the reply says. */
bool session_enter(struct server *server, const struct request *request,
                   struct session_kept **ret_session, bson_t *ret_reply);
/* NULL: none. */
struct transaction *session_transaction(struct session_kept *session);
void session_end_transaction(struct server *server, struct session_kept *session);
/* Ends transactions that are older than a server lets them be. */
void sessions_reap(struct server *server);

/* The commands that end transactions. */
void session_commit(struct server *server, const struct request *request, bson_t *reply);
void session_abort(struct server *server, const struct request *request, bson_t *reply);
void session_kill(struct server *server, const bson_t *command, bson_t *reply);

/* --- server_write.c --- */

/* A request that writes, in the transaction of `session`, or alone (NULL). */
struct writing {
    struct server *server;
    const struct request *request;
    struct session_kept *session;
    struct collection_kept *collection;
    bson_t *reply;
    int64_t n;
    int64_t inserted, matched, deleted; /* by a bulkWrite */
    int64_t until;                      /* for locks */
    bool bulk;
    bool failed; /* the reply says how */
};
void server_write(struct writing *writing, const char *name);

/* --- server_command.c --- */

void server_command(struct server *server, const bson_t *command, const char *name,
                    const char *collection, bson_t *reply);
