#include "db-svc/writer/ownership.h"

#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"

/* As long as a group takes to notice that one of two owners is gone. */
#define LOST_MS 6000
#define BUS_TIMEOUT_MS 3000

void ownership_open(void *arena, struct ownership *ownership, const char *cluster,
                    const char *owner, int32_t partitions)
{
    *ownership = (struct ownership){
        .arena = arena,
        .cluster = mem_strdup(arena, cluster),
        .owner = owner,
        .partitions = partitions,
        .fences = mem_array(arena, struct fence, partitions),
        .owned = mem_array(arena, enum owned, partitions),
        .not_before = mem_array(arena, int64_t, partitions),
        .assigned = mem_array(arena, struct bus_partition, partitions * TOPICS_COMMANDS)};
}

void ownership_assigned(struct ownership *ownership, struct bus_partition *partitions, size_t n)
{
    ownership->n_assigned = 0;
    for (size_t i = 0; i < n; i++) {
        int topic = topics_command_index(partitions[i].topic);
        int32_t number = partitions[i].partition;
        partitions[i].offset = BUS_LATER; /* until it is taken */
        if (topic < 0 || number >= ownership->partitions)
            continue;
        ownership->assigned[ownership->n_assigned++] =
            (struct bus_partition){.topic = topics_commands[topic], .partition = number};
        ownership->owned[number] = OWNED_TO_TAKE;
        ownership->not_before[number] = 0;
    }
    ownership->pending = true;
    ownership->joined = true;
    log_info("writer.assigned", LOG_INT("partitions", n));
}

void ownership_revoked(struct ownership *ownership)
{
    ownership->n_assigned = 0;
    ownership->pending = false;
    ownership->generation++;
    for (int32_t p = 0; p < ownership->partitions; p++)
        ownership->owned[p] = OWNED_NOT;
}

void ownership_reread(struct ownership *ownership)
{
    ownership->generation++;
    ownership->pending = true;
    for (int32_t p = 0; p < ownership->partitions; p++)
        if (ownership->owned[p] == OWNED)
            ownership->owned[p] = OWNED_TO_TAKE;
}

void ownership_lost(struct ownership *ownership, int32_t partition, int64_t now)
{
    log_warning("writer.fenced", LOG_INT("partition", partition));
    ownership_reread(ownership);
    if (partition >= 0 && partition < ownership->partitions)
        ownership->not_before[partition] = now + LOST_MS;
}

int64_t ownership_start(int64_t committed, int64_t low, int64_t high)
{
    return committed >= low && committed <= high ? committed : low;
}

/* Where a partition of a topic is to be read from, given what was committed. A log that ends before
 * what MongoDB knows of it was restored: what it holds now is new. */
static int start_of(struct ownership *ownership, struct bus_consumer *consumer,
                    struct bus_partition *at)
{
    int64_t *next = &ownership->fences[at->partition].next[topics_command_index(at->topic)];
    if (*next < 0) {
        at->offset = at->offset >= 0 ? at->offset : BUS_BEGINNING;
        return 0;
    }
    int64_t low, high;
    int r =
        bus_consumer_watermarks(consumer, at->topic, at->partition, BUS_TIMEOUT_MS, &low, &high);
    if (r < 0)
        return r;
    if (*next > high) {
        log_warning("writer.log_shorter", LOG_STR("topic", at->topic),
                    LOG_INT("partition", at->partition), LOG_INT("known", *next),
                    LOG_INT("end", high));
        *next = -1;
    }
    at->offset = ownership_start(at->offset, low, high);
    return 0;
}

static int assign(struct ownership *ownership, struct bus_consumer *consumer)
{
    int r = bus_consumer_committed(consumer, ownership->assigned, ownership->n_assigned,
                                   BUS_TIMEOUT_MS);
    for (size_t i = 0; r == 0 && i < ownership->n_assigned; i++) {
        struct bus_partition *at = &ownership->assigned[i];
        if (ownership->owned[at->partition] == OWNED)
            r = start_of(ownership, consumer, at);
        else
            at->offset = BUS_LATER;
    }
    return r < 0 ? r : bus_consumer_assign(consumer, ownership->assigned, ownership->n_assigned);
}

int ownership_take(struct ownership *ownership, struct store *store, struct bus_consumer *consumer,
                   int64_t now)
{
    bool waiting = false;
    for (int32_t p = 0; p < ownership->partitions; p++) {
        if (ownership->owned[p] != OWNED_TO_TAKE)
            continue;
        if (ownership->not_before[p] > now) {
            waiting = true;
            continue;
        }
        int r = store_fence_raise(store, ownership->cluster, p, ownership->owner, topics_commands,
                                  &ownership->fences[p]);
        if (r < 0)
            return r;
        ownership->owned[p] = OWNED;
    }
    int r = assign(ownership, consumer);
    if (r == 0)
        ownership->pending = waiting;
    return r;
}

size_t ownership_list(const struct ownership *ownership, int32_t *ret_partitions)
{
    size_t n = 0;
    for (int32_t p = 0; p < ownership->partitions; p++)
        if (ownership->owned[p] == OWNED)
            ret_partitions[n++] = p;
    return n;
}

void ownership_moved(struct ownership *ownership, const struct fence *fences, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ownership->fences[fences[i].partition] = fences[i];
}
