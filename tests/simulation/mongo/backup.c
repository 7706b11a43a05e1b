/* All documents as they are at one time. */
#include <stdlib.h>
#include <string.h>

#include "tests/simulation/mongo/parts.h"

struct backup {
    struct kept {
        char *collection;
        struct key *id;
        bson_t *document;
    } * kept;
    size_t n;
};

static void copy_slot(struct backup *backup, const struct collection_kept *collection,
                      const struct slot *slot, int64_t stamp)
{
    const struct version *version = version_visible(slot, NULL, stamp);
    if (version == NULL || version->deleted)
        return;
    if ((backup->n & (backup->n - 1)) == 0)
        backup->kept =
            realloc(backup->kept, (backup->n == 0 ? 1 : 2 * backup->n) * sizeof *backup->kept);
    struct key *id = malloc(offsetof(struct key, bytes) + slot->n);
    id->n = slot->n;
    memcpy(id->bytes, slot->id, slot->n);
    backup->kept[backup->n++] =
        (struct kept){strdup(collection->name), id, bson_new_from_data(version->bytes, version->n)};
}

struct backup *database_copy(const struct database *database)
{
    struct backup *backup = calloc(1, sizeof *backup);
    for (const struct collection_kept *at = database->collections; at != NULL; at = at->next)
        for (const struct slot *slot = at->slots; slot != NULL; slot = slot->hh.next)
            copy_slot(backup, at, slot, database->stamp);
    return backup;
}

void database_restore(struct database *database, const struct backup *backup)
{
    database_committed *told = database->told;
    transactions_end(database);
    database->told = NULL;
    for (struct collection_kept *at = database->collections; at != NULL; at = at->next)
        database_clear_collection(at);
    for (size_t i = 0; i < backup->n; i++) {
        const struct kept *kept = &backup->kept[i];
        (void)database_write(database, database_collection(database, kept->collection, true), NULL,
                             kept->id, kept->document, true);
    }
    database->told = told;
}

void backup_free(struct backup *backup)
{
    if (backup == NULL)
        return;
    for (size_t i = 0; i < backup->n; i++) {
        free(backup->kept[i].collection);
        free(backup->kept[i].id);
        bson_destroy(backup->kept[i].document);
    }
    free(backup->kept);
    free(backup);
}
