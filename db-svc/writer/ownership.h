/* ownership: which partition numbers this writer may write, and from where it reads them.
 *
 * The group assigns; the fence in the database decides. A partition that was assigned is not read
 * until its fence is raised; then all are read from what was committed. One thread: the writer's.
 */
#pragma once

#include "db-svc/store/store.h"
#include "db-svc/topics.h"
#include "libshared/kafka/consumer.h"

enum owned { OWNED_NOT, OWNED_TO_TAKE, OWNED };

struct ownership {
    void *arena;
    const char *cluster, *owner;
    int32_t partitions;
    struct fence *fences; /* by partition number */
    enum owned *owned;
    int64_t *not_before; /* monotonic: when a lost fence may be raised again */
    struct bus_partition *assigned;
    size_t n_assigned;
    bool pending;        /* something is to take, or to be read again */
    bool joined;         /* the group has assigned at least once */
    uint64_t generation; /* rises when partitions go: what was read before is not ours to write */
};

void ownership_open(void *arena, struct ownership *ownership, const char *cluster,
                    const char *owner, int32_t partitions);
/* From the consumer's callbacks. */
void ownership_assigned(struct ownership *ownership, struct bus_partition *partitions, size_t n);
void ownership_revoked(struct ownership *ownership);
/* Another has raised this fence: leave the partition be for a while, read the others again. */
void ownership_lost(struct ownership *ownership, int32_t partition, int64_t now);
/* Everything is read again from what was committed. */
void ownership_reread(struct ownership *ownership);
/* Raises the fences that are to take and assigns where to read. 0, or the store's or bus's -errno:
 * try again later. */
int ownership_take(struct ownership *ownership, struct store *store, struct bus_consumer *consumer,
                   int64_t now) __attribute__((warn_unused_result));
/* Where a log that holds low..high-1 is to be read from: what was committed, and without it all
 * that there is, since what MongoDB knows of may not have been told yet. */
int64_t ownership_start(int64_t committed, int64_t low, int64_t high);
/* The numbers owned; returns how many. */
size_t ownership_list(const struct ownership *ownership, int32_t *ret_partitions);
/* After a commit. */
void ownership_moved(struct ownership *ownership, const struct fence *fences, size_t n);
