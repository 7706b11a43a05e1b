#include "tests/simulation/mongo/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <uthash.h>

#include "tests/simulation/mongo/update.h"
#include "tests/simulation/world/world.h"

#define LIFETIME_US 60000000 /* transactionLifetimeLimitSeconds */
#define LOCK_LOOK_US 1000

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
#define DOCUMENT_BYTES (16 * 1024 * 1024)

enum session_state { SESSION_NONE, SESSION_OPEN, SESSION_COMMITTED, SESSION_ABORTED };

struct session_kept {
    uint8_t id[SESSION_ID];
    int64_t number;
    enum session_state state;
    int64_t began_at;
    struct transaction transaction;
    UT_hash_handle hh;
};

struct server *mongo_server;

static int64_t now(void)
{
    return world != NULL ? world->now : 0;
}

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

void server_error(bson_t *ret_reply, int32_t code, const char *label, const char *message)
{
    bson_t labels;
    bson_init(ret_reply);
    (void)BSON_APPEND_DOUBLE(ret_reply, "ok", 0);
    (void)BSON_APPEND_UTF8(ret_reply, "errmsg", message);
    (void)BSON_APPEND_INT32(ret_reply, "code", code);
    if (label == NULL)
        return;
    (void)BSON_APPEND_ARRAY_BEGIN(ret_reply, "errorLabels", &labels);
    (void)BSON_APPEND_UTF8(&labels, "0", label);
    (void)bson_append_array_end(ret_reply, &labels);
}

/* --- Sessions --- */

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

static void end_transaction(struct server *server, struct session_kept *session)
{
    if (session->state == SESSION_OPEN && session->transaction.open)
        database_abort(server->database, &session->transaction);
    if (session->state == SESSION_OPEN)
        session->state = SESSION_ABORTED;
}

static void reap(struct server *server)
{
    for (struct session_kept *at = server->sessions; at != NULL; at = at->hh.next)
        if (at->state == SESSION_OPEN && now() - at->began_at > LIFETIME_US)
            end_transaction(server, at);
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
    end_transaction(server, session);
    session->number = number;
    session->state = SESSION_OPEN;
    session->began_at = now();
    database_begin(server->database, &session->transaction);
}

/* The transaction of a request; false: there is none any more, as the reply says. */
static bool enter(struct server *server, const struct request *request,
                  struct session_kept **ret_session, bson_t *ret_reply)
{
    *ret_session = NULL;
    reap(server);
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

static struct transaction *transaction_of(struct session_kept *session)
{
    return session != NULL ? &session->transaction : NULL;
}

/* --- Writing --- */

struct writing {
    struct server *server;
    const struct request *request;
    struct session_kept *session;
    struct collection_kept *collection;
    bson_t *reply;
    int64_t n;
    int64_t until; /* for locks */
    bool failed;   /* the reply says how */
};

static void fail(struct writing *writing, int32_t code, const char *label, const char *message)
{
    if (writing->session != NULL)
        end_transaction(writing->server, writing->session);
    bson_destroy(writing->reply);
    server_error(writing->reply, code, label, message);
    writing->failed = true;
}

/* As a statement's fault, in a reply that is "ok". */
static void fail_statement(struct writing *writing, int32_t code, const char *message)
{
    bson_t errors, error;
    if (writing->session != NULL)
        end_transaction(writing->server, writing->session);
    (void)BSON_APPEND_DOUBLE(writing->reply, "ok", 1);
    (void)BSON_APPEND_INT32(writing->reply, "n", (int32_t)writing->n);
    (void)BSON_APPEND_ARRAY_BEGIN(writing->reply, "writeErrors", &errors);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&errors, "0", &error);
    (void)BSON_APPEND_INT32(&error, "index", 0);
    (void)BSON_APPEND_INT32(&error, "code", code);
    (void)BSON_APPEND_UTF8(&error, "errmsg", message);
    (void)bson_append_document_end(&errors, &error);
    (void)bson_append_array_end(writing->reply, &errors);
    writing->failed = true;
}

static void fail_duplicate(struct writing *writing)
{
    char message[256];
    const struct server *server = writing->server;
    if (server->duplicate != NULL)
        server->duplicate(server->context, database_name(writing->collection));
    (void)snprintf(message, sizeof message,
                   "E11000 duplicate key error collection: %s index: %s dup key: { : \"secret\" }",
                   database_name(writing->collection),
                   database_duplicate(writing->server->database));
    fail_statement(writing, DUPLICATE_KEY, message);
}

static bool read_id(const bson_t *document, struct key *key)
{
    bson_iter_t at;
    key->n = 0;
    if (!bson_iter_init_find(&at, document, "_id"))
        return false;
    value_append(key, &at);
    return true;
}

/* False: it is locked, and the time is over. */
static bool wait_for_lock(struct writing *writing)
{
    if (writing->server->locked_is_error || now() >= writing->until)
        return false;
    world_wait(LOCK_LOOK_US);
    reap(writing->server);
    return true;
}

static void put(struct writing *writing, const struct key *id, const bson_t *document, bool insert)
{
    enum written_how how;
    if (document != NULL && document->len > DOCUMENT_BYTES) {
        fail(writing, TOO_LARGE, NULL, "BSONObj size is invalid");
        return;
    }
    do
        how = database_write(writing->server->database, writing->collection,
                             transaction_of(writing->session), id, document, insert);
    while (how == WRITTEN_LOCKED && wait_for_lock(writing));
    if (how == WRITTEN_LOCKED)
        fail(writing, MAX_TIME_EXPIRED, NULL, "operation exceeded time limit");
    else if (how == WRITTEN_CONFLICT)
        fail(writing, WRITE_CONFLICT, TRANSIENT, "WriteConflict error");
    else if (how == WRITTEN_DUPLICATE)
        fail_duplicate(writing);
    else
        writing->n++;
}

static bool sub(const bson_t *from, const char *name, bson_t *ret_document)
{
    bson_iter_t at;
    uint32_t length;
    const uint8_t *bytes;
    if (!bson_iter_init_find(&at, from, name) ||
        (!BSON_ITER_HOLDS_DOCUMENT(&at) && !BSON_ITER_HOLDS_ARRAY(&at)))
        return false;
    if (BSON_ITER_HOLDS_DOCUMENT(&at))
        bson_iter_document(&at, &length, &bytes);
    else
        bson_iter_array(&at, &length, &bytes);
    return bson_init_static(ret_document, bytes, length);
}

static bool flag(const bson_t *from, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, from, name) && bson_iter_as_bool(&at);
}

static size_t find_for_update(struct writing *writing, void *arena, const bson_t *query,
                              struct document **ret_found)
{
    struct filter filter;
    const struct sort sort = {0};
    filter_read(arena, query, &filter);
    return database_find(writing->server->database, writing->collection,
                         transaction_of(writing->session), &filter, &sort, arena, ret_found);
}

/* Updates what matches; ret_after (NULL: not wanted) is a copy of the last one made. */
static void update(struct writing *writing, const bson_t *statement, const char *query_name,
                   const char *update_name, bson_t **ret_after)
{
    void *arena = talloc_new(NULL);
    bson_t query, how, before;
    struct document *found;
    struct key id;
    if (!sub(statement, query_name, &query) || !sub(statement, update_name, &how))
        abort();
    size_t n = find_for_update(writing, arena, &query, &found);
    size_t most = flag(statement, "multi") ? n : n > 0;
    bool inserts = n == 0 && flag(statement, "upsert");
    bson_t **copies = talloc_array(arena, bson_t *, most + 1);
    for (size_t i = 0; i < most; i++) {
        (void)bson_init_static(&before, found[i].bytes, found[i].n);
        copies[i] = update_apply(&before, &query, &how);
    }
    if (inserts)
        copies[most++] = update_apply(NULL, &query, &how);
    for (size_t i = 0; i < most; i++) {
        if (!writing->failed && read_id(copies[i], &id))
            put(writing, &id, copies[i], inserts);
        if (ret_after != NULL && !writing->failed && i + 1 == most)
            *ret_after = bson_copy(copies[i]);
        bson_destroy(copies[i]);
    }
    talloc_free(arena);
}

static void delete (struct writing *writing, const bson_t *statement)
{
    void *arena = talloc_new(NULL);
    bson_t query, before;
    bson_iter_t at;
    struct document *found;
    if (!sub(statement, "q", &query))
        abort();
    size_t n = find_for_update(writing, arena, &query, &found);
    if (bson_iter_init_find(&at, statement, "limit") && bson_iter_as_int64(&at) == 1 && n > 1)
        n = 1;
    struct key *ids = talloc_array(arena, struct key, n + 1);
    for (size_t i = 0; i < n; i++) {
        (void)bson_init_static(&before, found[i].bytes, found[i].n);
        (void)read_id(&before, &ids[i]);
    }
    for (size_t i = 0; i < n && !writing->failed; i++)
        put(writing, &ids[i], NULL, false);
    talloc_free(arena);
}

static void insert(struct writing *writing, const bson_t *document)
{
    struct key id;
    if (read_id(document, &id))
        put(writing, &id, document, true);
}

static void write_statement(struct writing *writing, const bson_t *statement)
{
    if (bson_has_field(writing->request->command, "documents"))
        insert(writing, statement);
    else if (bson_has_field(writing->request->command, "updates"))
        update(writing, statement, "q", "u", NULL);
    else
        delete (writing, statement);
}

static void write_statements(struct writing *writing, const char *list_name)
{
    bson_t list, statement;
    bson_iter_t at;
    if (!sub(writing->request->command, list_name, &list) || !bson_iter_init(&at, &list))
        abort();
    while (!writing->failed && bson_iter_next(&at)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_iter_document(&at, &length, &bytes);
        if (bson_init_static(&statement, bytes, length))
            write_statement(writing, &statement);
    }
    if (writing->failed)
        return;
    (void)BSON_APPEND_DOUBLE(writing->reply, "ok", 1);
    (void)BSON_APPEND_INT32(writing->reply, "n", (int32_t)writing->n);
}

static void find_and_modify(struct writing *writing)
{
    bson_t *after = NULL;
    update(writing, writing->request->command, "query", "update", &after);
    if (!writing->failed) {
        (void)BSON_APPEND_DOUBLE(writing->reply, "ok", 1);
        (void)BSON_APPEND_DOCUMENT(writing->reply, "value", after);
    }
    if (after != NULL)
        bson_destroy(after);
}

static void run_write(struct writing *writing, const char *name)
{
    const struct request *request = writing->request;
    bson_iter_t first;
    (void)(bson_iter_init(&first, request->command) && bson_iter_next(&first));
    writing->collection =
        database_collection(writing->server->database, bson_iter_utf8(&first, NULL), true);
    writing->until = request->max_time_us > 0 ? now() + request->max_time_us : INT64_MAX;
    bson_init(writing->reply);
    if (strcmp(name, "findAndModify") == 0)
        find_and_modify(writing);
    else
        write_statements(writing, strcmp(name, "insert") == 0   ? "documents"
                                  : strcmp(name, "update") == 0 ? "updates"
                                                                : "deletes");
}

/* --- Commands --- */

static void say_ok(bson_t *reply)
{
    bson_init(reply);
    (void)BSON_APPEND_DOUBLE(reply, "ok", 1);
}

static void run_commit(struct server *server, const struct request *request, bson_t *reply)
{
    reap(server);
    struct session_kept *session = session_of(server, request->session, false);
    if (session != NULL && session->number == request->number) {
        if (session->state == SESSION_OPEN && session->transaction.open) {
            database_commit(server->database, &session->transaction);
            session->state = SESSION_COMMITTED;
        }
        if (session->state == SESSION_COMMITTED) {
            say_ok(reply);
            return;
        }
    }
    server_error(reply, NO_SUCH_TRANSACTION, TRANSIENT, "no such transaction");
}

static void run_abort(struct server *server, const struct request *request, bson_t *reply)
{
    struct session_kept *session = session_of(server, request->session, false);
    if (session != NULL && session->number == request->number)
        end_transaction(server, session);
    say_ok(reply);
}

static void run_kill(struct server *server, const bson_t *command, bson_t *reply)
{
    bson_t list, one;
    bson_iter_t at, id;
    say_ok(reply);
    if (!sub(command, "killSessions", &list) || !bson_iter_init(&at, &list))
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
            end_transaction(server, session);
    }
}

static void read_index(const bson_t *one, struct index_wish *ret_wish)
{
    bson_t key;
    bson_iter_t at;
    *ret_wish = (struct index_wish){.unique = flag(one, "unique"), .sparse = flag(one, "sparse")};
    if (bson_iter_init_find(&at, one, "name"))
        ret_wish->name = bson_iter_utf8(&at, NULL);
    if (sub(one, "key", &key) && bson_iter_init(&at, &key))
        while (bson_iter_next(&at) && ret_wish->n < INDEX_MEMBERS)
            ret_wish->members[ret_wish->n++] = bson_iter_key(&at);
}

static void run_create_indexes(struct server *server, const bson_t *command, const char *name,
                               bson_t *reply)
{
    struct collection_kept *collection = database_collection(server->database, name, true);
    bson_t list, one;
    bson_iter_t at;
    say_ok(reply);
    if (!sub(command, "indexes", &list) || !bson_iter_init(&at, &list))
        return;
    while (bson_iter_next(&at)) {
        uint32_t length;
        const uint8_t *bytes;
        struct index_wish wish;
        bson_iter_document(&at, &length, &bytes);
        if (!bson_init_static(&one, bytes, length))
            continue;
        read_index(&one, &wish);
        database_create_index(collection, &wish);
    }
}

static void run_create(struct server *server, const char *name, bson_t *reply)
{
    if (database_collection(server->database, name, false) != NULL) {
        server_error(reply, NAMESPACE_EXISTS, NULL, "Collection already exists");
        return;
    }
    (void)database_collection(server->database, name, true);
    say_ok(reply);
}

static void run_drop_indexes(struct server *server, const bson_t *command, const char *name,
                             bson_t *reply)
{
    struct collection_kept *collection = database_collection(server->database, name, false);
    bson_iter_t at;
    if (collection != NULL && bson_iter_init_find(&at, command, "index"))
        database_drop_index(collection, bson_iter_utf8(&at, NULL));
    say_ok(reply);
}

static void run_explain(struct server *server, const bson_t *command, bson_t *reply)
{
    void *arena = talloc_new(NULL);
    bson_t find, query, sort;
    bson_iter_t at;
    struct filter filter = {0};
    struct collection_kept *collection = NULL;
    const char *first = NULL;
    if (sub(command, "explain", &find) && bson_iter_init_find(&at, &find, "find"))
        collection = database_collection(server->database, bson_iter_utf8(&at, NULL), false);
    if (sub(&find, "filter", &query))
        filter_read(arena, &query, &filter);
    if (sub(&find, "sort", &sort) && bson_iter_init(&at, &sort) && bson_iter_next(&at))
        first = bson_iter_key(&at);
    say_ok(reply);
    (void)BSON_APPEND_UTF8(reply, "stage",
                           collection != NULL && database_has_index(collection, &filter, first)
                               ? "IXSCAN"
                               : "COLLSCAN");
    talloc_free(arena);
}

static void run_hello(bson_t *reply)
{
    say_ok(reply);
    (void)BSON_APPEND_BOOL(reply, "isWritablePrimary", true);
    (void)BSON_APPEND_UTF8(reply, "setName", "simulated");
    (void)BSON_APPEND_UTF8(reply, "version", "6.0.0");
}

static void run_other(struct server *server, const bson_t *command, const char *name,
                      const char *collection, bson_t *reply)
{
    if (strcmp(name, "ping") == 0 || strcmp(name, "hello") == 0 || strcmp(name, "buildInfo") == 0)
        run_hello(reply);
    else if (strcmp(name, "killSessions") == 0)
        run_kill(server, command, reply);
    else if (strcmp(name, "create") == 0)
        run_create(server, collection, reply);
    else if (strcmp(name, "createIndexes") == 0)
        run_create_indexes(server, command, collection, reply);
    else if (strcmp(name, "dropIndexes") == 0)
        run_drop_indexes(server, command, collection, reply);
    else if (strcmp(name, "explain") == 0)
        run_explain(server, command, reply);
    else if (strcmp(name, "dropDatabase") == 0) {
        database_drop_all(server->database);
        say_ok(reply);
    } else
        server_error(reply, COMMAND_NOT_FOUND, NULL, "no such command");
}

static bool is_ok(const bson_t *reply)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, reply, "ok") && bson_iter_as_bool(&at);
}

static bool is_write(const char *name)
{
    static const char *const writes[] = {"insert", "update", "delete", "findAndModify"};
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
        run_commit(server, request, ret_reply);
    else if (strcmp(name, "abortTransaction") == 0)
        run_abort(server, request, ret_reply);
    else if (!is_write(name))
        run_other(server, request->command, name,
                  BSON_ITER_HOLDS_UTF8(&first) ? bson_iter_utf8(&first, NULL) : "", ret_reply);
    else if (enter(server, request, &writing.session, ret_reply))
        run_write(&writing, name);
    return is_ok(ret_reply);
}

bool server_find(struct server *server, const struct request *request,
                 const struct server_query *query, void *arena, struct document **ret_found,
                 size_t *ret_n, bson_t *ret_reply)
{
    struct session_kept *session;
    struct filter filter;
    if (!enter(server, request, &session, ret_reply))
        return false;
    filter_read(arena, query->filter, &filter);
    *ret_n = database_find(server->database,
                           database_collection(server->database, query->collection, false),
                           transaction_of(session), &filter, &query->sort, arena, ret_found);
    return true;
}

/* --- Faults --- */

void server_restart(struct server *server, int64_t away_until, bool forgets)
{
    for (struct session_kept *at = server->sessions; at != NULL; at = at->hh.next) {
        end_transaction(server, at);
        if (forgets && at->state == SESSION_COMMITTED)
            at->state = SESSION_ABORTED;
    }
    server->restarts++;
    server->away_until = away_until;
}

void server_set_back(struct server *server, const struct backup *backup)
{
    server_restart(server, now(), true);
    database_restore(server->database, backup);
}
