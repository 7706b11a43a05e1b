#include "db-svc/store/record_cache.h"

#include <string.h>
#include <talloc.h>
#include <uthash.h>
#include <utlist.h>

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"

struct entry {
    const char *name; /* collection/id */
    int32_t partition;
    uint8_t *bytes;
    size_t size;
    struct entry *prev, *next; /* the least recently used first */
    UT_hash_handle hh;
};

/* How a partition's fence was left. */
struct left {
    int32_t partition;
    int64_t epoch, batch;
    bool of_batch; /* that is decided now */
};

struct record_cache {
    struct entry *entries, *used;
    size_t bytes, most;
    struct left *lefts;
    size_t n_lefts;
    bool was_read;
};

static int free_entries(struct record_cache *cache)
{
    HASH_CLEAR(hh, cache->entries);
    return 0;
}

struct record_cache *record_cache_new(const void *arena, size_t bytes)
{
    struct record_cache *cache = mem_new(arena, struct record_cache);
    cache->most = bytes;
    talloc_set_destructor(cache, free_entries); /* uthash's buckets are malloc's */
    return cache;
}

static void drop(struct record_cache *cache, struct entry *entry)
{
    HASH_DEL(cache->entries, entry);
    DL_DELETE(cache->used, entry);
    cache->bytes -= entry->size;
    mem_free(entry);
}

static void drop_of(struct record_cache *cache, int32_t partition)
{
    struct entry *entry, *next;
    DL_FOREACH_SAFE(cache->used, entry, next)
    if (entry->partition == partition)
        drop(cache, entry);
}

void record_cache_clear(struct record_cache *cache)
{
    while (cache->used != NULL)
        drop(cache, cache->used);
    cache->n_lefts = 0;
}

static struct left *left_of(const struct record_cache *cache, int32_t partition)
{
    for (size_t i = 0; i < cache->n_lefts; i++)
        if (cache->lefts[i].partition == partition)
            return &cache->lefts[i];
    return NULL;
}

static void begin_partition(struct record_cache *cache, const struct fence *fence)
{
    struct left *left = left_of(cache, fence->partition);
    if (left == NULL)
        return;
    left->of_batch = left->epoch == fence->epoch && left->batch == fence->batch;
    if (!left->of_batch)
        drop_of(cache, fence->partition);
}

void record_cache_begin(struct record_cache *cache, const struct fence *fences, size_t n)
{
    cache->was_read = false;
    for (size_t i = 0; i < cache->n_lefts; i++)
        cache->lefts[i].of_batch = false;
    for (size_t i = 0; i < n; i++)
        begin_partition(cache, &fences[i]);
}

static const char *name_of(const void *arena, const struct collection *collection, const char *id)
{
    return mem_printf(arena, "%s/%s", collection->name, id);
}

static struct entry *find(const struct record_cache *cache, const struct collection *collection,
                          const char *id)
{
    _cleanup_(mem_freep) const char *name = name_of(NULL, collection, id);
    struct entry *entry;
    HASH_FIND_STR(cache->entries, name, entry);
    return entry;
}

bool record_cache_has(const struct record_cache *cache, const struct collection *collection,
                      const char *id)
{
    return find(cache, collection, id) != NULL;
}

void *record_cache_read(struct record_cache *cache, const void *arena,
                        const struct collection *collection, const char *id)
{
    struct entry *entry = collection->kept ? find(cache, collection, id) : NULL;
    const struct left *left = entry == NULL ? NULL : left_of(cache, entry->partition);
    bson_t document;
    if (left == NULL || !left->of_batch || !bson_init_static(&document, entry->bytes, entry->size))
        return NULL;
    DL_DELETE(cache->used, entry);
    DL_APPEND(cache->used, entry);
    cache->was_read = true;
    return bson_record(arena, collection->record, &document);
}

bool record_cache_was_read(const struct record_cache *cache)
{
    return cache->was_read;
}

void record_cache_moved(struct record_cache *cache, const struct fence *fences, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct left *left = left_of(cache, fences[i].partition);
        if (left == NULL) {
            cache->lefts = mem_grow(cache, cache->lefts, struct left, cache->n_lefts + 1);
            left = &cache->lefts[cache->n_lefts++];
        }
        *left = (struct left){
            .partition = fences[i].partition, .epoch = fences[i].epoch, .batch = fences[i].batch};
    }
}

static void add(struct record_cache *cache, int32_t partition, const char *name,
                const bson_t *document)
{
    struct entry *entry = mem_new(cache, struct entry);
    entry->name = mem_strdup(entry, name);
    entry->partition = partition;
    entry->bytes = mem_dup(entry, bson_get_data(document), document->len);
    entry->size = document->len;
    HASH_ADD_KEYPTR(hh, cache->entries, entry->name, strlen(entry->name), entry);
    DL_APPEND(cache->used, entry);
    cache->bytes += entry->size;
    while (cache->bytes > cache->most)
        drop(cache, cache->used);
}

void record_cache_keep(struct record_cache *cache, int32_t partition,
                       const struct collection *collection, const char *id, const void *record)
{
    struct entry *before = find(cache, collection, id);
    if (before != NULL)
        drop(cache, before);
    if (record == NULL || !collection->kept)
        return;
    _cleanup_(mem_freep) const char *name = name_of(NULL, collection, id);
    bson_t document = BSON_INITIALIZER;
    struct bson_sink sink;
    bson_sink_open(&sink, &document);
    record_write(collection->record, record, RECORD_STORE, &sink.sink);
    add(cache, partition, name, &document);
    bson_destroy(&document);
}

size_t record_cache_bytes(const struct record_cache *cache)
{
    return cache->bytes;
}
