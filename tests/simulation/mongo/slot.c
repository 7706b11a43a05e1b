/* Documents by their ids, each in its versions. */
#include "tests/simulation/mongo/parts.h"

#include <stdlib.h>
#include <string.h>

bool version_open(const struct version *version, bson_t *ret_document)
{
    return !version->deleted && bson_init_static(ret_document, version->bytes, version->n);
}

struct document version_document(const struct version *version)
{
    return version == NULL || version->deleted ? (struct document){0}
                                               : (struct document){version->bytes, version->n};
}

const struct version *version_visible(const struct slot *slot,
                                      const struct transaction *transaction, int64_t snapshot)
{
    for (const struct version *at = slot->newest; at != NULL; at = at->older)
        if (at->by != NULL ? at->by == transaction : at->stamp <= snapshot)
            return at;
    return NULL;
}

struct slot *slot_find(const struct collection_kept *collection, const uint8_t *id, size_t n)
{
    struct slot *slot;
    HASH_FIND(hh, collection->slots, id, n, slot);
    return slot;
}

struct slot *slot_make(struct collection_kept *collection, const struct key *id)
{
    struct slot *slot = slot_find(collection, id->bytes, id->n);
    if (slot != NULL)
        return slot;
    slot = calloc(1, sizeof *slot + id->n);
    slot->n = (uint32_t)id->n;
    memcpy(slot->id, id->bytes, id->n);
    HASH_ADD_KEYPTR(hh, collection->slots, slot->id, slot->n, slot);
    return slot;
}

void slot_free(struct collection_kept *collection, struct slot *slot)
{
    while (slot->newest != NULL) {
        struct version *version = slot->newest;
        slot->newest = version->older;
        free(version);
    }
    HASH_DEL(collection->slots, slot);
    free(slot);
}
