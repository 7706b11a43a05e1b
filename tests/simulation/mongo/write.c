/* Writes documents: not what another transaction has written, nor a unique key twice. */
#include "tests/simulation/mongo/parts.h"

#include <stdlib.h>
#include <string.h>

struct claiming {
    struct database *database;
    const struct index_kept *index;
    const struct slot *slot;
    const struct transaction *transaction;
    enum written_how how;
};

static bool has_prefix(const struct entry *entry, const struct key *key, size_t n)
{
    return entry->n >= n && memcmp(entry->bytes, key->bytes, n) == 0;
}

struct holding {
    const struct key *key;
    size_t n;
    bool holds;
};

static void note_holding(void *context, const struct key *key)
{
    struct holding *holding = context;
    holding->holds = holding->holds || (key->n >= holding->n &&
                                        memcmp(key->bytes, holding->key->bytes, holding->n) == 0);
}

static bool version_holds(const struct claiming *claiming, const struct slot *slot,
                          const struct version *version, const struct key *key, size_t n)
{
    struct holding holding = {key, n, false};
    bson_t document;
    if (version != NULL && version_open(version, &document))
        keys_each(claiming->index, slot, &document, note_holding, &holding);
    return holding.holds;
}

static void claim_against(struct claiming *claiming, const struct slot *other,
                          const struct key *key, size_t n)
{
    const struct version *newest = other->newest;
    if (newest == NULL || other == claiming->slot)
        return;
    bool others = newest->by != NULL && newest->by != claiming->transaction;
    if (others) {
        if (version_holds(claiming, other, newest, key, n) ||
            version_holds(claiming, other, newest->older, key, n))
            claiming->how = claiming->transaction != NULL ? WRITTEN_CONFLICT : WRITTEN_LOCKED;
        return;
    }
    if (!version_holds(claiming, other, newest, key, n))
        return;
    bool later = claiming->transaction != NULL && newest->by == NULL &&
                 newest->stamp > claiming->transaction->snapshot;
    claiming->how = later ? WRITTEN_CONFLICT : WRITTEN_DUPLICATE;
    claiming->database->duplicate = claiming->index->name;
}

static void claim_key(void *context, const struct key *key)
{
    struct claiming *claiming = context;
    size_t n = key->n - claiming->slot->n;
    for (const struct entry *at = index_from(&claiming->index->index, key->bytes, n);
         at != NULL && has_prefix(at, key, n) && claiming->how == WRITTEN; at = at->next[0])
        claim_against(claiming, at->slot, key, n);
}

static enum written_how claim_keys(struct database *database, struct collection_kept *collection,
                                   const struct transaction *transaction, const struct slot *slot,
                                   const bson_t *document)
{
    struct claiming claiming = {
        .database = database, .slot = slot, .transaction = transaction, .how = WRITTEN};
    for (size_t i = 0; i < collection->n_indexes && claiming.how == WRITTEN; i++) {
        claiming.index = &collection->indexes[i];
        if (claiming.index->unique)
            keys_each(claiming.index, slot, document, claim_key, &claiming);
    }
    return claiming.how;
}

static enum written_how claim_slot(struct database *database, const struct slot *slot,
                                   const struct transaction *transaction, bool insert)
{
    const struct version *newest = slot->newest;
    if (newest == NULL)
        return WRITTEN;
    if (newest->by != NULL && newest->by != transaction)
        return transaction != NULL ? WRITTEN_CONFLICT : WRITTEN_LOCKED;
    if (transaction != NULL && newest->by == NULL && newest->stamp > transaction->snapshot)
        return WRITTEN_CONFLICT;
    if (insert && !newest->deleted) {
        database->duplicate = "_id_";
        return WRITTEN_DUPLICATE;
    }
    return WRITTEN;
}

static void put_version(struct collection_kept *collection, struct transaction *transaction,
                        struct slot *slot, const bson_t *document)
{
    size_t n = document != NULL ? document->len : 0;
    if (slot->newest != NULL && slot->newest->by == transaction)
        transaction_drop_version(collection, slot, &slot->newest);
    else
        transaction_note(transaction, collection, slot);
    struct version *version = malloc(sizeof *version + n);
    *version = (struct version){
        .older = slot->newest, .by = transaction, .n = (uint32_t)n, .deleted = document == NULL};
    if (n > 0)
        memcpy(version->bytes, bson_get_data(document), n);
    slot->newest = version;
    keys_keep(collection, slot, version, true);
}

static enum written_how write_in(struct database *database, struct collection_kept *collection,
                                 struct transaction *transaction, struct slot *slot,
                                 const bson_t *document)
{
    if (document != NULL) {
        enum written_how how = claim_keys(database, collection, transaction, slot, document);
        if (how != WRITTEN)
            return how;
    }
    put_version(collection, transaction, slot, document);
    return WRITTEN;
}

static enum written_how write_alone(struct database *database, struct collection_kept *collection,
                                    struct slot *slot, const bson_t *document)
{
    enum written_how how =
        document != NULL ? claim_keys(database, collection, NULL, slot, document) : WRITTEN;
    struct transaction alone;
    if (how != WRITTEN)
        return how;
    database_begin(database, &alone);
    put_version(collection, &alone, slot, document);
    database_commit(database, &alone);
    return WRITTEN;
}

enum written_how database_write(struct database *database, struct collection_kept *collection,
                                struct transaction *transaction, const struct key *id,
                                const bson_t *document, bool insert)
{
    transaction_fix_snapshot(database, transaction);
    struct slot *slot = slot_make(collection, id);
    enum written_how how = claim_slot(database, slot, transaction, insert);
    if (how == WRITTEN)
        how = transaction != NULL ? write_in(database, collection, transaction, slot, document)
                                  : write_alone(database, collection, slot, document);
    if (how != WRITTEN && slot->newest == NULL && !slot->stale)
        slot_free(collection, slot);
    return how;
}

const char *database_duplicate(const struct database *database)
{
    return database->duplicate;
}
