#include "db-svc/writer/writer_state.h"

#include "db-svc/writer/batch.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"

#define CONFLICT_MS 5
#define CONFLICT_TOLD_MS 1000

struct attempt {
    void *arena;
    int64_t now;
    struct batch_commit commit;
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
                                 .self_service = &writer->self_service};
}

static int decide(struct writer *writer, struct attempt *attempt, struct input *inputs, size_t n)
{
    const struct batch_config config = batch_config(writer);
    struct workset *workset;
    attempt->now = clock_wall_ms();
    int r = store_begin(writer->store);
    if (r == 0)
        r = batch_decide(attempt->arena, writer->store, &config, &writer->lag, attempt->now, inputs,
                         n, &workset);
    if (r == 0)
        batch_form(attempt->arena, &config, workset, writer->ownership.fences, inputs, n,
                   &attempt->commit);
    return r;
}

static enum store_outcome commit(struct writer *writer, struct attempt *attempt)
{
    struct store_batch *batch = &attempt->commit.batch;
    if (batch->n_receipts == 0 && batch->n_changes == 0) {
        batch->n_fences = 0; /* nothing to write: the fences stay as they are */
        store_abandon(writer->store);
        return STORE_COMMITTED;
    }
    enum store_outcome outcome = store_commit(writer->store, batch, &attempt->fenced);
    return outcome == STORE_UNKNOWN ? store_settle(writer->store, batch) : outcome;
}

static void try_batch(struct writer *writer, struct attempt *attempt, struct input *inputs,
                      size_t n)
{
    if (decide(writer, attempt, inputs, n) < 0) {
        store_abandon(writer->store);
        attempt->outcome = STORE_AWAY;
    } else {
        attempt->outcome = commit(writer, attempt);
    }
}

static void count(struct writer *writer, const struct input *inputs, size_t n)
{
    atomic_fetch_add(&writer->counts.batches, 1);
    atomic_fetch_add(&writer->counts.commands, n);
    for (size_t i = 0; i < n; i++) {
        if (inputs[i].dead != NULL)
            atomic_fetch_add(&writer->counts.dead_letters, 1);
        else if (inputs[i].decision != NULL && !inputs[i].misplaced && !inputs[i].fresh)
            atomic_fetch_add(&writer->counts.repeated, 1);
    }
}

static void finish(struct writer *writer, const struct attempt *attempt, const struct input *inputs,
                   size_t n)
{
    ownership_moved(&writer->ownership, attempt->commit.fences, attempt->commit.batch.n_fences);
    publisher_send(writer->publisher, inputs, n, attempt->now);
    count(writer, inputs, n);
}

/* Whether the database takes a transaction of the fences alone: then a batch that it refuses is at
 * fault, not the database. */
static bool fences_alone_commit(struct writer *writer, struct attempt *attempt)
{
    struct store_batch alone = attempt->commit.batch;
    alone.n_changes = alone.n_receipts = alone.n_forgettings = 0;
    return store_commit(writer->store, &alone, &attempt->fenced) == STORE_COMMITTED;
}

static void bury(struct writer *writer, struct attempt *attempt, struct input *input)
{
    log_error("writer.poison", LOG_STR("topic", input->message.topic),
              LOG_INT("offset", input->message.offset),
              LOG_STR("reason", store_error(writer->store)));
    input->receipt = input_refusal(attempt->arena, input, PROBLEM_internal_error, NULL);
    input->fresh = false;
    input->dead = "the database refuses it";
    finish(writer, attempt, input, 1);
}

/* One of several is refused, or two that do not go together: each half by itself. A single one that
 * is refused while the fences alone commit is poison. */
static bool isolate(struct writer *writer, struct attempt *attempt, struct input *inputs, size_t n)
{
    if (n > 1)
        return writer_run_batch(writer, inputs, n / 2) &&
               writer_run_batch(writer, inputs + n / 2, n - n / 2);
    if (fences_alone_commit(writer, attempt)) {
        bury(writer, attempt, inputs);
        return true;
    }
    writer_wait_for_store(writer);
    return false;
}

/* One is the way of the world; what goes on is worth a look. */
static void tell_conflict(struct writer *writer, int64_t now)
{
    if (now < writer->conflict_told_at + CONFLICT_TOLD_MS)
        return;
    writer->conflict_told_at = now;
    log_warning("writer.conflict", LOG_STR("reason", store_error(writer->store)));
}

/* False: the batch is dropped, to be read again by whoever owns it then. */
static bool run_attempt(struct writer *writer, struct attempt *attempt, struct input *inputs,
                        size_t n, bool *refused, bool *ret_again)
{
    try_batch(writer, attempt, inputs, n);
    *ret_again = false;
    switch (attempt->outcome) {
    case STORE_COMMITTED:
        finish(writer, attempt, inputs, n);
        return true;
    case STORE_CONFLICT:
        atomic_fetch_add(&writer->counts.conflicts, 1);
        tell_conflict(writer, attempt->now);
        publisher_poll(writer->publisher, CONFLICT_MS); /* the other one is given time to end */
        *ret_again = !writer_stopping(writer);
        return *ret_again;
    case STORE_FENCED:
        atomic_fetch_add(&writer->counts.fenced, 1);
        ownership_lost(&writer->ownership, attempt->fenced, clock_monotonic_ms());
        return false;
    case STORE_REFUSED:
        /* Another writer may have been quicker to insert the same: once more, seeing that. */
        *ret_again = n == 1 && !*refused;
        *refused = true;
        return *ret_again || isolate(writer, attempt, inputs, n);
    case STORE_AWAY:
    case STORE_UNKNOWN:
        break;
    }
    writer_wait_for_store(writer);
    return false;
}

bool writer_run_batch(struct writer *writer, struct input *inputs, size_t n)
{
    bool again = true, kept = true, refused = false;
    while (again) {
        struct attempt attempt = {.arena = mem_arena(NULL, 0), .fenced = -1};
        kept = run_attempt(writer, &attempt, inputs, n, &refused, &again);
        mem_free(attempt.arena);
    }
    return kept;
}
