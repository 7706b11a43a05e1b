/* The keys that an index has of a document, and the indexes of a collection. */
#include "tests/simulation/mongo/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct keying {
    const struct index_kept *index;
    const struct value_members *members;
    const struct slot *slot;
    void (*each)(void *context, const struct key *key);
    void *context;
    size_t member;
    struct key *key;
};

static void key_member(struct keying *keying, size_t member);

static void key_value(void *context, const bson_iter_t *at)
{
    struct keying *keying = context;
    size_t n = keying->key->n, member = keying->member;
    value_append(keying->key, at);
    key_member(keying, member + 1);
    keying->member = member;
    keying->key->n = n;
}

static void key_member(struct keying *keying, size_t member)
{
    if (member == keying->index->n) {
        size_t n = keying->key->n;
        memcpy(keying->key->bytes + n, keying->slot->id, keying->slot->n);
        keying->key->n += keying->slot->n;
        keying->each(keying->context, keying->key);
        keying->key->n = n;
        return;
    }
    keying->member = member;
    if (value_walk_members(keying->members, keying->index->members[member], key_value, keying) > 0)
        return;
    if (keying->index->sparse && member == 0)
        return;
    size_t n = keying->key->n;
    value_append_null(keying->key);
    key_member(keying, member + 1);
    keying->key->n = n;
}

static void each_of(const struct index_kept *index, const struct slot *slot,
                    const struct value_members *members, void (*each)(void *, const struct key *),
                    void *context)
{
    struct key key;
    key.n = 0;
    struct keying keying = {.index = index,
                            .members = members,
                            .slot = slot,
                            .each = each,
                            .context = context,
                            .key = &key};
    key_member(&keying, 0);
}

void keys_each(const struct index_kept *index, const struct slot *slot, const bson_t *document,
               void (*each)(void *, const struct key *), void *context)
{
    struct value_members members;
    value_members_read(document, &members);
    each_of(index, slot, &members, each, context);
}

struct keeping {
    struct index_kept *index;
    struct slot *slot;
};

static void add_key(void *context, const struct key *key)
{
    const struct keeping *keeping = context;
    index_add(&keeping->index->index, key->bytes, key->n, keeping->slot);
}

static void remove_key(void *context, const struct key *key)
{
    const struct keeping *keeping = context;
    index_remove(&keeping->index->index, key->bytes, key->n);
}

void keys_keep(struct collection_kept *collection, struct slot *slot, const struct version *version,
               bool add)
{
    bson_t document;
    struct value_members members;
    if (!version_open(version, &document))
        return;
    value_members_read(&document, &members);
    for (size_t i = 0; i < collection->n_indexes; i++) {
        struct keeping keeping = {&collection->indexes[i], slot};
        if (collection->indexes[i].built)
            each_of(keeping.index, slot, &members, add ? add_key : remove_key, &keeping);
    }
}

void keys_build(struct collection_kept *collection, struct index_kept *index)
{
    if (index->built)
        return;
    index->built = true;
    for (struct slot *slot = collection->slots; slot != NULL; slot = slot->hh.next)
        for (const struct version *at = slot->newest; at != NULL; at = at->older) {
            bson_t document;
            struct keeping keeping = {index, slot};
            if (version_open(at, &document))
                keys_each(index, slot, &document, add_key, &keeping);
        }
}

void database_create_index(struct collection_kept *collection, const struct index_wish *wish)
{
    for (size_t i = 0; i < collection->n_indexes; i++)
        if (strcmp(collection->indexes[i].name, wish->name) == 0)
            return;
    assert(collection->n_indexes < INDEXES_MOST);
    struct index_kept *index = &collection->indexes[collection->n_indexes++];
    *index = (struct index_kept){
        .name = strdup(wish->name), .n = wish->n, .unique = wish->unique, .sparse = wish->sparse};
    for (size_t i = 0; i < wish->n; i++)
        index->members[i] = strdup(wish->members[i]);
    if (index->unique)
        keys_build(collection, index);
}

void keys_free(struct index_kept *index)
{
    index_clear(&index->index);
    for (size_t i = 0; i < index->n; i++)
        free(index->members[i]);
    free(index->name);
}

void database_drop_index(struct collection_kept *collection, const char *name)
{
    for (size_t i = 0; i < collection->n_indexes; i++)
        if (strcmp(collection->indexes[i].name, name) == 0) {
            keys_free(&collection->indexes[i]);
            collection->indexes[i] = collection->indexes[--collection->n_indexes];
            return;
        }
}

const char *database_index_name(const struct collection_kept *collection, size_t number)
{
    return number < collection->n_indexes ? collection->indexes[number].name : NULL;
}
