/* mongo: the connection that a store is, and what its errors mean. Internal to the store.
 *
 * The driver runs with a pool of one client: then a thread of its own looks for the database, and
 * finds it half a second after its return; without, the driver waits five. */
#pragma once

#include <mongoc/mongoc.h>

#include "db-svc/store/store.h"

#define DATABASE_SIZE 64 /* with the NUL */

struct store {
    mongoc_client_pool_t *pool;
    mongoc_client_t *client;
    mongoc_client_session_t *session; /* NULL until the database was there once */
    bson_t *in_session;               /* what makes a command part of the session */
    mongoc_transaction_opt_t *durable;
    const char *uri;
    char database[DATABASE_SIZE];
    int64_t max_time_ms; /* for the server, of any command that may wait; 0: no limit */
    bson_t *command;     /* its room is used again and again */
    uint64_t commands;   /* sent so far */
    bool packs_receipts; /* as receipt_form.c says */
    bool writes_in_bulk; /* until the server says that it has no bulkWrite */
    bson_error_t error;
};

/* The meaning of a failed command: STORE_AWAY, STORE_CONFLICT or STORE_REFUSED. */
enum store_outcome mongo_outcome(const bson_error_t *error, const bson_t *reply);
/* The same as -errno, for what is either done or not. */
int mongo_errno(const bson_error_t *error);
int mongo_errno_of(enum store_outcome outcome);

/* All keep the error in store->error. */
/* In place of what the URI does not say; `patient`: each answer is waited for as long as it takes.
 */
void mongo_set_timeouts(mongoc_uri_t *uri, bool patient);
int mongo_session(struct store *store); /* sees to it that there is one */
bool mongo_begin(struct store *store);
bool mongo_is_begun(const struct store *store); /* whether a transaction is open */
bool mongo_run(struct store *store, const bson_t *command, bson_t *ret_reply); /* in it */
/* Likewise, a bulkWrite; one that the server does not have clears store->writes_in_bulk. */
bool mongo_run_bulk(struct store *store, const bson_t *command, bson_t *ret_reply);
bool mongo_commit(struct store *store, bson_t *ret_reply);
void mongo_abort(struct store *store);
/* Outside of any transaction; `ret_reply` NULL: not wanted. */
bool mongo_run_alone(struct store *store, const char *database, const bson_t *command,
                     bson_t *ret_reply);

/* False: no more. */
typedef bool mongo_each(void *context, const bson_t *document);
/* How many there are, but no more than `limit`. */
int mongo_count(struct store *store, const char *collection, const bson_t *filter, int64_t limit,
                int64_t *ret_count);
/* In the transaction, if one is open. Primary, readConcern majority. `options` as those of
 * mongoc_collection_find_with_opts(), or NULL. */
int mongo_find(struct store *store, const char *collection, const bson_t *filter,
               const bson_t *options, mongo_each *each, void *context);
