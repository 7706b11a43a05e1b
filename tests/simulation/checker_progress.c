/* Whether all is answered and read, and nothing stands still that nothing hinders. */
#include "tests/simulation/checker.h"

#include <inttypes.h>

#include "libshared/contract/topic.h"

/* A writer's queue, the batch at hand and backlogs. */
#define MESSAGES_MOST 4000
/* Less than a database lets the transaction of a dead process stand. */
#define STANDSTILL_US 25000000

static void check_answered(struct simulation *simulation)
{
    const struct history *history = &simulation->history;
    size_t open = 0, first = 0;
    for (size_t i = history->n; i > 0; i--) {
        const struct ask *ask = &history->asks[i - 1];
        if (ask->status != 0 || !ask->answers || !ask->has_id || ask->lost || ask->undone ||
            ask->reuses)
            continue;
        open++;
        first = i - 1;
    }
    if (open > 0)
        violation(simulation, "E", "%zu asks were never answered, the first is %zu (%s)", open,
                  first, history->asks[first].command);
}

static void check_lag(struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        const struct simulated_topic *topic = &simulation->broker.topics[i];
        for (int32_t p = 0; topic->grouped && !topic->flows && p < topic->partitions; p++)
            if (topic->logs[p].end > 0 && broker_committed(topic, p) != topic->logs[p].end)
                violation(simulation, "E", "%s/%d stands at %" PRId64 " of %" PRId64, topic->name,
                          (int)p, broker_committed(topic, p), topic->logs[p].end);
    }
}

static struct progress progress_of(const struct simulation *simulation, int32_t partition,
                                   bool *ret_waits)
{
    struct progress progress = {.batch = simulation->checker.batches[partition]};
    *ret_waits = false;
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        const struct simulated_topic *topic = &simulation->broker.topics[i];
        if (topic->command < 0 || partition >= topic->partitions)
            continue;
        int64_t committed = broker_committed(topic, partition);
        progress.committed += committed;
        *ret_waits = *ret_waits ||
                     (topic->logs[partition].end > 0 && committed < topic->logs[partition].end);
    }
    return progress;
}

static void look_at(struct simulation *simulation, int32_t partition, int64_t passed_us)
{
    struct progress *before = &simulation->checker.progress[partition];
    bool waits;
    struct progress progress = progress_of(simulation, partition, &waits);
    if (waits && progress.committed == before->committed && progress.batch == before->batch)
        progress.idle_us = before->idle_us + passed_us;
    if (progress.idle_us > STANDSTILL_US) {
        violation(simulation, "E", "nothing is done in partition %d for %d s that nothing hinders",
                  (int)partition, STANDSTILL_US / 1000000);
        progress.idle_us = 0;
    }
    *before = progress;
}

static void check_messages(struct simulation *simulation)
{
    for (const struct node *at = world->nodes; at != NULL; at = at->next)
        if (!at->dead && at->messages > MESSAGES_MOST)
            violation(simulation, "memory", "node %d holds %zu messages", at->number, at->messages);
}

void checker_look(struct simulation *simulation, int64_t passed_us)
{
    check_messages(simulation);
    bool hindered = faults_hinder(simulation);
    if (hindered)
        simulation->checker.hindered_at = world->now;
    for (int32_t p = 0; p < BROKER_PARTITIONS; p++)
        look_at(simulation, p, hindered ? 0 : passed_us);
}

void checker_rest(struct simulation *simulation)
{
    check_answered(simulation);
    check_lag(simulation);
}
