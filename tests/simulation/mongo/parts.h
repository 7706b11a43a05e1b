/* parts: what the files of the simulated database share.
 *
 * slot <- keys <- transaction <- database, search, write <- backup. */
#pragma once

#include <uthash.h>

#include "tests/simulation/mongo/database.h"

/* A document at a time. */
struct version {
    struct version *older;
    int64_t stamp;          /* of its commit */
    struct transaction *by; /* NULL: it is committed */
    uint32_t n;
    bool deleted;
    uint8_t bytes[];
};

struct slot {
    struct version *newest;
    uint64_t mark; /* of the search that saw it last */
    bool stale;    /* listed to be pruned */
    UT_hash_handle hh;
    uint32_t n;
    uint8_t id[];
};

struct index_kept {
    char *name, *members[INDEX_MEMBERS];
    size_t n;
    bool unique, sparse;
    bool built; /* only what is searched is kept up */
    struct index index;
};

#define INDEXES_MOST 16
struct collection_kept {
    char *name;
    struct database *database;
    struct slot *slots;
    struct index_kept indexes[INDEXES_MOST];
    size_t n_indexes;
    struct collection_kept *next;
};

struct written {
    struct collection_kept *collection;
    struct slot *slot;
};

struct database {
    struct collection_kept *collections;
    struct transaction *open;
    int64_t stamp;
    uint64_t searches;
    struct written *stale;
    size_t n_stale, room_stale;
    const char *duplicate;
    database_committed *told;
    void *context;
};

/* --- slot.c --- */

/* False: the document is deleted. */
bool version_open(const struct version *version, bson_t *ret_document);
struct document version_document(const struct version *version);
/* NULL: nothing. */
const struct version *version_visible(const struct slot *slot,
                                      const struct transaction *transaction, int64_t snapshot);
/* NULL: there is none. */
struct slot *slot_find(const struct collection_kept *collection, const uint8_t *id, size_t n);
/* The slot that is there, or a new one. */
struct slot *slot_make(struct collection_kept *collection, const struct key *id);
void slot_free(struct collection_kept *collection, struct slot *slot);

/* --- keys.c --- */

/* Calls `each` with every key of the document; each ends with its id. */
void keys_each(const struct index_kept *index, const struct slot *slot, const bson_t *document,
               void (*each)(void *, const struct key *), void *context);
/* Adds the keys of a version to all indexes that are built, or removes them. */
void keys_keep(struct collection_kept *collection, struct slot *slot, const struct version *version,
               bool add);
void keys_build(struct collection_kept *collection, struct index_kept *index);
void keys_free(struct index_kept *index);

/* --- transaction.c --- */

void transaction_fix_snapshot(const struct database *database, struct transaction *transaction);
void transaction_note(struct transaction *transaction, struct collection_kept *collection,
                      struct slot *slot);
void transaction_drop_version(struct collection_kept *collection, struct slot *slot,
                              struct version **link);
/* Ends all that are open, without undoing what they have written. */
void transactions_end(struct database *database);

/* --- database.c --- */

void database_clear_collection(struct collection_kept *collection);
