#include "db-svc/store/statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far below what the server takes: 16 MiB of command, 100,000 statements. */
#define COMMAND_BYTES (8 * 1024 * 1024)
#define COMMAND_STATEMENTS 10000
/* Of a bulkWrite: the statements of some sales, whose round trips would take longer. */
#define BULK_STATEMENTS 16
/* The room for a command that is kept between batches. */
#define ROOM_BYTES (2 * 1024 * 1024)
#define SPACE_SIZE 256 /* of "<database>.<collection>"; MongoDB's limit */

/* What the parts of a statement are called, by itself and in a bulkWrite. */
static const struct words {
    const char *verb, *list, *done; /* `done`: how many, in the reply to a bulkWrite */
} words[] = {[STATEMENT_INSERT] = {"insert", "documents", "nInserted"},
             [STATEMENT_UPDATE] = {"update", "updates", "nMatched"},
             [STATEMENT_DELETE] = {"delete", "deletes", "nDeleted"}};

void statements_open(struct store *store, size_t n, struct statements *ret_statements)
{
    ret_statements->store = store;
    ret_statements->bulk = store->writes_in_bulk && n <= BULK_STATEMENTS;
    ret_statements->n = 0;
    ret_statements->outcome = STORE_COMMITTED;
}

/* --- A command --- */

static void open_command(struct statements *statements, enum statement_kind kind,
                         const char *collection, bool any_number)
{
    bson_t *command = statements->store->command;
    bson_reinit(command);
    if (statements->bulk)
        (void)BSON_APPEND_INT32(command, "bulkWrite", 1);
    else
        (void)bson_append_utf8(command, words[kind].verb, -1, collection, -1);
    (void)bson_append_array_begin(command, statements->bulk ? "ops" : words[kind].list, -1,
                                  &statements->list);
    statements->kind = kind;
    statements->collection = collection;
    statements->any_number = any_number;
    statements->n_spaces = 0;
    memset(statements->expected, 0, sizeof statements->expected);
}

static void append_spaces(const struct statements *statements, bson_t *command)
{
    bson_t list, one;
    char room[16], space[SPACE_SIZE];
    const char *key;
    (void)BSON_APPEND_ARRAY_BEGIN(command, "nsInfo", &list);
    for (size_t i = 0; i < statements->n_spaces; i++) {
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)snprintf(space, sizeof space, "%s.%s", statements->store->database,
                       statements->spaces[i]);
        (void)bson_append_document_begin(&list, key, -1, &one);
        (void)BSON_APPEND_UTF8(&one, "ns", space);
        (void)bson_append_document_end(&list, &one);
    }
    (void)bson_append_array_end(command, &list);
}

static void close_command(struct statements *statements)
{
    bson_t *command = statements->store->command;
    (void)bson_append_array_end(command, &statements->list);
    if (!statements->bulk)
        return;
    append_spaces(statements, command);
    (void)BSON_APPEND_BOOL(command, "errorsOnly", true);
}

static int64_t told(const bson_t *reply, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, reply, name) ? bson_iter_as_int64(&at) : -1;
}

/* What the reply tells of each kind must be what was asked for. */
static void check_done(struct statements *statements, const bson_t *reply)
{
    for (int kind = 0; kind < STATEMENT_KINDS; kind++) {
        uint32_t expected = statements->expected[kind];
        int64_t done = told(reply, statements->bulk ? words[kind].done : "n");
        if (expected == 0 || done == expected)
            continue;
        bson_set_error(&statements->store->error, MONGOC_ERROR_TRANSACTION, 0,
                       "%s in %s: %lld of %u matched", words[kind].verb,
                       statements->bulk ? "a bulkWrite" : statements->collection, (long long)done,
                       expected);
        statements->outcome = STORE_CONFLICT;
    }
}

static void trim_room(struct store *store)
{
    if (store->command->len < ROOM_BYTES)
        return;
    bson_destroy(store->command);
    store->command = bson_new();
}

static void run(struct statements *statements)
{
    struct store *store = statements->store;
    bson_t reply;
    close_command(statements);
    bool done = statements->bulk ? mongo_run_bulk(store, store->command, &reply)
                                 : mongo_run(store, store->command, &reply);
    if (!done && statements->bulk && !store->writes_in_bulk)
        statements->outcome = STORE_CONFLICT; /* what was read is to be read anew */
    else if (!done)
        statements->outcome = mongo_outcome(&store->error, &reply);
    else if (!statements->any_number)
        check_done(statements, &reply);
    bson_destroy(&reply);
    trim_room(store);
}

enum store_outcome statements_send(struct statements *statements)
{
    if (statements->n > 0 && statements->outcome == STORE_COMMITTED)
        run(statements);
    else if (statements->n > 0) /* the transaction is lost */
        (void)bson_append_array_end(statements->store->command, &statements->list);
    statements->n = 0;
    return statements->outcome;
}

/* --- A statement --- */

static bool goes_with(const struct statements *statements, enum statement_kind kind,
                      const char *collection, bool any_number)
{
    return statements->any_number == any_number &&
           (statements->bulk ||
            (statements->kind == kind && strcmp(statements->collection, collection) == 0));
}

static int32_t space_of(struct statements *statements, const char *collection)
{
    size_t i = 0;
    while (i < statements->n_spaces && strcmp(statements->spaces[i], collection) != 0)
        i++;
    if (i == STATEMENTS_SPACES)
        abort();
    if (i == statements->n_spaces)
        statements->spaces[statements->n_spaces++] = collection;
    return (int32_t)i;
}

static void open_statement(struct statements *statements, enum statement_kind kind,
                           const char *collection, bool any_number)
{
    char room[16];
    const char *key;
    if (statements->n > 0 && !goes_with(statements, kind, collection, any_number))
        (void)statements_send(statements);
    if (statements->n == 0)
        open_command(statements, kind, collection, any_number);
    (void)bson_uint32_to_string(statements->n++, &key, room, sizeof room);
    (void)bson_append_document_begin(&statements->list, key, -1, &statements->statement);
    if (statements->bulk)
        (void)bson_append_int32(&statements->statement, words[kind].verb, -1,
                                space_of(statements, collection));
    statements->kind = kind;
    statements->expected[kind]++;
}

static bson_t *open_part(struct statements *statements, const char *name)
{
    (void)bson_append_document_begin(&statements->statement, name, -1, &statements->part);
    return &statements->part;
}

static void close_part(struct statements *statements)
{
    (void)bson_append_document_end(&statements->statement, &statements->part);
}

bson_t *statements_insert(struct statements *statements, const char *collection)
{
    open_statement(statements, STATEMENT_INSERT, collection, false);
    return statements->bulk ? open_part(statements, "document") : &statements->statement;
}

static bson_t *open_query(struct statements *statements)
{
    return open_part(statements, statements->bulk ? "filter" : "q");
}

bson_t *statements_update(struct statements *statements, const char *collection)
{
    open_statement(statements, STATEMENT_UPDATE, collection, false);
    return open_query(statements);
}

bson_t *statements_update_all(struct statements *statements, const char *collection)
{
    open_statement(statements, STATEMENT_UPDATE, collection, true);
    return open_query(statements);
}

bson_t *statements_delete(struct statements *statements, const char *collection)
{
    open_statement(statements, STATEMENT_DELETE, collection, false);
    return open_query(statements);
}

bson_t *statements_change(struct statements *statements)
{
    close_part(statements);
    return open_part(statements, statements->bulk ? "updateMods" : "u");
}

void statements_end(struct statements *statements)
{
    bool deletes = statements->kind == STATEMENT_DELETE;
    if (statements->bulk || statements->kind != STATEMENT_INSERT)
        close_part(statements);
    if (!statements->bulk && deletes)
        (void)BSON_APPEND_INT32(&statements->statement, "limit", 1);
    if (statements->any_number)
        (void)BSON_APPEND_BOOL(&statements->statement, "multi", true);
    (void)bson_append_document_end(&statements->list, &statements->statement);
    if (statements->list.len > COMMAND_BYTES || statements->n == COMMAND_STATEMENTS)
        (void)statements_send(statements);
}
