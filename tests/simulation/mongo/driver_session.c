/* Sessions and their transactions. */
#include "tests/simulation/mongo/driver.h"

#include <string.h>
#include <talloc.h>

#include "tests/simulation/world/world.h"

enum state { STATE_NONE, STATE_STARTING, STATE_IN_PROGRESS, STATE_COMMITTED, STATE_ABORTED };
struct _mongoc_client_session_t {
    mongoc_client_t *client;
    uint8_t id[SESSION_ID];
    bson_t *lsid; /* not in the arena: what talloc gives is not aligned as a bson_t wants it */
    int64_t number;
    enum state state;
    bool sent; /* of a committed one: the server knows of it */
};

mongoc_client_session_t *mongoc_client_start_session(mongoc_client_t *client,
                                                     const mongoc_session_opt_t *options,
                                                     bson_error_t *error)
{
    (void)options;
    if (!driver_select(client, error))
        return NULL;
    mongoc_client_session_t *session = NEW(mongoc_client_session_t);
    session->client = client;
    uint64_t number = ++mongo_server->sessions_made;
    memcpy(session->id, &number, sizeof number);
    session->lsid = bson_new();
    (void)BSON_APPEND_BINARY(session->lsid, "id", BSON_SUBTYPE_UUID, session->id, SESSION_ID);
    return session;
}

void mongoc_client_session_destroy(mongoc_client_session_t *session)
{
    if (session->state == STATE_IN_PROGRESS)
        (void)mongoc_client_session_abort_transaction(session, NULL);
    bson_destroy(session->lsid);
    talloc_free(session);
}

const bson_t *mongoc_client_session_get_lsid(const mongoc_client_session_t *session)
{
    return session->lsid;
}

bool mongoc_client_session_append(const mongoc_client_session_t *session, bson_t *options,
                                  bson_error_t *error)
{
    (void)error;
    return BSON_APPEND_INT64(options, "sessionId", (int64_t)(intptr_t)session);
}

bool mongoc_client_session_in_transaction(const mongoc_client_session_t *session)
{
    return session->state == STATE_STARTING || session->state == STATE_IN_PROGRESS;
}

bool mongoc_client_session_start_transaction(mongoc_client_session_t *session,
                                             const mongoc_transaction_opt_t *options,
                                             bson_error_t *error)
{
    (void)options;
    if (mongoc_client_session_in_transaction(session)) {
        bson_set_error(error, MONGOC_ERROR_TRANSACTION, MONGOC_ERROR_TRANSACTION_INVALID_STATE,
                       "Transaction already in progress");
        return false;
    }
    session->number++;
    session->state = STATE_STARTING;
    return true;
}

struct request session_request(mongoc_client_session_t *session, const bson_t *command)
{
    struct request request = {.command = command};
    if (session == NULL)
        return request;
    request.session = session->id;
    request.number = session->number;
    request.in_transaction = mongoc_client_session_in_transaction(session);
    request.starts = session->state == STATE_STARTING;
    if (request.starts)
        session->state = STATE_IN_PROGRESS;
    return request;
}

/* A driver sends it twice if it must. */
static bool end_transaction(mongoc_client_session_t *session, const char *verb, bson_t *ret_reply,
                            bson_error_t *error)
{
    bson_t *command = BCON_NEW(verb, BCON_INT32(1));
    const struct request request = {
        .command = command, .session = session->id, .number = session->number};
    bson_t reply;
    bson_error_t own;
    bool done =
        driver_run(session->client, &request, "UnknownTransactionCommitResult", &reply, &own);
    if (!done && own.domain == MONGOC_ERROR_STREAM) {
        bson_destroy(&reply);
        done =
            driver_run(session->client, &request, "UnknownTransactionCommitResult", &reply, &own);
    }
    if (!done && error != NULL)
        *error = own;
    if (ret_reply != NULL)
        bson_steal(ret_reply, &reply);
    else
        bson_destroy(&reply);
    bson_destroy(command);
    return done;
}

bool mongoc_client_session_commit_transaction(mongoc_client_session_t *session, bson_t *ret_reply,
                                              bson_error_t *error)
{
    if (session->state == STATE_NONE || session->state == STATE_ABORTED) {
        bson_init(ret_reply);
        bson_set_error(error, MONGOC_ERROR_TRANSACTION, MONGOC_ERROR_TRANSACTION_INVALID_STATE,
                       "No transaction started");
        return false;
    }
    if (session->state == STATE_STARTING)
        session->sent = false;
    else if (session->state == STATE_IN_PROGRESS)
        session->sent = true;
    session->state = STATE_COMMITTED;
    if (session->sent)
        return end_transaction(session, "commitTransaction", ret_reply, error);
    bson_init(ret_reply);
    return true;
}

bool mongoc_client_session_abort_transaction(mongoc_client_session_t *session, bson_error_t *error)
{
    bool sent = session->state == STATE_IN_PROGRESS;
    session->state = STATE_ABORTED;
    if (sent)
        (void)end_transaction(session, "abortTransaction", NULL, error);
    return true;
}

mongoc_client_session_t *session_in_options(const bson_t *options)
{
    bson_iter_t at;
    return options != NULL && bson_iter_init_find(&at, options, "sessionId")
               ? (mongoc_client_session_t *)(intptr_t)bson_iter_int64(&at)
               : NULL;
}
