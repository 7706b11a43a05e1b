/* Documents by their ids, each in its versions. */
#include "tests/simulation/mongo/parts.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

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

/* --- By id: places in a row, so that what is passed over is seen without a look at it --- */

static uint32_t hash_of(const uint8_t *id, size_t n)
{
    uint64_t hash = n, word;
    for (; n >= sizeof word; n -= sizeof word, id += sizeof word) {
        memcpy(&word, id, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, id, n);
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

/* Where it is, or where it belongs. */
static struct slot_place *place_of(const struct collection_kept *collection, uint32_t hash,
                                   const uint8_t *id, size_t n)
{
    size_t at = hash & (collection->n_places - 1);
    for (;; at = (at + 1) & (collection->n_places - 1)) {
        struct slot_place *place = &collection->places[at];
        if (place->slot == NULL ||
            (place->hash == hash && place->slot->n == n && memcmp(place->slot->id, id, n) == 0))
            return place;
    }
}

static void put(struct collection_kept *collection, struct slot *slot)
{
    *place_of(collection, slot->hash, slot->id, slot->n) =
        (struct slot_place){.slot = slot, .hash = slot->hash};
}

static void make_places(struct collection_kept *collection)
{
    if (2 * (collection->n_slots + 1) <= collection->n_places)
        return;
    free(collection->places);
    collection->n_places = collection->n_places > 0 ? 2 * collection->n_places : 64;
    collection->places = calloc(collection->n_places, sizeof *collection->places);
    for (struct slot *slot = collection->slots; slot != NULL; slot = slot->next)
        put(collection, slot);
}

/* What follows up to the next gap may belong here. */
static void take_out(struct collection_kept *collection, const struct slot *slot)
{
    struct slot_place *place = place_of(collection, slot->hash, slot->id, slot->n);
    place->slot = NULL;
    size_t at = (size_t)(place - collection->places);
    for (;;) {
        at = (at + 1) & (collection->n_places - 1);
        struct slot *moved = collection->places[at].slot;
        if (moved == NULL)
            return;
        collection->places[at].slot = NULL;
        put(collection, moved);
    }
}

struct slot *slot_find(const struct collection_kept *collection, const uint8_t *id, size_t n)
{
    return collection->n_slots > 0 ? place_of(collection, hash_of(id, n), id, n)->slot : NULL;
}

struct slot *slot_make(struct collection_kept *collection, const struct key *id)
{
    struct slot *slot = slot_find(collection, id->bytes, id->n);
    if (slot != NULL)
        return slot;
    slot = calloc(1, sizeof *slot + id->n);
    slot->n = (uint32_t)id->n;
    slot->hash = hash_of(id->bytes, id->n);
    memcpy(slot->id, id->bytes, id->n);
    make_places(collection);
    put(collection, slot);
    DL_APPEND(collection->slots, slot);
    collection->n_slots++;
    return slot;
}

void slot_free(struct collection_kept *collection, struct slot *slot)
{
    while (slot->newest != NULL) {
        struct version *version = slot->newest;
        slot->newest = version->older;
        free(version);
    }
    take_out(collection, slot);
    DL_DELETE(collection->slots, slot);
    collection->n_slots--;
    free(slot);
}
