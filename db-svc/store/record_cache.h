/* record_cache: records as a writer loaded or wrote them last, so that it need not read them again.
 *
 * The writer that owns a partition is the only one that changes the records of its events. What is
 * kept of a partition holds as long as its fence is as the last batch left it: another fence (taken
 * over, set back) drops it, and the fence that a batch writes or checks proves that nobody has
 * written meanwhile. After any failure nothing that is kept may be relied on.
 * Kept are the kinds that say so (struct collection, `kept`), the least recently used only while
 * there is room. One thread. */
#pragma once

#include "db-svc/store/store.h"

struct record_cache;
/* `bytes`: of the records, at most. Freed with its arena. */
struct record_cache *record_cache_new(const void *arena, size_t bytes);

/* Before a batch: the fences of its partitions, as they are now. Of these partitions only is
 * anything read until the next call. */
void record_cache_begin(struct record_cache *cache, const struct fence *fences, size_t n);
/* A copy in the arena; NULL: not kept. */
void *record_cache_read(struct record_cache *cache, const void *arena,
                        const struct collection *collection, const char *id);
/* Whether something was read since the batch began. */
bool record_cache_was_read(const struct record_cache *cache);

/* After the commit of a batch: its fences, as they are now. */
void record_cache_moved(struct record_cache *cache, const struct fence *fences, size_t n);
/* A record of a partition of that batch, copied; NULL: there is none under that id. */
void record_cache_keep(struct record_cache *cache, int32_t partition,
                       const struct collection *collection, const char *id, const void *record);
bool record_cache_has(const struct record_cache *cache, const struct collection *collection,
                      const char *id);
/* After a failure, and when the fences are those of another cluster. */
void record_cache_clear(struct record_cache *cache);

size_t record_cache_bytes(const struct record_cache *cache);
