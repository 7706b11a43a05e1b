/* What a fault has lost, so that nobody misses it. */
#include "tests/simulation/checker.h"

#include <talloc.h>

#include "db-svc/writer/ownership.h"
#include "tests/simulation/mongo/document.h"

/* How far Kafka knows that a partition's fence had come. */
static int64_t noted_batch(const struct simulation *simulation, int32_t partition)
{
    int64_t most = 0;
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        int64_t batch = ownership_known(simulation->broker.offsets[i][partition].note).batch;
        most = batch > most ? batch : most;
    }
    return most;
}

/* A break is noticed by what is noted beside the offsets: not one between the last note and the
 * last commit. */
static void note_break(struct simulation *simulation, const bson_t *fence)
{
    int32_t partition = checker_partition(simulation, fence);
    int64_t batch = document_number(fence, "batch");
    if (partition < 0)
        return;
    if (batch < simulation->checker.batches[partition] &&
        batch >= noted_batch(simulation, partition))
        simulation->checker.unknown_break[partition] = true;
    simulation->checker.batches[partition] = batch;
}

static void each_fence(struct simulation *simulation,
                       void (*note)(struct simulation *simulation, const bson_t *fence))
{
    void *arena = talloc_new(NULL);
    struct document *found;
    size_t n = checker_read_all(simulation, "fences", arena, &found);
    for (size_t i = 0; i < n; i++) {
        bson_t fence;
        if (bson_init_static(&fence, found[i].bytes, found[i].n))
            note(simulation, &fence);
    }
    talloc_free(arena);
}

void checker_set_back(struct simulation *simulation, int64_t at)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++) {
        struct ask *ask = &history->asks[i];
        if (ask->status != 0 ? ask->answered_at >= at : !ask->has_id)
            ask->lost = true;
    }
    table_clear(&simulation->checker.facts);
    checker_forgive_unpublished(simulation);
    each_fence(simulation, note_break);
    table_clear(&simulation->checker.raisers);
    simulation->checker.set_back_at = world->now;
}

/* Facts that were on their way to what is gone come when somebody asks again. */
static void note_sequence(struct simulation *simulation, const bson_t *fence)
{
    int32_t partition = checker_partition(simulation, fence);
    if (partition < 0)
        return;
    simulation->checker.lost_epoch[partition] = document_number(fence, "epoch");
    if (document_number(fence, "seq") > simulation->checker.lost_sequence[partition])
        simulation->checker.lost_sequence[partition] = document_number(fence, "seq");
}

void checker_recreated(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++)
        if (history->asks[i].status == 0 && !history->asks[i].has_id)
            history->asks[i].lost = true;
    checker_forgive_unpublished(simulation);
    each_fence(simulation, note_sequence);
    simulation->checker.recreated_at = world->now;
}
