#include "db-svc/store/mongo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/mem.h"

void store_library_open(void)
{
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL); /* what goes wrong is returned */
}

void store_library_close(void)
{
    mongoc_cleanup();
}

static void set_defaults(mongoc_uri_t *uri)
{
    static const struct {
        const char *name;
        int32_t ms;
    } defaults[] = {{MONGOC_URI_SOCKETTIMEOUTMS, 5000},
                    {MONGOC_URI_CONNECTTIMEOUTMS, 2000},
                    {MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 2000}};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (!mongoc_uri_has_option(uri, defaults[i].name))
            (void)mongoc_uri_set_option_as_int32(uri, defaults[i].name, defaults[i].ms);
}

static mongoc_transaction_opt_t *new_durable(void)
{
    mongoc_transaction_opt_t *durable = mongoc_transaction_opts_new();
    mongoc_write_concern_t *concern = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(concern, 0);
    mongoc_write_concern_set_journal(concern, true);
    mongoc_transaction_opts_set_write_concern(durable, concern);
    mongoc_write_concern_destroy(concern);
    return durable;
}

static void read_majority(mongoc_client_t *client)
{
    mongoc_read_concern_t *concern = mongoc_read_concern_new();
    (void)mongoc_read_concern_set_level(concern, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_client_set_read_concern(client, concern);
    mongoc_read_concern_destroy(concern);
}

static mongoc_client_pool_t *open_pool(const char *text, bson_error_t *error)
{
    mongoc_uri_t *uri = mongoc_uri_new_with_error(text, error);
    if (uri == NULL)
        return NULL;
    set_defaults(uri);
    mongoc_client_pool_t *pool = mongoc_client_pool_new_with_error(uri, error);
    mongoc_uri_destroy(uri);
    if (pool == NULL)
        return NULL;
    (void)mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
    (void)mongoc_client_pool_set_appname(pool, "db-svc");
    mongoc_client_pool_max_size(pool, 1);
    return pool;
}

int store_open(const char *uri, const char *database, char ret_error[STORE_ERROR_SIZE],
               struct store **ret_store)
{
    struct store *store = mem_new(NULL, struct store);
    store->pool = open_pool(uri, &store->error);
    if (store->pool == NULL || (size_t)snprintf(store->database, sizeof store->database, "%s",
                                                database) >= sizeof store->database) {
        /* The driver's message may hold the text of the URI, and so the password. */
        (void)snprintf(ret_error, STORE_ERROR_SIZE, "%s",
                       store->pool == NULL ? "not a MongoDB URI that can be used"
                                           : "the database's name is too long");
        store_close(store);
        return -EINVAL;
    }
    store->client = mongoc_client_pool_pop(store->pool);
    read_majority(store->client);
    store->durable = new_durable();
    store->in_session = bson_new();
    store->command = bson_new();
    *ret_store = store;
    return 0;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    if (store->session != NULL)
        mongoc_client_session_destroy(store->session);
    if (store->client != NULL)
        mongoc_client_pool_push(store->pool, store->client);
    if (store->pool != NULL)
        mongoc_client_pool_destroy(store->pool);
    mongoc_transaction_opts_destroy(store->durable);
    bson_destroy(store->in_session);
    bson_destroy(store->command);
    mem_free(store);
}

const char *store_error(const struct store *store)
{
    return store->error.message;
}

int store_ping(struct store *store)
{
    bson_t *ping = BCON_NEW("ping", BCON_INT32(1));
    bool there = mongo_run_alone(store, "admin", ping);
    bson_destroy(ping);
    return there ? 0 : mongo_errno(&store->error);
}

/* Codes of the server that say something of the batch other than that it is refused. */
static const struct {
    uint32_t code;
    enum store_outcome outcome;
} codes[] = {
    {6, STORE_AWAY},         /* HostUnreachable */
    {7, STORE_AWAY},         /* HostNotFound */
    {89, STORE_AWAY},        /* NetworkTimeout */
    {91, STORE_AWAY},        /* ShutdownInProgress */
    {189, STORE_AWAY},       /* PrimarySteppedDown */
    {9001, STORE_AWAY},      /* SocketException */
    {10107, STORE_AWAY},     /* NotWritablePrimary */
    {11600, STORE_AWAY},     /* InterruptedAtShutdown */
    {11602, STORE_AWAY},     /* InterruptedDueToReplStateChange */
    {13435, STORE_AWAY},     /* NotPrimaryNoSecondaryOk */
    {13436, STORE_AWAY},     /* NotPrimaryOrSecondary */
    {14031, STORE_AWAY},     /* OutOfDiskSpace */
    {50, STORE_CONFLICT},    /* MaxTimeMSExpired */
    {112, STORE_CONFLICT},   /* WriteConflict */
    {246, STORE_CONFLICT},   /* SnapshotUnavailable */
    {251, STORE_CONFLICT},   /* NoSuchTransaction: also when another has killed the session */
    {262, STORE_CONFLICT},   /* ExceededTimeLimit */
    {11601, STORE_CONFLICT}, /* Interrupted */
};

enum store_outcome mongo_outcome(const bson_error_t *error, const bson_t *reply)
{
    if (error->domain == MONGOC_ERROR_STREAM || error->domain == MONGOC_ERROR_SERVER_SELECTION)
        return STORE_AWAY;
    if (strstr(error->message, "No space left") != NULL)
        return STORE_AWAY;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (error->domain == MONGOC_ERROR_SERVER && error->code == codes[i].code)
            return codes[i].outcome;
    if (reply != NULL && mongoc_error_has_label(reply, "TransientTransactionError"))
        return STORE_CONFLICT;
    return STORE_REFUSED;
}

int mongo_errno(const bson_error_t *error)
{
    return mongo_outcome(error, NULL) == STORE_REFUSED ? -EIO : -EHOSTUNREACH;
}

int mongo_session(struct store *store)
{
    if (store->session != NULL)
        return 0;
    mongoc_session_opt_t *options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(options, false);
    store->session = mongoc_client_start_session(store->client, options, &store->error);
    mongoc_session_opts_destroy(options);
    if (store->session == NULL)
        return mongo_errno(&store->error);
    bson_reinit(store->in_session);
    return mongoc_client_session_append(store->session, store->in_session, &store->error) ? 0
                                                                                          : -EIO;
}

bool mongo_begin(struct store *store)
{
    return mongo_session(store) == 0 &&
           mongoc_client_session_start_transaction(store->session, store->durable, &store->error);
}

bool mongo_is_begun(const struct store *store)
{
    return store->session != NULL && mongoc_client_session_in_transaction(store->session);
}

/* A write command tells of its statements' faults within a reply that is "ok". */
static bool statements_done(const bson_t *reply, bson_error_t *error)
{
    bson_iter_t at, code, message;
    if (!bson_iter_init(&at, reply) || !bson_iter_find_descendant(&at, "writeErrors.0.code", &code))
        return true;
    bool said = bson_iter_init(&at, reply) &&
                bson_iter_find_descendant(&at, "writeErrors.0.errmsg", &message);
    bson_set_error(error, MONGOC_ERROR_SERVER, (uint32_t)bson_iter_as_int64(&code), "%s",
                   said ? bson_iter_utf8(&message, NULL) : "");
    return false;
}

/* The message may come to a log: it tells the index, but not whose e-mail address or ticket code it
 * was. */
static void forget_values(bson_error_t *error)
{
    char *values = strstr(error->message, " dup key");
    if (values != NULL)
        *values = '\0';
}

bool mongo_run(struct store *store, const bson_t *command, bson_t *ret_reply)
{
    bool done =
        mongoc_client_write_command_with_opts(store->client, store->database, command,
                                              store->in_session, ret_reply, &store->error) &&
        statements_done(ret_reply, &store->error);
    if (!done)
        forget_values(&store->error);
    return done;
}

bool mongo_commit(struct store *store, bson_t *ret_reply)
{
    return mongoc_client_session_commit_transaction(store->session, ret_reply, &store->error);
}

void mongo_abort(struct store *store)
{
    /* Even if this does not get through: the session's next transaction ends this one. */
    if (mongo_is_begun(store))
        (void)mongoc_client_session_abort_transaction(store->session, NULL);
}

bool mongo_run_alone(struct store *store, const char *database, const bson_t *command)
{
    return mongoc_client_command_simple(store->client, database, command, NULL, NULL,
                                        &store->error);
}

int mongo_find(struct store *store, const char *collection, const bson_t *filter,
               const bson_t *options, mongo_each *each, void *context)
{
    mongoc_collection_t *from =
        mongoc_client_get_collection(store->client, store->database, collection);
    bson_t within = BSON_INITIALIZER;
    if (options != NULL)
        (void)bson_concat(&within, options);
    if (mongo_is_begun(store))
        (void)bson_concat(&within, store->in_session);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, &within, NULL);
    const bson_t *document;
    while (mongoc_cursor_next(cursor, &document) && each(context, document))
        ;
    bool failed = mongoc_cursor_error(cursor, &store->error);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&within);
    mongoc_collection_destroy(from);
    return failed ? mongo_errno(&store->error) : 0;
}

int mongo_count(struct store *store, const char *collection, const bson_t *filter, int64_t limit,
                int64_t *ret_count)
{
    mongoc_collection_t *of =
        mongoc_client_get_collection(store->client, store->database, collection);
    bson_t *options = BCON_NEW("limit", BCON_INT64(limit));
    int64_t n = mongoc_collection_count_documents(of, filter, options, NULL, NULL, &store->error);
    bson_destroy(options);
    mongoc_collection_destroy(of);
    if (n < 0)
        return mongo_errno(&store->error);
    *ret_count = n;
    return 0;
}
