/* server: the simulated MongoDB server: its commands, sessions and transactions.
 *
 * Replies carry the codes and labels of MongoDB 6; bulkWrite is of MongoDB 8. There is one server
 * at a time, in `mongo_server`. */
#pragma once

#include "tests/simulation/mongo/database.h"

#define SESSION_ID 16

/* What becomes of a request. */
enum fate_kind {
    FATE_ANSWERED,
    FATE_REQUEST_LOST, /* the client waits until its time limit, in vain */
    FATE_REPLY_LOST,   /* it was done */
    FATE_CUT,          /* as FATE_REQUEST_LOST, but known at once */
    FATE_CUT_DONE,     /* as FATE_REPLY_LOST, but known at once */
    FATE_REFUSED,      /* answered with `reply` instead */
};
struct fate {
    enum fate_kind kind;
    int64_t before_us, after_us; /* on the way there and back */
    const bson_t *reply;
};

struct request {
    const char *database;
    const bson_t *command;
    const uint8_t *session; /* SESSION_ID bytes; NULL: none */
    int64_t number;         /* of the transaction; with a session */
    bool in_transaction, starts;
    int64_t max_time_us; /* 0: no limit */
};

struct server {
    struct database *database;
    struct session_kept *sessions;
    uint64_t sessions_made;
    int64_t away_until; /* world time */
    uint64_t restarts;
    bool no_bulk_write;   /* it is older than MongoDB 8 */
    bool locked_is_error; /* nobody can wait: there is no world */
    uint16_t port;
    /* Whether a client of this port reaches the server; NULL: that of `port` does. */
    bool (*reaches)(void *context, uint16_t port);
    /* NULL: answered at once. */
    struct fate (*fate)(void *context, uint16_t port, const struct request *request,
                        const char *command);
    /* A document was refused for a unique key. NULL: nobody wants to know. */
    void (*duplicate)(void *context, const char *collection);
    void *context;
};

extern struct server *mongo_server;

void server_open(struct server *opened);
void server_close(struct server *server);
/* Fills the reply, which is the caller's; whether it is "ok". */
bool server_run(struct server *server, const struct request *request, bson_t *ret_reply);
/* Documents of a query; with -1 as `limit` of a count. In `arena`. */
struct server_query {
    const char *collection;
    const bson_t *filter;
    struct sort sort;
};
/* False: `ret_reply` says why not. */
bool server_find(struct server *server, const struct request *request,
                 const struct server_query *query, void *arena, struct document **ret_found,
                 size_t *ret_n, bson_t *ret_reply);

/* Killed and started again: open transactions are gone. `forgets`: which commits were the last of
 * their sessions, too. Until `away_until` nobody reaches it. */
void server_restart(struct server *server, int64_t away_until, bool forgets);
void server_set_back(struct server *server, const struct backup *backup);
/* Sessions' transactions that are open. */
size_t server_open_transactions(const struct server *server);

void server_error(bson_t *ret_reply, int32_t code, const char *label, const char *message);
