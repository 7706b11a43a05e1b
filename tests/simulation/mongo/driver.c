/* What libmongoc offers and the store uses, over the simulated server. */
#include <mongoc/mongoc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/mongo/server.h"
#include "tests/simulation/world/world.h"

struct _mongoc_uri_t {
    char *text;
    int32_t socket_ms, selection_ms;
    uint16_t port;
};
struct _mongoc_client_pool_t {
    struct _mongoc_uri_t *uri;
    mongoc_client_t *client;
};
struct _mongoc_client_t {
    struct _mongoc_uri_t *uri;
    uint64_t known_restarts;
};

enum state { STATE_NONE, STATE_STARTING, STATE_IN_PROGRESS, STATE_COMMITTED, STATE_ABORTED };
struct _mongoc_client_session_t {
    mongoc_client_t *client;
    uint8_t id[SESSION_ID];
    bson_t *lsid; /* as others here: what talloc gives is not aligned as a bson_t wants it */
    int64_t number;
    enum state state;
    bool sent; /* of a committed one: the server knows of it */
};
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
struct _mongoc_transaction_opt_t {
    int unused;
};
struct _mongoc_session_opt_t {
    int unused;
};
struct _mongoc_write_concern_t {
    int unused;
};
struct _mongoc_read_concern_t {
    int unused;
};

#define NEW(T) talloc_zero(world_arena(), T)

/* --- What only has to be there --- */

void mongoc_init(void)
{
}

void mongoc_cleanup(void)
{
}

void mongoc_log_set_handler(mongoc_log_func_t handler, void *context)
{
    (void)handler;
    (void)context;
}

bool mongoc_client_pool_set_error_api(mongoc_client_pool_t *pool, int32_t version)
{
    (void)pool;
    return version == MONGOC_ERROR_API_VERSION_2;
}

bool mongoc_client_pool_set_appname(mongoc_client_pool_t *pool, const char *name)
{
    (void)pool;
    (void)name;
    return true;
}

void mongoc_client_pool_max_size(mongoc_client_pool_t *pool, uint32_t most)
{
    (void)pool;
    (void)most;
}

mongoc_transaction_opt_t *mongoc_transaction_opts_new(void)
{
    return NEW(mongoc_transaction_opt_t);
}

void mongoc_transaction_opts_destroy(mongoc_transaction_opt_t *options)
{
    talloc_free(options);
}

void mongoc_transaction_opts_set_write_concern(mongoc_transaction_opt_t *options,
                                               const mongoc_write_concern_t *concern)
{
    (void)options;
    (void)concern;
}

void mongoc_transaction_opts_set_max_commit_time_ms(mongoc_transaction_opt_t *options, int64_t ms)
{
    (void)options;
    (void)ms;
}

mongoc_write_concern_t *mongoc_write_concern_new(void)
{
    return NEW(mongoc_write_concern_t);
}

void mongoc_write_concern_destroy(mongoc_write_concern_t *concern)
{
    talloc_free(concern);
}

void mongoc_write_concern_set_wmajority(mongoc_write_concern_t *concern, int32_t timeout_ms)
{
    (void)concern;
    (void)timeout_ms;
}

void mongoc_write_concern_set_journal(mongoc_write_concern_t *concern, bool journal)
{
    (void)concern;
    (void)journal;
}

mongoc_read_concern_t *mongoc_read_concern_new(void)
{
    return NEW(mongoc_read_concern_t);
}

void mongoc_read_concern_destroy(mongoc_read_concern_t *concern)
{
    talloc_free(concern);
}

bool mongoc_read_concern_set_level(mongoc_read_concern_t *concern, const char *level)
{
    (void)concern;
    (void)level;
    return true;
}

void mongoc_client_set_read_concern(mongoc_client_t *client, const mongoc_read_concern_t *concern)
{
    (void)client;
    (void)concern;
}

mongoc_session_opt_t *mongoc_session_opts_new(void)
{
    return NEW(mongoc_session_opt_t);
}

void mongoc_session_opts_destroy(mongoc_session_opt_t *options)
{
    talloc_free(options);
}

void mongoc_session_opts_set_causal_consistency(mongoc_session_opt_t *options, bool causal)
{
    (void)options;
    (void)causal;
}

/* --- Addresses --- */

static int32_t option_of(const char *text, const char *name, int32_t otherwise)
{
    const char *at = strcasestr(text, name);
    size_t length = strlen(name);
    return at != NULL && at[length] == '=' ? (int32_t)strtol(at + length + 1, NULL, 10) : otherwise;
}

mongoc_uri_t *mongoc_uri_new_with_error(const char *text, bson_error_t *error)
{
    static const char scheme[] = "mongodb://";
    const char *host = text + strlen(scheme);
    const char *port = strncmp(text, scheme, strlen(scheme)) == 0 ? strrchr(host, ':') : NULL;
    long number = port != NULL ? strtol(port + 1, NULL, 10) : 0;
    if (number < 1 || number > 65535) {
        bson_set_error(error, MONGOC_ERROR_COMMAND, MONGOC_ERROR_COMMAND_INVALID_ARG,
                       "Invalid URI: %s", text);
        return NULL;
    }
    mongoc_uri_t *uri = NEW(mongoc_uri_t);
    *uri =
        (mongoc_uri_t){.text = talloc_strdup(uri, text),
                       .socket_ms = option_of(text, MONGOC_URI_SOCKETTIMEOUTMS, 300000),
                       .selection_ms = option_of(text, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 30000),
                       .port = (uint16_t)number};
    return uri;
}

void mongoc_uri_destroy(mongoc_uri_t *uri)
{
    talloc_free(uri);
}

bool mongoc_uri_has_option(const mongoc_uri_t *uri, const char *name)
{
    return strcasestr(uri->text, name) != NULL;
}

bool mongoc_uri_set_option_as_int32(mongoc_uri_t *uri, const char *name, int32_t value)
{
    if (strcasecmp(name, MONGOC_URI_SOCKETTIMEOUTMS) == 0)
        uri->socket_ms = value;
    else if (strcasecmp(name, MONGOC_URI_SERVERSELECTIONTIMEOUTMS) == 0)
        uri->selection_ms = value;
    uri->text = talloc_asprintf_append(uri->text, "&%s=%d", name, (int)value);
    return true;
}

int32_t mongoc_uri_get_option_as_int32(const mongoc_uri_t *uri, const char *name, int32_t otherwise)
{
    return strcasecmp(name, MONGOC_URI_SOCKETTIMEOUTMS) == 0 ? uri->socket_ms : otherwise;
}

/* --- Clients --- */

static mongoc_client_t *new_client(const mongoc_uri_t *uri)
{
    mongoc_client_t *client = NEW(mongoc_client_t);
    client->uri = talloc_memdup(client, uri, sizeof *uri);
    client->uri->text = talloc_strdup(client->uri, uri->text);
    return client;
}

mongoc_client_t *mongoc_client_new_from_uri(const mongoc_uri_t *uri)
{
    return new_client(uri);
}

void mongoc_client_destroy(mongoc_client_t *client)
{
    talloc_free(client);
}

mongoc_client_pool_t *mongoc_client_pool_new_with_error(const mongoc_uri_t *uri,
                                                        bson_error_t *error)
{
    (void)error;
    mongoc_client_pool_t *pool = NEW(mongoc_client_pool_t);
    pool->client = new_client(uri);
    return pool;
}

void mongoc_client_pool_destroy(mongoc_client_pool_t *pool)
{
    mongoc_client_destroy(pool->client);
    talloc_free(pool);
}

mongoc_client_t *mongoc_client_pool_pop(mongoc_client_pool_t *pool)
{
    return pool->client;
}

void mongoc_client_pool_push(mongoc_client_pool_t *pool, mongoc_client_t *client)
{
    (void)pool;
    (void)client;
}

/* --- A request and its reply --- */

#define LOOK_US 500000 /* minHeartbeatFrequencyMS */

static int64_t now(void)
{
    return world != NULL ? world->now : 0;
}

static bool is_there(const mongoc_client_t *client)
{
    const struct server *server = mongo_server;
    if (server->reaches != NULL)
        return server->reaches(server->context, client->uri->port) && now() >= server->away_until;
    return client->uri->port == server->port && now() >= server->away_until;
}

/* Finds the primary, waiting as long as a driver does. */
static bool select_server(mongoc_client_t *client, bson_error_t *error)
{
    int64_t until = now() + (int64_t)client->uri->selection_ms * 1000;
    while (world != NULL && !is_there(client) && now() < until)
        world_wait(until - now() < LOOK_US ? until - now() : LOOK_US);
    if (is_there(client))
        return true;
    bson_set_error(error, MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE,
                   "No suitable servers found");
    return false;
}

static bool fail_stream(bson_error_t *error)
{
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET,
                   "Failed to read 4 bytes: socket error or timeout");
    return false;
}

/* What is done at the server, between there and back. */
typedef bool at_server(void *context, const struct request *request, bson_t *ret_reply);

static struct fate fate_of(const mongoc_client_t *client, const struct request *request,
                           const char *name)
{
    const struct server *server = mongo_server;
    return server->fate != NULL ? server->fate(server->context, client->uri->port, request, name)
                                : (struct fate){0};
}

static bool is_ok(const bson_t *reply)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, reply, "ok") && bson_iter_as_bool(&at);
}

static bool is_lost(enum fate_kind kind)
{
    return kind == FATE_REQUEST_LOST || kind == FATE_REPLY_LOST;
}

/* 1: the reply is "ok", 0: it says why not, -1: there is none. */
static int exchange(mongoc_client_t *client, const struct request *request, const char *name,
                    at_server *serve, void *context, bson_t *ret_reply, bson_error_t *error)
{
    world_call(name);
    if (!select_server(client, error))
        return -1;
    const struct fate fate = fate_of(client, request, name);
    int64_t until = now() + (int64_t)client->uri->socket_ms * 1000;
    uint64_t restarts = mongo_server->restarts;
    world_wait(fate.before_us);
    bool cut = mongo_server->restarts != restarts || now() < mongo_server->away_until;
    bool never = fate.kind == FATE_REQUEST_LOST || fate.kind == FATE_CUT || cut;
    int done = 0;
    if (fate.kind == FATE_REFUSED) {
        bson_copy_to(fate.reply, ret_reply);
        done = is_ok(ret_reply);
    } else if (!never)
        done = serve(context, request, ret_reply);
    else
        bson_init(ret_reply);
    world_wait(fate.after_us);
    cut = cut || mongo_server->restarts != restarts || fate.kind == FATE_CUT ||
          fate.kind == FATE_CUT_DONE;
    if (!cut && !is_lost(fate.kind) && now() <= until)
        return done;
    bson_destroy(ret_reply);
    if (!cut && now() < until)
        world_wait(until - now());
    (void)fail_stream(error);
    return -1;
}

static bool run_at_server(void *context, const struct request *request, bson_t *ret_reply)
{
    (void)context;
    return server_run(mongo_server, request, ret_reply);
}

static void take_server_error(const bson_t *reply, bson_error_t *error)
{
    bson_iter_t at;
    int32_t code = 0;
    const char *message = "";
    if (bson_iter_init_find(&at, reply, "code"))
        code = (int32_t)bson_iter_as_int64(&at);
    if (bson_iter_init_find(&at, reply, "errmsg"))
        message = bson_iter_utf8(&at, NULL);
    bson_set_error(error, MONGOC_ERROR_SERVER, (uint32_t)code, "%s", message);
}

static void append_label(bson_t *reply, const char *label)
{
    bson_t labels;
    if (label == NULL)
        return;
    (void)BSON_APPEND_ARRAY_BEGIN(reply, "errorLabels", &labels);
    (void)BSON_APPEND_UTF8(&labels, "0", label);
    (void)bson_append_array_end(reply, &labels);
}

/* A write that the primary has and the majority has not is no success, though the reply is "ok". */
static bool take_concern_error(bson_t *reply, const char *label, bson_error_t *error)
{
    bson_iter_t at, code;
    if (!bson_iter_init(&at, reply) ||
        !bson_iter_find_descendant(&at, "writeConcernError.code", &code))
        return false;
    bson_set_error(error, MONGOC_ERROR_WRITE_CONCERN, (uint32_t)bson_iter_as_int64(&code),
                   "Write Concern error");
    append_label(reply, label);
    return true;
}

/* As the driver returns it: a reply in any case. */
static bool run(mongoc_client_t *client, const struct request *request, const char *label,
                bson_t *ret_reply, bson_error_t *error)
{
    bson_iter_t first;
    bson_t reply;
    (void)(bson_iter_init(&first, request->command) && bson_iter_next(&first));
    int done = exchange(client, request, bson_iter_key(&first), run_at_server, NULL, &reply, error);
    if (done < 0) {
        bson_init(&reply);
        append_label(&reply, label);
    } else if (done == 0) {
        take_server_error(&reply, error);
    } else if (take_concern_error(&reply, label, error)) {
        done = 0;
    }
    if (ret_reply != NULL)
        bson_steal(ret_reply, &reply);
    else
        bson_destroy(&reply);
    return done == 1;
}

bool mongoc_error_has_label(const bson_t *reply, const char *label)
{
    bson_iter_t list, at;
    if (!bson_iter_init_find(&list, reply, "errorLabels") || !bson_iter_recurse(&list, &at))
        return false;
    while (bson_iter_next(&at))
        if (BSON_ITER_HOLDS_UTF8(&at) && strcmp(bson_iter_utf8(&at, NULL), label) == 0)
            return true;
    return false;
}

/* --- Sessions --- */

mongoc_client_session_t *mongoc_client_start_session(mongoc_client_t *client,
                                                     const mongoc_session_opt_t *options,
                                                     bson_error_t *error)
{
    (void)options;
    if (!select_server(client, error))
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

static struct request request_in(mongoc_client_session_t *session, const bson_t *command)
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
    bool done = run(session->client, &request, "UnknownTransactionCommitResult", &reply, &own);
    if (!done && own.domain == MONGOC_ERROR_STREAM) {
        bson_destroy(&reply);
        done = run(session->client, &request, "UnknownTransactionCommitResult", &reply, &own);
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

/* --- Commands --- */

static mongoc_client_session_t *session_in(const bson_t *options)
{
    bson_iter_t at;
    return options != NULL && bson_iter_init_find(&at, options, "sessionId")
               ? (mongoc_client_session_t *)(intptr_t)bson_iter_int64(&at)
               : NULL;
}

bool mongoc_client_write_command_with_opts(mongoc_client_t *client, const char *database,
                                           const bson_t *command, const bson_t *options,
                                           bson_t *ret_reply, bson_error_t *error)
{
    struct request request = request_in(session_in(options), command);
    request.database = database;
    return run(client, &request, "TransientTransactionError", ret_reply, error);
}

bool mongoc_client_command_simple(mongoc_client_t *client, const char *database,
                                  const bson_t *command, const mongoc_read_prefs_t *preference,
                                  bson_t *ret_reply, bson_error_t *error)
{
    (void)preference;
    bson_iter_t at;
    struct request request = {.database = database, .command = command};
    if (bson_iter_init_find(&at, command, "maxTimeMS"))
        request.max_time_us = bson_iter_as_int64(&at) * 1000;
    return run(client, &request, NULL, ret_reply, error);
}

/* --- Queries --- */

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
    const struct request request = request_in(session_in(options), filter);
    bson_t reply;
    int done = exchange(client, &request, "find", find_at_server, &finding, &reply, &cursor->error);
    cursor->failed = done < 1;
    if (done == 0) {
        take_server_error(&reply, &cursor->error);
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

/* --- What is there --- */

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
    int done =
        exchange(client, &request, command, list_at_server, &listing, &reply, &cursor->error);
    cursor->failed = done < 1;
    if (done == 0)
        take_server_error(&reply, &cursor->error);
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
