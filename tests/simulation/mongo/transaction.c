/* Transactions, and which versions some of them may still see. */
#include "tests/simulation/mongo/parts.h"

#include <stdlib.h>

void database_begin(struct database *database, struct transaction *transaction)
{
    *transaction = (struct transaction){.open = true, .snapshot = -1, .next = database->open};
    database->open = transaction;
}

void transaction_fix_snapshot(const struct database *database, struct transaction *transaction)
{
    if (transaction != NULL && transaction->snapshot < 0)
        transaction->snapshot = database->stamp;
}

static void leave_open(struct database *database, struct transaction *transaction)
{
    for (struct transaction **at = &database->open; *at != NULL; at = &(*at)->next)
        if (*at == transaction) {
            *at = transaction->next;
            break;
        }
    free(transaction->written);
    *transaction = (struct transaction){0};
}

void transaction_drop_version(struct collection_kept *collection, struct slot *slot,
                              struct version **link)
{
    struct version *version = *link;
    keys_keep(collection, slot, version, false);
    *link = version->older;
    free(version);
}

static bool has_left(const struct slot *slot)
{
    return slot->newest != NULL &&
           !(slot->newest->deleted && slot->newest->older == NULL && slot->newest->by == NULL);
}

/* Whether all that may be seen of the slot is its newest version. */
static bool prune_slot(struct collection_kept *collection, struct slot *slot, int64_t oldest)
{
    struct version **at = &slot->newest;
    while (*at != NULL && ((*at)->by != NULL || (*at)->stamp > oldest))
        at = &(*at)->older;
    if (*at != NULL)
        at = &(*at)->older;
    while (*at != NULL)
        transaction_drop_version(collection, slot, at);
    bool alone = slot->newest == NULL || slot->newest->older == NULL;
    return alone && (slot->newest == NULL || slot->newest->by == NULL);
}

static int64_t oldest_snapshot(const struct database *database)
{
    int64_t oldest = database->stamp;
    for (const struct transaction *at = database->open; at != NULL; at = at->next)
        if (at->snapshot >= 0 && at->snapshot < oldest)
            oldest = at->snapshot;
    return oldest;
}

static void prune(struct database *database)
{
    int64_t oldest = oldest_snapshot(database);
    size_t kept = 0;
    for (size_t i = 0; i < database->n_stale; i++) {
        struct written stale = database->stale[i];
        if (!prune_slot(stale.collection, stale.slot, oldest)) {
            database->stale[kept++] = stale;
            continue;
        }
        stale.slot->stale = false;
        if (!has_left(stale.slot))
            slot_free(stale.collection, stale.slot);
    }
    database->n_stale = kept;
}

static void make_stale(struct database *database, struct written what)
{
    if (what.slot->stale)
        return;
    what.slot->stale = true;
    if (database->n_stale == database->room_stale) {
        database->room_stale = database->room_stale > 0 ? 2 * database->room_stale : 64;
        database->stale = realloc(database->stale, database->room_stale * sizeof *database->stale);
    }
    database->stale[database->n_stale++] = what;
}

void database_commit(struct database *database, struct transaction *transaction)
{
    int64_t stamp = ++database->stamp;
    for (size_t i = 0; i < transaction->n; i++) {
        const struct written *written = &transaction->written[i];
        struct version *version = written->slot->newest;
        version->by = NULL;
        version->stamp = stamp;
        if (database->told != NULL)
            database->told(database->context, written->collection->name,
                           version_document(version->older), version_document(version));
        if (version->older != NULL || version->deleted)
            make_stale(database, *written);
    }
    leave_open(database, transaction);
    prune(database);
}

void database_abort(struct database *database, struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->n; i++) {
        const struct written *written = &transaction->written[i];
        transaction_drop_version(written->collection, written->slot, &written->slot->newest);
        make_stale(database, *written);
    }
    leave_open(database, transaction);
    prune(database);
}

void transactions_end(struct database *database)
{
    for (struct transaction *at = database->open; at != NULL; at = at->next) {
        at->open = false;
        free(at->written);
        at->written = NULL;
        at->n = 0;
    }
    database->open = NULL;
    database->n_stale = 0;
}

void transaction_note(struct transaction *transaction, struct collection_kept *collection,
                      struct slot *slot)
{
    size_t n = transaction->n;
    if ((n & (n - 1)) == 0 && (n == 0 || n >= 16))
        transaction->written =
            realloc(transaction->written, (n == 0 ? 16 : 2 * n) * sizeof *transaction->written);
    transaction->written[transaction->n++] = (struct written){collection, slot};
}
