#include "db-svc/writer/writer_state.h"

#include <errno.h>

#include "db-svc/store/record_cache.h"
#include "db-svc/writer/batch.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/trace/trace_log.h"

/* Bytes that a command takes mostly, and how many are reserved at once at the most. */
#define COMMAND_ROOM (12 * 1024)
#define ROOM_MOST (4 * 1024 * 1024)
#define CONFLICT_MS 5
#define CONFLICT_LOG_MS 1000
/* A conflict that goes on for longer is no other's short transaction: the partitions are taken over
 * anew, which ends whatever holds them. */
#define CONFLICTS_MOST 200
/* As long as a group takes to notice that one of two owners is gone. */
#define FENCED_MS 6000

struct attempt {
    void *arena;
    struct clock_time now;
    struct input *inputs;
    size_t n;
    struct workset *workset; /* NULL: nothing was decided */
    struct batch_commit commit;
    struct clock_time commit_began; /* 0: there was nothing to write */
    int64_t commit_us;
    enum store_outcome outcome;
    int32_t fenced;
};

static struct batch_config batch_config(const struct writer *writer)
{
    return (struct batch_config){.cluster = writer->ownership.cluster,
                                 .owner = writer->ownership.owner,
                                 .partitions = writer->ownership.partitions,
                                 .max_hold_seconds = writer->settings->max_hold_seconds,
                                 .signing_key = &writer->signing_key,
                                 .self_service = &writer->self_service,
                                 .cache = writer->cache};
}

static enum store_outcome outcome_of(int r)
{
    return r == -EAGAIN ? STORE_CONFLICT : r == -EBADMSG ? STORE_REFUSED : STORE_AWAY;
}

static int decide(struct writer *writer, struct attempt *attempt)
{
    const struct batch_config config = batch_config(writer);
    int r = store_begin(writer->store);
    if (r == 0)
        r = batch_decide(attempt->arena, writer->store, &config, writer->ownership.fences,
                         &attempt->now, attempt->inputs, attempt->n, &attempt->workset);
    if (r == 0)
        batch_form(attempt->arena, &config, attempt->workset, writer->ownership.fences,
                   attempt->inputs, attempt->n, &attempt->commit);
    return r;
}

static enum store_outcome check(struct writer *writer, struct attempt *attempt)
{
    const struct batch_config config = batch_config(writer);
    enum store_outcome outcome =
        batch_check(attempt->arena, writer->store, &config, writer->ownership.fences,
                    &attempt->commit, &attempt->fenced);
    if (outcome != STORE_COMMITTED)
        record_cache_clear(writer->cache);
    store_abandon(writer->store);
    attempt->commit.batch.n_fences = 0; /* nothing to write: the fences stay as they are */
    return outcome;
}

static enum store_outcome commit(struct writer *writer, struct attempt *attempt)
{
    const struct batch_config config = batch_config(writer);
    struct store_batch *batch = &attempt->commit.batch;
    if (batch->n_receipts == 0 && batch->n_changes == 0)
        return check(writer, attempt);
    attempt->commit_began = clock_read();
    enum store_outcome outcome = store_commit(writer->store, batch, &attempt->fenced);
    batch_ended(&config, attempt->workset, &attempt->commit, outcome);
    if (outcome == STORE_UNKNOWN)
        outcome = store_settle(writer->store, batch);
    if (outcome == STORE_COMMITTED) {
        attempt->commit_us = clock_read().monotonic_us - attempt->commit_began.monotonic_us;
        meters_commit(writer->meters, attempt->commit_us);
        outage_forget(writer);
    }
    return outcome;
}

static void try_inputs(struct writer *writer, struct attempt *attempt)
{
    int r = decide(writer, attempt);
    if (r < 0) {
        store_abandon(writer->store);
        record_cache_clear(writer->cache);
    }
    attempt->outcome = r < 0 ? outcome_of(r) : commit(writer, attempt);
    if (attempt->fenced < 0 && attempt->commit.batch.n_fences > 0)
        attempt->fenced = attempt->commit.fences[0].partition; /* that which settling looks at */
}

static void count(struct writer *writer, const struct input *inputs, size_t n)
{
    atomic_fetch_add(&writer->counts.batches, 1);
    atomic_fetch_add(&writer->counts.commands, n);
    for (size_t i = 0; i < n; i++) {
        if (inputs[i].dead != NULL)
            atomic_fetch_add(&writer->counts.dead_letters, 1);
        else if (inputs[i].handler != NULL && !inputs[i].misplaced && !inputs[i].fresh)
            atomic_fetch_add(&writer->counts.repeated, 1);
    }
}

/* --- The batch at hand --- */

static void end_batch(struct writer *writer)
{
    struct batch_at_hand *hand = &writer->hand;
    for (size_t i = 0; i < hand->n; i++)
        input_free(&hand->inputs[i]);
    mem_free(hand->arena);
    *hand = (struct batch_at_hand){0};
}

static void go_on(struct batch_at_hand *hand)
{
    hand->conflicts = 0;
    hand->refused = false;
    if (hand->width > hand->n - hand->done)
        hand->width = hand->n - hand->done;
}

void attempt_drop(struct writer *writer, int32_t partition)
{
    struct batch_at_hand *hand = &writer->hand;
    size_t n = hand->done;
    for (size_t i = hand->done; i < hand->n; i++) {
        struct input input = hand->inputs[i];
        if (partition < 0 || input.message.partition == partition)
            input_free(&input);
        else
            hand->inputs[n++] = input;
    }
    hand->n = n;
    go_on(hand);
    if (hand->arena != NULL && hand->done == hand->n)
        end_batch(writer);
}

static void finish(struct writer *writer, const struct attempt *attempt)
{
    ownership_moved(&writer->ownership, attempt->commit.fences, attempt->commit.batch.n_fences);
    publisher_send(writer->publisher, attempt->inputs, attempt->n, attempt->now.wall_ms);
    count(writer, attempt->inputs, attempt->n);
    meters_batch(writer->meters, attempt->inputs, attempt->n);
    waiting_answered(writer, attempt->inputs, attempt->n);
    traces_end(writer, attempt->inputs, attempt->n, &attempt->commit_began, attempt->commit_us);
    writer->hand.done += attempt->n;
    writer->hand.width = writer->hand.n - writer->hand.done;
    go_on(&writer->hand);
}

/* --- What else may come of an attempt --- */

/* One is the way of the world; what goes on is worth a look. */
static void log_conflict(struct writer *writer, int64_t now)
{
    if (now < writer->conflict_logged_at + CONFLICT_LOG_MS)
        return;
    writer->conflict_logged_at = now;
    log_warning("writer.conflict", LOG_STR("reason", store_error(writer->store)));
}

/* Takes over anew every partition of the attempt. */
static void take_over_anew(struct writer *writer, const struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->n; i++)
        ownership_release(&writer->ownership, writer->consumer,
                          attempt->inputs[i].message.partition, 0);
    for (int32_t p = 0; p < writer->ownership.partitions; p++)
        if (!ownership_has(&writer->ownership, p)) {
            command_queue_drop(writer->queue, p);
            attempt_drop(writer, p);
        }
}

void attempt_wait_for_database(struct writer *writer, int64_t now)
{
    if (!outage_begin(writer, now))
        return;
    attempt_drop(writer, -1);
    command_queue_clear(writer->queue);
    ownership_release_all(&writer->ownership, writer->consumer, 0);
}

static void wait_for_other(struct writer *writer, const struct attempt *attempt)
{
    struct batch_at_hand *hand = &writer->hand;
    atomic_fetch_add(&writer->counts.conflicts, 1);
    log_conflict(writer, attempt->now.monotonic_ms);
    hand->retry_at = attempt->now.monotonic_ms + CONFLICT_MS; /* the other is given time to end */
    if (++hand->conflicts > CONFLICTS_MOST)
        take_over_anew(writer, attempt);
}

void attempt_let_go(struct writer *writer, int32_t partition, enum store_outcome outcome,
                    int64_t now)
{
    bool fenced = outcome == STORE_FENCED;
    log_warning("writer.fenced", LOG_INT("partition", partition), LOG_INT("set_back", !fenced));
    atomic_fetch_add(&writer->counts.fenced, 1);
    ownership_release(&writer->ownership, writer->consumer, partition,
                      fenced ? now + FENCED_MS : 0);
    command_queue_drop(writer->queue, partition);
    attempt_drop(writer, partition);
}

/* Whether the database takes a transaction of the fences alone: then a batch that it refuses is at
 * fault, not the database. */
static bool fences_alone_commit(struct writer *writer, struct attempt *attempt)
{
    const struct input *input = &attempt->inputs[0];
    if (attempt->commit.batch.n_fences == 0) { /* reading was refused: nothing was formed */
        const struct batch_config config = batch_config(writer);
        struct input none = *input;
        none.fresh = false;
        batch_form(attempt->arena, &config, workset_new(attempt->arena), writer->ownership.fences,
                   &none, 1, &attempt->commit);
    }
    struct store_batch alone = attempt->commit.batch;
    alone.n_changes = alone.n_receipts = alone.n_forgettings = 0;
    return store_commit(writer->store, &alone, &attempt->fenced) == STORE_COMMITTED;
}

static void bury(struct writer *writer, struct attempt *attempt, const char *why)
{
    struct input *input = &attempt->inputs[0];
    TRACE_LOG(input->envelope.traceparent);
    log_error("writer.poison", LOG_STR("topic", input->message.topic),
              LOG_INT("offset", input->message.offset), LOG_STR("reason", why));
    input->receipt = input_refusal(attempt->arena, input, PROBLEM_internal_error, NULL);
    input->fresh = false;
    input->dead = "the database refuses it";
    finish(writer, attempt);
}

/* One of several is refused, or two that do not go together: fewer at a time. A single one that is
 * refused again, while the fences alone commit, is poison. */
static void isolate(struct writer *writer, struct attempt *attempt)
{
    struct batch_at_hand *hand = &writer->hand;
    if (attempt->n > 1) {
        hand->width = attempt->n / 2;
    } else if (!hand->refused) {
        hand->refused = true; /* another writer may have been quicker to insert the same */
    } else {
        const char *why = mem_strdup(attempt->arena, store_error(writer->store));
        if (fences_alone_commit(writer, attempt))
            bury(writer, attempt, why);
        else
            attempt_wait_for_database(writer, attempt->now.monotonic_ms);
    }
}

static size_t room_for(size_t n)
{
    const size_t room = n * COMMAND_ROOM;
    return room < ROOM_MOST ? room : ROOM_MOST;
}

void attempt_run(struct writer *writer, const struct clock_time *now)
{
    struct batch_at_hand *hand = &writer->hand;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, room_for(hand->width));
    struct attempt attempt = {.arena = arena,
                              .now = *now,
                              .inputs = &hand->inputs[hand->done],
                              .n = hand->width,
                              .fenced = -1};
    try_inputs(writer, &attempt);
    switch (attempt.outcome) {
    case STORE_COMMITTED:
        finish(writer, &attempt);
        break;
    case STORE_CONFLICT:
        wait_for_other(writer, &attempt);
        break;
    case STORE_FENCED:
    case STORE_SET_BACK:
        attempt_let_go(writer, attempt.fenced, attempt.outcome, now->monotonic_ms);
        break;
    case STORE_REFUSED:
        isolate(writer, &attempt);
        break;
    case STORE_AWAY:
    case STORE_UNKNOWN:
        attempt_wait_for_database(writer, now->monotonic_ms);
        break;
    }
    if (hand->arena != NULL && hand->done == hand->n)
        end_batch(writer);
}
