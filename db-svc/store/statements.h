/* statements: what a transaction writes, gathered into few commands: one bulkWrite if there are few
 * and the server has that (MongoDB 8), else one for each run of the same kind in the same
 * collection: servers do many of a kind faster so. They are done in the order in which they are
 * given. A command that grows too large is sent before the rest. Internal to the store; one thread.
 *
 *   bson_t *document = statements_insert(&statements, "orders");
 *   ... append its members ...
 *   statements_end(&statements);
 */
#pragma once

#include "db-svc/store/mongo.h"

enum statement_kind { STATEMENT_INSERT, STATEMENT_UPDATE, STATEMENT_DELETE, STATEMENT_KINDS };

#define STATEMENTS_SPACES 64 /* there are fewer collections */

struct statements {
    struct store *store;
    bool bulk;
    /* The command that is being written. */
    uint32_t n;
    enum statement_kind kind; /* of the last statement, and so of all but in a bulkWrite */
    const char *collection;   /* likewise */
    bool any_number;          /* of records may match its updates */
    uint32_t expected[STATEMENT_KINDS];    /* to be done, of each kind */
    const char *spaces[STATEMENTS_SPACES]; /* collections, whose places in it statements name */
    size_t n_spaces;
    bson_t list, statement, part; /* open for appending, each in the one before */
    enum store_outcome outcome;   /* STORE_COMMITTED as long as all went well */
};

/* In the store's transaction, which is begun; there will be `n`. */
void statements_open(struct store *store, size_t n, struct statements *ret_statements);
/* Each returns where to append: an insert's document, or what an update or a delete goes by. An
 * update or delete is of one record, and it is STORE_CONFLICT if there is none. */
bson_t *statements_insert(struct statements *statements, const char *collection);
bson_t *statements_update(struct statements *statements, const char *collection);
bson_t *statements_delete(struct statements *statements, const char *collection);
/* Of any number of records. */
bson_t *statements_update_all(struct statements *statements, const char *collection);
/* After what an update goes by: where its change is appended. */
bson_t *statements_change(struct statements *statements);
void statements_end(struct statements *statements);
/* Sends what is gathered. STORE_COMMITTED: so far all is written, if the transaction is committed.
 * Else as mongo_outcome(), or STORE_CONFLICT, once, if the server turns out to have no bulkWrite;
 * nothing more is sent then. */
enum store_outcome statements_send(struct statements *statements);
