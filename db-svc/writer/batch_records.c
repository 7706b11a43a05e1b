/* What is kept of a batch's records for those behind it. */
#include "db-svc/writer/batch.h"

#include <string.h>

#include "db-svc/store/record_cache.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/partitioner.h"

/* Of another partition, too: a command may read records of another event. Those are not read from
 * what is kept, unless the batch at hand is of that partition. */
static void keep(void *context, const struct collection *collection, const char *id,
                 const void *record, bool gone, bool changed)
{
    const struct batch_config *config = context;
    if (!collection->kept || record == NULL)
        return;
    const char *event_id = collection->event_id(record);
    const int32_t partition = partitioner_murmur2(event_id, strlen(event_id), config->partitions);
    if (changed || !record_cache_has(config->cache, collection, id))
        record_cache_keep(config->cache, partition, collection, id, gone ? NULL : record);
}

void batch_ended(const struct batch_config *config, const struct workset *workset,
                 const struct batch_commit *commit, enum store_outcome outcome)
{
    if (config->cache == NULL)
        return;
    if (outcome != STORE_COMMITTED) {
        record_cache_clear(config->cache);
        return;
    }
    record_cache_moved(config->cache, commit->fences, commit->batch.n_fences);
    workset_each(workset, keep, (void *)config);
}

enum store_outcome batch_check(const void *arena, struct store *store,
                               const struct batch_config *config, const struct fence *fences,
                               const struct batch_commit *commit, int32_t *ret_fenced)
{
    const size_t n = commit->batch.n_fences;
    if (n == 0 || config->cache == NULL || !record_cache_was_read(config->cache))
        return STORE_COMMITTED;
    struct fence *as_left = mem_array(arena, struct fence, n);
    for (size_t i = 0; i < n; i++)
        as_left[i] = fences[commit->fences[i].partition];
    return store_fences_check(store, config->cluster, config->owner, as_left, n, ret_fenced);
}
