#include "db-svc/store/mongo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

void store_library_open(void)
{
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL); /* what goes wrong is returned */
}

void store_library_close(void)
{
    mongoc_cleanup();
}

bool store_uri_valid(const char *text)
{
    mongoc_init(); /* done twice, it is done once */
    bson_error_t error;
    mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &error);
    if (uri != NULL)
        mongoc_uri_destroy(uri);
    return uri != NULL;
}

/* What MongoDB takes on every system. */
bool store_database_valid(const char *database)
{
    size_t size = strlen(database);
    return size > 0 && size < DATABASE_SIZE && text_printable_ascii(database) &&
           strpbrk(database, "/\\. \"$*<>:|?") == NULL;
}

/* In place of what the URI does not say. */
static void set_timeout(mongoc_uri_t *uri, const char *name, int32_t ms)
{
    if (!mongoc_uri_has_option(uri, name))
        (void)mongoc_uri_set_option_as_int32(uri, name, ms);
}

void mongo_set_timeouts(mongoc_uri_t *uri, bool patient)
{
    if (patient)
        (void)mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, INT32_MAX);
    set_timeout(uri, MONGOC_URI_SOCKETTIMEOUTMS, 5000);
    set_timeout(uri, MONGOC_URI_CONNECTTIMEOUTMS, 2000);
    set_timeout(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 2000);
}

/* The server gives up before the driver does: a command that only the driver gave up goes on
 * waiting there, with its connection. 0: it may take its time. */
static int64_t max_time_ms(const mongoc_uri_t *uri, bool patient)
{
    return patient ? 0
                   : (int64_t)mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, 0) *
                         4 / 5;
}

/* What a transaction has read is of the majority once its commit is, so that it need not ask for
 * that. (A bulkWrite that does, as the first of a transaction, is unknown to MongoDB's stand-in.)
 */
static mongoc_transaction_opt_t *new_durable(int64_t max_time_ms)
{
    mongoc_transaction_opt_t *durable = mongoc_transaction_opts_new();
    mongoc_read_concern_t *any = mongoc_read_concern_new();
    mongoc_write_concern_t *concern = mongoc_write_concern_new();
    mongoc_transaction_opts_set_read_concern(durable, any);
    mongoc_read_concern_destroy(any);
    mongoc_write_concern_set_wmajority(concern, 0);
    mongoc_write_concern_set_journal(concern, true);
    mongoc_transaction_opts_set_write_concern(durable, concern);
    mongoc_write_concern_destroy(concern);
    if (max_time_ms > 0)
        mongoc_transaction_opts_set_max_commit_time_ms(durable, max_time_ms);
    return durable;
}

static void read_majority(mongoc_client_t *client)
{
    mongoc_read_concern_t *concern = mongoc_read_concern_new();
    (void)mongoc_read_concern_set_level(concern, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_client_set_read_concern(client, concern);
    mongoc_read_concern_destroy(concern);
}

static void open_pool(struct store *store, const char *text, bool patient)
{
    mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &store->error);
    if (uri == NULL)
        return;
    mongo_set_timeouts(uri, patient);
    store->max_time_ms = max_time_ms(uri, patient);
    store->pool = mongoc_client_pool_new_with_error(uri, &store->error);
    mongoc_uri_destroy(uri);
    if (store->pool == NULL)
        return;
    (void)mongoc_client_pool_set_error_api(store->pool, MONGOC_ERROR_API_VERSION_2);
    (void)mongoc_client_pool_set_appname(store->pool, "db-svc");
    mongoc_client_pool_max_size(store->pool, 1);
}

static int open_store(const char *uri, const char *database, bool patient,
                      char ret_error[STORE_ERROR_SIZE], struct store **ret_store)
{
    struct store *store = mem_new(NULL, struct store);
    store->uri = mem_strdup(store, uri);
    open_pool(store, uri, patient);
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
    store->durable = new_durable(store->max_time_ms);
    store->in_session = bson_new();
    store->command = bson_new();
    store->writes_in_bulk = true;
    *ret_store = store;
    return 0;
}

int store_open(const char *uri, const char *database, char ret_error[STORE_ERROR_SIZE],
               struct store **ret_store)
{
    return open_store(uri, database, false, ret_error, ret_store);
}

int store_open_patient(const char *uri, const char *database, char ret_error[STORE_ERROR_SIZE],
                       struct store **ret_store)
{
    return open_store(uri, database, true, ret_error, ret_store);
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

uint64_t store_commands(const struct store *store)
{
    return store->commands;
}

int store_ping(struct store *store)
{
    bson_t *ping = BCON_NEW("ping", BCON_INT32(1));
    bool there = mongo_run_alone(store, "admin", ping, NULL);
    bson_destroy(ping);
    return there ? 0 : mongo_errno(&store->error);
}

/* Codes of the server that speak of a document, or of a statement that is made of one: the same
 * will be refused again. */
static const uint32_t of_document[] = {
    22,    /* InvalidBSON */
    34,    /* PathNotViable */
    40,    /* ConflictingUpdateOperators */
    52,    /* DollarPrefixedFieldName */
    56,    /* EmptyFieldName */
    57,    /* DottedFieldName */
    121,   /* DocumentValidationFailure */
    10334, /* BSONObjectTooLarge */
    11000, /* DuplicateKey */
    17280, /* KeyTooLong */
    17419, /* the document after the update is too large */
    17420, /* likewise */
};

/* Codes that ask for the transaction to be begun again. */
static const uint32_t of_transaction[] = {
    24,    /* LockTimeout */
    50,    /* MaxTimeMSExpired */
    112,   /* WriteConflict */
    225,   /* TransactionTooOld */
    239,   /* SnapshotTooOld */
    246,   /* SnapshotUnavailable */
    251,   /* NoSuchTransaction: also when another has killed the session */
    262,   /* ExceededTimeLimit */
    290,   /* TransactionExceededLifetimeLimitSeconds */
    11601, /* Interrupted */
};

/* Codes of a server that does not have the command, or not for this user. */
static const uint32_t of_no_command[] = {
    13,   /* Unauthorized */
    59,   /* CommandNotFound */
    115,  /* CommandNotSupported */
    263,  /* OperationNotSupportedInTransaction */
    8000, /* AtlasError */
};

static bool is_one_of(uint32_t code, const uint32_t *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (codes[i] == code)
            return true;
    return false;
}
#define IS_ONE_OF(code, codes) is_one_of(code, codes, sizeof(codes) / sizeof *(codes))

/* Messages that the driver itself refuses to send or cannot read. */
static bool is_driver_refusal(const bson_error_t *error)
{
    return error->domain == MONGOC_ERROR_BSON ||
           (error->domain == MONGOC_ERROR_COMMAND &&
            error->code == MONGOC_ERROR_COMMAND_INVALID_ARG) ||
           (error->domain == MONGOC_ERROR_CLIENT && error->code == MONGOC_ERROR_CLIENT_TOO_BIG) ||
           (error->domain == MONGOC_ERROR_CURSOR &&
            error->code == MONGOC_ERROR_CURSOR_INVALID_CURSOR);
}

/* All that is not known to be the document's fault is the database's trouble: not permitted, no
 * space, no primary, a server that shuts down. */
enum store_outcome mongo_outcome(const bson_error_t *error, const bson_t *reply)
{
    if (is_driver_refusal(error))
        return STORE_REFUSED;
    if (error->domain != MONGOC_ERROR_SERVER && error->domain != MONGOC_ERROR_WRITE_CONCERN)
        return STORE_AWAY;
    if (IS_ONE_OF(error->code, of_document))
        return STORE_REFUSED;
    if (IS_ONE_OF(error->code, of_transaction) ||
        (reply != NULL && mongoc_error_has_label(reply, "TransientTransactionError")))
        return STORE_CONFLICT;
    return STORE_AWAY;
}

int mongo_errno(const bson_error_t *error)
{
    return mongo_errno_of(mongo_outcome(error, NULL));
}

int mongo_errno_of(enum store_outcome outcome)
{
    return outcome == STORE_REFUSED    ? -EBADMSG
           : outcome == STORE_CONFLICT ? -EAGAIN
                                       : -EHOSTUNREACH;
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

/* A write command tells of its statements' faults within a reply that is "ok": of the first, which
 * ends a transaction. */
static bool statements_done(const bson_t *reply, bson_error_t *error)
{
    static const char *const lists[][2] = {
        {"writeErrors.0.code", "writeErrors.0.errmsg"},
        {"cursor.firstBatch.0.code", "cursor.firstBatch.0.errmsg"}}; /* of a bulkWrite */
    bson_iter_t at, code, message;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!bson_iter_init(&at, reply) || !bson_iter_find_descendant(&at, lists[i][0], &code))
            continue;
        bool said =
            bson_iter_init(&at, reply) && bson_iter_find_descendant(&at, lists[i][1], &message);
        bson_set_error(error, MONGOC_ERROR_SERVER, (uint32_t)bson_iter_as_int64(&code), "%s",
                       said ? bson_iter_utf8(&message, NULL) : "");
        return false;
    }
    return true;
}

/* The message may come to a log: it tells the index, but not whose e-mail address or ticket code it
 * was. */
static void forget_values(bson_error_t *error)
{
    char *values = strstr(error->message, " dup key");
    if (values != NULL)
        *values = '\0';
}

static bool run(struct store *store, const char *database, const bson_t *command, bson_t *ret_reply)
{
    store->commands++;
    bool done =
        mongoc_client_write_command_with_opts(store->client, database, command, store->in_session,
                                              ret_reply, &store->error) &&
        statements_done(ret_reply, &store->error);
    if (!done)
        forget_values(&store->error);
    return done;
}

bool mongo_run(struct store *store, const bson_t *command, bson_t *ret_reply)
{
    return run(store, store->database, command, ret_reply);
}

bool mongo_run_bulk(struct store *store, const bson_t *command, bson_t *ret_reply)
{
    bool done = run(store, "admin", command, ret_reply);
    if (!done && store->error.domain == MONGOC_ERROR_SERVER &&
        IS_ONE_OF(store->error.code, of_no_command))
        store->writes_in_bulk = false;
    return done;
}

bool mongo_commit(struct store *store, bson_t *ret_reply)
{
    store->commands++;
    return mongoc_client_session_commit_transaction(store->session, ret_reply, &store->error);
}

void mongo_abort(struct store *store)
{
    /* Even if this does not get through: the session's next transaction ends this one. */
    if (mongo_is_begun(store))
        (void)mongoc_client_session_abort_transaction(store->session, NULL);
}

bool mongo_run_alone(struct store *store, const char *database, const bson_t *command,
                     bson_t *ret_reply)
{
    bson_t bounded;
    bson_copy_to(command, &bounded);
    if (store->max_time_ms > 0)
        (void)BSON_APPEND_INT64(&bounded, "maxTimeMS", store->max_time_ms);
    store->commands++;
    bool done = mongoc_client_command_simple(store->client, database, &bounded, NULL, ret_reply,
                                             &store->error);
    bson_destroy(&bounded);
    return done;
}

int mongo_find(struct store *store, const char *collection, const bson_t *filter,
               const bson_t *options, mongo_each *each, void *context)
{
    mongoc_collection_t *from =
        mongoc_client_get_collection(store->client, store->database, collection);
    bson_t within = BSON_INITIALIZER;
    if (options != NULL)
        (void)bson_concat(&within, options);
    (void)BSON_APPEND_INT64(&within, "maxTimeMS", store->max_time_ms);
    if (mongo_is_begun(store))
        (void)bson_concat(&within, store->in_session);
    store->commands++;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, &within, NULL);
    const bson_t *document;
    while (mongoc_cursor_next(cursor, &document) && each(context, document))
        ;
    const bson_t *reply = NULL;
    int r = mongoc_cursor_error_document(cursor, &store->error, &reply)
                ? mongo_errno_of(mongo_outcome(&store->error, reply))
                : 0;
    mongoc_cursor_destroy(cursor);
    bson_destroy(&within);
    mongoc_collection_destroy(from);
    return r;
}

int mongo_count(struct store *store, const char *collection, const bson_t *filter, int64_t limit,
                int64_t *ret_count)
{
    mongoc_collection_t *of =
        mongoc_client_get_collection(store->client, store->database, collection);
    bson_t *options =
        BCON_NEW("limit", BCON_INT64(limit), "maxTimeMS", BCON_INT64(store->max_time_ms));
    int64_t n = mongoc_collection_count_documents(of, filter, options, NULL, NULL, &store->error);
    bson_destroy(options);
    mongoc_collection_destroy(of);
    if (n < 0)
        return mongo_errno(&store->error);
    *ret_count = n;
    return 0;
}
