/* Sessions, and how their transactions begin and end. */
#include "tests/simulation/mongo/server_parts.h"

#include <stdlib.h>
#include <string.h>

#include "tests/simulation/mongo/document.h"
#include "tests/simulation/world/world.h"

#define LIFETIME_US 60000000 /* transactionLifetimeLimitSeconds */

static struct session_kept *session_of(struct server *server, const uint8_t id[SESSION_ID],
                                       bool create)
{
    struct session_kept *session;
    HASH_FIND(hh, server->sessions, id, SESSION_ID, session);
    if (session != NULL || !create)
        return session;
    session = calloc(1, sizeof *session);
    memcpy(session->id, id, SESSION_ID);
    HASH_ADD_KEYPTR(hh, server->sessions, session->id, SESSION_ID, session);
    return session;
}

void session_end_transaction(struct server *server, struct session_kept *session)
{
    if (session->state == SESSION_OPEN && session->transaction.open)
        database_abort(server->database, &session->transaction);
    if (session->state == SESSION_OPEN)
        session->state = SESSION_ABORTED;
}

void sessions_reap(struct server *server)
{
    for (struct session_kept *at = server->sessions; at != NULL; at = at->hh.next)
        if (at->state == SESSION_OPEN && world_now() - at->began_at > LIFETIME_US)
            session_end_transaction(server, at);
}

size_t server_open_transactions(const struct server *server)
{
    size_t n = 0;
    for (const struct session_kept *at = server->sessions; at != NULL; at = at->hh.next)
        n += at->state == SESSION_OPEN;
    return n;
}

static void begin(struct server *server, struct session_kept *session, int64_t number)
{
    session_end_transaction(server, session);
    session->number = number;
    session->state = SESSION_OPEN;
    session->began_at = world_now();
    database_begin(server->database, &session->transaction);
}

bool session_enter(struct server *server, const struct request *request,
                   struct session_kept **ret_session, bson_t *ret_reply)
{
    *ret_session = NULL;
    sessions_reap(server);
    if (!request->in_transaction)
        return true;
    struct session_kept *session = session_of(server, request->session, true);
    if (request->starts && request->number > session->number)
        begin(server, session, request->number);
    *ret_session = session;
    if (session->state == SESSION_OPEN && session->number == request->number &&
        session->transaction.open)
        return true;
    server_error(ret_reply, NO_SUCH_TRANSACTION, TRANSIENT, "Transaction has been aborted.");
    return false;
}

struct transaction *session_transaction(struct session_kept *session)
{
    return session != NULL ? &session->transaction : NULL;
}

void session_commit(struct server *server, const struct request *request, bson_t *reply)
{
    sessions_reap(server);
    struct session_kept *session = session_of(server, request->session, false);
    if (session != NULL && session->number == request->number) {
        if (session->state == SESSION_OPEN && session->transaction.open) {
            database_commit(server->database, &session->transaction);
            session->state = SESSION_COMMITTED;
        }
        if (session->state == SESSION_COMMITTED) {
            server_ok(reply);
            return;
        }
    }
    server_error(reply, NO_SUCH_TRANSACTION, TRANSIENT, "no such transaction");
}

void session_abort(struct server *server, const struct request *request, bson_t *reply)
{
    struct session_kept *session = session_of(server, request->session, false);
    if (session != NULL && session->number == request->number)
        session_end_transaction(server, session);
    server_ok(reply);
}

void session_kill(struct server *server, const bson_t *command, bson_t *reply)
{
    bson_t list, one;
    bson_iter_t at, id;
    server_ok(reply);
    if (!document_sub(command, "killSessions", &list) || !bson_iter_init(&at, &list))
        return;
    while (bson_iter_next(&at)) {
        uint32_t length, n = 0;
        const uint8_t *bytes, *session_id = NULL;
        bson_iter_document(&at, &length, &bytes);
        if (!bson_init_static(&one, bytes, length) || !bson_iter_init_find(&id, &one, "id"))
            continue;
        bson_iter_binary(&id, NULL, &n, &session_id);
        struct session_kept *session =
            n == SESSION_ID ? session_of(server, session_id, false) : NULL;
        if (session != NULL)
            session_end_transaction(server, session);
    }
}

void server_restart(struct server *server, int64_t away_until, bool forgets)
{
    for (struct session_kept *at = server->sessions; at != NULL; at = at->hh.next) {
        session_end_transaction(server, at);
        if (forgets && at->state == SESSION_COMMITTED)
            at->state = SESSION_ABORTED;
    }
    server->restarts++;
    server->away_until = away_until;
}
