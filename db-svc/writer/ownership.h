/* ownership: which partition numbers this writer may write, and from where it reads them.
 *
 * The group assigns; the fence in the database decides. Each partition number is a share by itself:
 * assigned, it is taken over (its fence raised, its backlog published, its topics read from what
 * was committed), while the others go on; lost, only it is let go. One thread: the writer's. Times
 * are monotonic ms. */
#pragma once

#include "db-svc/store/store.h"
#include "db-svc/writer/backlog.h"
#include "libshared/contract/topic.h"
#include "libshared/kafka/arrivals.h"
#include "libshared/kafka/consumer.h"

enum share_state { SHARE_NONE, SHARE_DUE, SHARE_BACKLOG, SHARE_OURS };

struct share {
    enum share_state state;
    int64_t due_at; /* the earliest that it may be taken over */
    bool assigned[TOPICS_COMMANDS];
    int64_t start[TOPICS_COMMANDS];    /* where reading began; BUS_BEGINNING */
    int64_t answered[TOPICS_COMMANDS]; /* all before it is; negative: not known yet */
    struct arrivals arrivals[TOPICS_COMMANDS];
    struct backlog *backlog; /* NULL but in SHARE_BACKLOG */
    int64_t read_at;         /* when some of it was last read */
};

struct ownership {
    void *arena;
    const char *cluster, *owner;
    int32_t partitions;
    struct fence *fences; /* by partition number; epoch 0: never raised */
    struct share *shares; /* likewise */
    bool joined;          /* the group has assigned, perhaps nothing, since it last took away */
    bool failing;         /* the last attempt to take over did not succeed */
};

void ownership_open(void *arena, struct ownership *ownership, const char *cluster,
                    const char *owner, int32_t partitions);
/* From the consumer's callbacks. */
void ownership_assigned(struct ownership *ownership, const struct bus_partition *partitions,
                        size_t n);
void ownership_revoked(struct ownership *ownership);

/* Lets a share go, to be taken over again from `due_at` on. Its topics are not read any more. */
void ownership_release(struct ownership *ownership, struct bus_consumer *consumer,
                       int32_t partition, int64_t due_at);
void ownership_release_all(struct ownership *ownership, struct bus_consumer *consumer,
                           int64_t due_at);
/* Takes over the partitions that are due: raises the fence, then reads its topics. One that fails
 * is due again a little later. 0, or the first failure: -EHOSTUNREACH is the database's, -ESTALE
 * says that Kafka is another cluster by now. `wall` is the wall clock's. */
int ownership_take(struct ownership *ownership, struct store *store, struct bus_consumer *consumer,
                   int64_t now, int64_t wall) __attribute__((warn_unused_result));
/* Takes the message if it is of a share whose backlog is being read. */
bool ownership_put(struct ownership *ownership, struct bus_consumer *consumer,
                   struct bus_message *message_take, int64_t now);
/* Goes on with every backlog; where all is published its topics are read. `ret_busy`: there is more
 * to do at once. 0, or the first failure, as ownership_take(). */
int ownership_publish_backlogs(struct ownership *ownership, struct store *store,
                               struct bus_consumer *consumer, struct publisher *publisher,
                               int64_t now, bool *ret_busy) __attribute__((warn_unused_result));
/* Asks where the logs end of what is assigned and not read, so that what comes meanwhile is known
 * to have come. */
void ownership_look_at_ends(struct ownership *ownership, struct bus_consumer *consumer);
/* When something is due next; INT64_MAX: nothing is. */
int64_t ownership_next_due(const struct ownership *ownership);

bool ownership_has(const struct ownership *ownership, int32_t partition);
/* The numbers owned; returns how many. */
size_t ownership_list(const struct ownership *ownership, int32_t *ret_partitions);
/* After a commit. */
void ownership_moved(struct ownership *ownership, const struct fence *fences, size_t n);
/* The note kept beside a committed offset: how far the fence has come. A database whose fence is
 * behind it was set back. */
void ownership_note(const struct ownership *ownership, int32_t partition, char note[BUS_NOTE]);
struct fence_known ownership_known(const char note[BUS_NOTE]);
