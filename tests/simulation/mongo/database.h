/* database: documents in collections, as a MongoDB replica set keeps them: snapshots, write
 * conflicts at the first write, unique keys, locks that last as long as their transaction.
 *
 * Documents are copied in and live until they are replaced and no open transaction can see them. */
#pragma once

#include "tests/simulation/mongo/filter.h"
#include "tests/simulation/mongo/index.h"

struct database;
struct collection_kept;
struct written;

struct transaction {
    bool open;
    int64_t snapshot; /* -1: nothing was read or written yet */
    struct written *written;
    size_t n;
    struct transaction *next; /* of those that are open */
};

struct document {
    const uint8_t *bytes; /* NULL: there is none */
    uint32_t n;
};

struct database *database_new(void);
void database_free(struct database *database);
void database_drop_all(struct database *database);

/* Told of each document committed, before and after. */
typedef void database_committed(void *context, const char *collection, struct document before,
                                struct document after);
void database_watch(struct database *database, database_committed *told, void *context);

/* NULL: there is none, and `create` is false. */
struct collection_kept *database_collection(struct database *database, const char *name,
                                            bool create);
struct collection_kept *database_next(const struct database *database,
                                      const struct collection_kept *after);
const char *database_name(const struct collection_kept *collection);

#define INDEX_MEMBERS 5
struct index_wish {
    const char *name, *members[INDEX_MEMBERS];
    size_t n;
    bool unique, sparse;
};
void database_create_index(struct collection_kept *collection, const struct index_wish *wish);
void database_drop_index(struct collection_kept *collection, const char *name);
/* Names of indexes, by number; NULL: no more. */
const char *database_index_name(const struct collection_kept *collection, size_t number);

/* --- Transactions --- */

void database_begin(struct database *database, struct transaction *transaction);
void database_commit(struct database *database, struct transaction *transaction);
void database_abort(struct database *database, struct transaction *transaction);

/* --- Reading, as of `transaction`, or as of now (NULL) --- */

struct sort {
    const char *member, *second; /* NULL: none */
    bool descending;
    size_t limit; /* 0: none */
};
/* What is found lies in `arena` and borrows from the database until anything is written. */
size_t database_find(struct database *database, struct collection_kept *collection,
                     struct transaction *transaction, const struct filter *filter,
                     const struct sort *sort, void *arena, struct document **ret_found);
/* What is committed under an id; no bytes: nothing. Borrows likewise. */
struct document database_get(const struct database *database, const char *collection,
                             const struct key *id);
/* Whether an index serves the filter. */
bool database_has_index(const struct collection_kept *collection, const struct filter *filter,
                        const char *sort);

/* --- Writing --- */

enum written_how {
    WRITTEN,
    WRITTEN_CONFLICT,  /* with what another transaction has written */
    WRITTEN_DUPLICATE, /* of a unique key; database_duplicate() says which index */
    WRITTEN_LOCKED,    /* without a transaction: one that is open has the document */
};
/* `insert`: none may be there. `document` NULL: it is deleted. */
enum written_how database_write(struct database *database, struct collection_kept *collection,
                                struct transaction *transaction, const struct key *id,
                                const bson_t *document, bool insert);
const char *database_duplicate(const struct database *database);

/* --- Backups --- */

struct backup;
struct backup *database_copy(const struct database *database);
/* Everything since is gone; open transactions with it. */
void database_restore(struct database *database, const struct backup *backup);
void backup_free(struct backup *backup);
