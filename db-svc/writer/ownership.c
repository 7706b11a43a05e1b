#include "db-svc/writer/ownership.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"

#define QUESTION_MS 500 /* to the group's coordinator */
#define RETRY_MS 500
/* A message that is expected and does not come may not be there any more: the broker is asked
 * again. */
#define UNREAD_MS 5000

void ownership_open(void *arena, struct ownership *ownership, const char *cluster,
                    const char *owner, int32_t partitions)
{
    *ownership = (struct ownership){.arena = arena,
                                    .cluster = mem_strdup(arena, cluster),
                                    .owner = owner,
                                    .partitions = partitions,
                                    .fences = mem_array(arena, struct fence, partitions),
                                    .shares = mem_array(arena, struct share, partitions)};
}

static void enter(struct share *share, enum share_state state)
{
    if (state != SHARE_BACKLOG) {
        mem_free(share->backlog);
        share->backlog = NULL;
    }
    share->state = state;
}

void ownership_assigned(struct ownership *ownership, const struct bus_partition *partitions,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int topic = topics_command_index(partitions[i].topic);
        if (topic < 0 || partitions[i].partition >= ownership->partitions)
            continue;
        struct share *share = &ownership->shares[partitions[i].partition];
        share->assigned[topic] = true;
        arrivals_forget(&share->arrivals[topic]);
        enter(share, SHARE_DUE);
        share->due_at = 0;
    }
    ownership->joined = true;
    log_info("writer.assigned", LOG_INT("partitions", n));
}

void ownership_revoked(struct ownership *ownership)
{
    for (int32_t p = 0; p < ownership->partitions; p++) {
        struct share *share = &ownership->shares[p];
        enter(share, SHARE_NONE);
        memset(share->assigned, 0, sizeof share->assigned);
    }
    ownership->joined = false;
}

void ownership_release(struct ownership *ownership, struct bus_consumer *consumer,
                       int32_t partition, int64_t due_at)
{
    struct share *share = &ownership->shares[partition];
    if (share->state == SHARE_NONE)
        return;
    for (int topic = 0; topic < TOPICS_COMMANDS; topic++)
        bus_consumer_rest(consumer, topics_commands[topic], partition);
    enter(share, SHARE_DUE);
    share->due_at = due_at;
}

void ownership_release_all(struct ownership *ownership, struct bus_consumer *consumer,
                           int64_t due_at)
{
    for (int32_t p = 0; p < ownership->partitions; p++)
        ownership_release(ownership, consumer, p, due_at);
}

/* --- Notes --- */

void ownership_note(const struct ownership *ownership, int32_t partition, char note[BUS_NOTE])
{
    const struct fence *fence = &ownership->fences[partition];
    (void)snprintf(note, BUS_NOTE, "1 %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, fence->epoch,
                   fence->batch, fence->seq, fence->timeline);
}

struct fence_known ownership_known(const char note[BUS_NOTE])
{
    struct fence_known known = {0};
    if (sscanf(note, "1 %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, &known.epoch, &known.batch,
               &known.seq, &known.timeline) != 4)
        return (struct fence_known){0};
    return known;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void learn(struct fence_known *known, struct fence_known more)
{
    known->epoch = greater(known->epoch, more.epoch);
    known->batch = greater(known->batch, more.batch);
    known->seq = greater(known->seq, more.seq);
    known->timeline = greater(known->timeline, more.timeline);
}

/* --- Taking over --- */

/* A partition that is due, and the offsets that the group committed of it. */
struct committed {
    struct bus_partition *at;
    size_t n;
};

static bool is_due(const struct share *share, int64_t now)
{
    return share->state == SHARE_DUE && share->due_at <= now;
}

static struct committed list_due(const struct ownership *ownership, void *arena, int64_t now)
{
    struct committed due = {
        .at = mem_array(arena, struct bus_partition, ownership->partitions * TOPICS_COMMANDS)};
    for (int32_t p = 0; p < ownership->partitions; p++)
        for (int topic = 0; topic < TOPICS_COMMANDS && is_due(&ownership->shares[p], now); topic++)
            if (ownership->shares[p].assigned[topic])
                due.at[due.n++] =
                    (struct bus_partition){.topic = topics_commands[topic], .partition = p};
    return due;
}

static int raise_fence(struct ownership *ownership, struct store *store,
                       const struct committed *committed, int32_t partition, int64_t wall)
{
    struct fence *fence = &ownership->fences[partition];
    struct fence_known known = {fence->epoch, fence->batch, fence->seq, fence->timeline};
    bool set_back;
    for (size_t i = 0; i < committed->n; i++)
        if (committed->at[i].partition == partition)
            learn(&known, ownership_known(committed->at[i].note));
    int r = store_fence_raise(store, ownership->cluster, partition, ownership->owner,
                              topics_commands, &known, wall, fence, &set_back);
    if (r == 0 && set_back)
        log_error("writer.database_set_back", LOG_INT("partition", partition),
                  LOG_INT("known_batch", known.batch), LOG_INT("timeline", fence->timeline));
    return r;
}

/* --- What was decided and may not be published --- */

/* The topics of a share that were decided further than they are committed. */
struct lag {
    struct bus_partition begins[TOPICS_COMMANDS], ends[TOPICS_COMMANDS];
    size_t n;
};

static struct lag find_lag(const struct ownership *ownership, int32_t partition)
{
    const struct share *share = &ownership->shares[partition];
    const struct fence *fence = &ownership->fences[partition];
    struct lag lag = {.n = 0};
    for (int topic = 0; topic < TOPICS_COMMANDS; topic++) {
        if (!share->assigned[topic] || share->start[topic] >= fence->next[topic])
            continue;
        lag.begins[lag.n] = (struct bus_partition){topics_commands[topic], partition, 0, ""};
        lag.ends[lag.n] = lag.begins[lag.n];
        lag.n++;
    }
    return lag;
}

static int ask_edges(struct bus_consumer *consumer, struct lag *lag)
{
    if (lag->n == 0)
        return 0;
    int r = bus_consumer_begins(consumer, lag->begins, lag->n, QUESTION_MS);
    return r < 0 ? r : bus_consumer_ends(consumer, lag->ends, lag->n, QUESTION_MS);
}

/* A log that ends before what was decided is another; one that begins behind it has lost it. */
static int expect(struct ownership *ownership, struct bus_consumer *consumer, const struct lag *lag,
                  size_t i)
{
    const int32_t partition = lag->ends[i].partition;
    const int topic = topics_command_index(lag->ends[i].topic);
    struct share *share = &ownership->shares[partition];
    struct fence *fence = &ownership->fences[partition];
    const int64_t end = fence->next[topic];
    if (lag->ends[i].offset < end)
        fence->next[topic] = -1;
    if (lag->ends[i].offset < end || lag->begins[i].offset >= end)
        return 0;
    if (share->backlog == NULL)
        share->backlog =
            backlog_new(ownership->arena, partition, ownership->partitions, fence->seq);
    backlog_expect(share->backlog, topic, end);
    return bus_consumer_read(consumer, topics_commands[topic], partition, share->start[topic]);
}

static int begin_reading(struct ownership *ownership, struct bus_consumer *consumer,
                         int32_t partition)
{
    struct share *share = &ownership->shares[partition];
    int r = 0;
    for (int topic = 0; topic < TOPICS_COMMANDS && r == 0; topic++) {
        if (!share->assigned[topic])
            continue;
        share->answered[topic] = share->start[topic];
        r = bus_consumer_read(consumer, topics_commands[topic], partition, share->start[topic]);
    }
    if (r == 0)
        enter(share, SHARE_OURS);
    return r;
}

static int begin_backlog(struct ownership *ownership, struct bus_consumer *consumer,
                         int32_t partition, int64_t now)
{
    struct share *share = &ownership->shares[partition];
    struct lag lag = find_lag(ownership, partition);
    int r = ask_edges(consumer, &lag);
    for (size_t i = 0; i < lag.n && r == 0; i++)
        r = expect(ownership, consumer, &lag, i);
    if (r < 0)
        return r;
    if (share->backlog == NULL)
        return begin_reading(ownership, consumer, partition);
    share->read_at = now;
    enter(share, SHARE_BACKLOG);
    return 0;
}

static int take_share(struct ownership *ownership, struct store *store,
                      struct bus_consumer *consumer, const struct committed *committed,
                      int32_t partition, int64_t now, int64_t wall)
{
    int r = raise_fence(ownership, store, committed, partition, wall);
    /* Without an offset all that there is: what MongoDB knows of may not have been told yet. */
    for (size_t i = 0; i < committed->n; i++)
        if (committed->at[i].partition == partition)
            ownership->shares[partition].start[topics_command_index(committed->at[i].topic)] =
                committed->at[i].offset >= 0 ? committed->at[i].offset : BUS_BEGINNING;
    return r < 0 ? r : begin_backlog(ownership, consumer, partition, now);
}

bool ownership_put(struct ownership *ownership, struct bus_consumer *consumer,
                   struct bus_message *message_take, int64_t now)
{
    const int topic = topics_command_index(message_take->topic);
    const int32_t partition = message_take->partition;
    struct share *share = &ownership->shares[partition];
    if (share->state != SHARE_BACKLOG)
        return false;
    share->read_at = now;
    if (!backlog_put(share->backlog, topic, message_take))
        bus_consumer_rest(consumer, topics_commands[topic], partition);
    return true;
}

static int publish_backlog(struct ownership *ownership, struct store *store,
                           struct bus_consumer *consumer, struct publisher *publisher,
                           int32_t partition, bool *ret_busy)
{
    int r = backlog_run(ownership->shares[partition].backlog, store, publisher, ret_busy);
    return r == 1 ? begin_reading(ownership, consumer, partition) : r;
}

int ownership_publish_backlogs(struct ownership *ownership, struct store *store,
                               struct bus_consumer *consumer, struct publisher *publisher,
                               int64_t now, bool *ret_busy)
{
    int first = 0;
    *ret_busy = false;
    for (int32_t p = 0; p < ownership->partitions && first != -EHOSTUNREACH; p++) {
        const struct share *share = &ownership->shares[p];
        bool busy = false;
        if (share->state != SHARE_BACKLOG)
            continue;
        int r = publish_backlog(ownership, store, consumer, publisher, p, &busy);
        *ret_busy = *ret_busy || busy;
        if (r < 0)
            ownership_release(ownership, consumer, p, now + RETRY_MS);
        else if (share->state == SHARE_BACKLOG && !backlog_is_read(share->backlog) &&
                 now - share->read_at > UNREAD_MS)
            ownership_release(ownership, consumer, p, now);
        if (first == 0 || r == -EHOSTUNREACH)
            first = r;
    }
    return first;
}

/* --- What is due --- */

static void postpone_due(struct ownership *ownership, int64_t now)
{
    for (int32_t p = 0; p < ownership->partitions; p++)
        if (is_due(&ownership->shares[p], now))
            ownership->shares[p].due_at = now + RETRY_MS;
}

/* Each by itself; but nothing more once the database is away. Returns the first failure. */
static int take_due(struct ownership *ownership, struct store *store, struct bus_consumer *consumer,
                    const struct committed *committed, int64_t now, int64_t wall)
{
    int first = 0;
    for (int32_t p = 0; p < ownership->partitions && first != -EHOSTUNREACH; p++) {
        if (!is_due(&ownership->shares[p], now))
            continue;
        int r = take_share(ownership, store, consumer, committed, p, now, wall);
        if (r < 0)
            ownership_release(ownership, consumer, p, now + RETRY_MS);
        if (first == 0 || r == -EHOSTUNREACH)
            first = r;
    }
    return first;
}

/* A group may have begun anew in another cluster before the keeper of the topics has looked. */
static int check_cluster(const struct ownership *ownership, struct bus_consumer *consumer,
                         const void *arena)
{
    const char *id;
    int r = bus_consumer_cluster_id(consumer, arena, QUESTION_MS, &id);
    if (r < 0)
        return r;
    return strcmp(id, ownership->cluster) == 0 ? 0 : -ESTALE;
}

int ownership_take(struct ownership *ownership, struct store *store, struct bus_consumer *consumer,
                   int64_t now, int64_t wall)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct committed committed = list_due(ownership, arena, now);
    if (committed.n == 0)
        return 0;
    int r = bus_consumer_committed(consumer, committed.at, committed.n, QUESTION_MS);
    if (r == 0)
        r = check_cluster(ownership, consumer, arena);
    if (r == 0)
        r = take_due(ownership, store, consumer, &committed, now, wall);
    postpone_due(ownership, now);
    ownership->failing = r < 0;
    return r;
}

static void note_ends(struct ownership *ownership, const struct committed *ends)
{
    const int64_t now = clock_monotonic_ms(); /* they were there by now, not before the question */
    for (size_t i = 0; i < ends->n; i++) {
        const int topic = topics_command_index(ends->at[i].topic);
        struct arrivals *arrivals = &ownership->shares[ends->at[i].partition].arrivals[topic];
        /* An end that leaves open transactions out is no other log's. */
        if (arrivals->n == 0 || ends->at[i].offset > arrivals->ends[arrivals->n - 1].end)
            arrivals_saw(arrivals, now, ends->at[i].offset);
    }
}

void ownership_look_at_ends(struct ownership *ownership, struct bus_consumer *consumer)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct committed ends = list_due(ownership, arena, INT64_MAX);
    if (ends.n > 0 && bus_consumer_ends(consumer, ends.at, ends.n, QUESTION_MS) == 0)
        note_ends(ownership, &ends);
}

int64_t ownership_next_due(const struct ownership *ownership)
{
    int64_t next = INT64_MAX;
    for (int32_t p = 0; p < ownership->partitions; p++)
        if (ownership->shares[p].state == SHARE_DUE && ownership->shares[p].due_at < next)
            next = ownership->shares[p].due_at;
    return next;
}

/* --- What is owned --- */

bool ownership_has(const struct ownership *ownership, int32_t partition)
{
    return partition >= 0 && partition < ownership->partitions &&
           ownership->shares[partition].state == SHARE_OURS;
}

size_t ownership_list(const struct ownership *ownership, int32_t *ret_partitions)
{
    size_t n = 0;
    for (int32_t p = 0; p < ownership->partitions; p++)
        if (ownership_has(ownership, p))
            ret_partitions[n++] = p;
    return n;
}

void ownership_moved(struct ownership *ownership, const struct fence *fences, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ownership->fences[fences[i].partition] = fences[i];
}
