#include "tests/simulation/mongo/database.h"

#include <stdlib.h>
#include <string.h>

#include "tests/simulation/mongo/parts.h"

struct database *database_new(void)
{
    return calloc(1, sizeof(struct database));
}

void database_watch(struct database *database, database_committed *told, void *context)
{
    database->told = told;
    database->context = context;
}

struct collection_kept *database_collection(struct database *database, const char *name,
                                            bool create)
{
    for (struct collection_kept *at = database->collections; at != NULL; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at;
    if (!create)
        return NULL;
    struct collection_kept *collection = calloc(1, sizeof *collection);
    *collection = (struct collection_kept){
        .name = strdup(name), .database = database, .next = database->collections};
    database->collections = collection;
    return collection;
}

struct collection_kept *database_next(const struct database *database,
                                      const struct collection_kept *after)
{
    return after == NULL ? database->collections : after->next;
}

const char *database_name(const struct collection_kept *collection)
{
    return collection->name;
}

void database_clear_collection(struct collection_kept *collection)
{
    for (size_t i = 0; i < collection->n_indexes; i++)
        index_clear(&collection->indexes[i].index);
    while (collection->slots != NULL)
        slot_free(collection, collection->slots);
}

void database_drop_all(struct database *database)
{
    transactions_end(database);
    while (database->collections != NULL) {
        struct collection_kept *collection = database->collections;
        database->collections = collection->next;
        database_clear_collection(collection);
        for (size_t i = 0; i < collection->n_indexes; i++)
            keys_free(&collection->indexes[i]);
        free(collection->name);
        free(collection);
    }
}

void database_free(struct database *database)
{
    database_drop_all(database);
    free(database->stale);
    free(database);
}

struct document database_get(const struct database *database, const char *collection,
                             const struct key *id)
{
    const struct collection_kept *from =
        database_collection((struct database *)database, collection, false);
    const struct slot *slot = from != NULL ? slot_find(from, id->bytes, id->n) : NULL;
    return slot != NULL ? version_document(version_visible(slot, NULL, database->stamp))
                        : (struct document){0};
}
