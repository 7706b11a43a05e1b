/* batch: what was read together is loaded, decided and committed together.
 *
 * Each try at a batch begins anew from what the store holds, in an arena of its own, so that a
 * conflict is answered by trying again. One thread. */
#pragma once

#include "db-svc/rules/workset.h"
#include "db-svc/writer/input.h"
#include "libshared/base/clock.h"
#include "libshared/contract/self_service.h"

struct batch_config {
    const char *cluster, *owner;
    int32_t partitions;
    int64_t max_hold_seconds;
    const struct signing_key *signing_key;
    const struct self_service *self_service;
    struct record_cache *cache; /* NULL: nothing is kept between batches */
};

/* Loads what the inputs name and decides them in order. `fences` are by partition number. Fills
 * each input's `receipt` and `fresh`. 0 or the store's -errno. Nothing is written. */
int batch_decide(void *arena, struct store *store, const struct batch_config *config,
                 const struct fence *fences, const struct clock_time *now, struct input *inputs,
                 size_t n, struct workset **ret_workset) __attribute__((warn_unused_result));

/* Numbers the facts, moves the fences on, and commits what batch_decide() decided, in one
 * transaction. `fences` (by partition number; epoch 0: not owned) are only moved on in the store:
 * the caller takes ret_fences over once it is known to be committed. A batch that changes nothing
 * is not written. */
struct batch_commit {
    struct store_batch batch;
    struct fence *fences; /* as they are after the commit */
};
void batch_form(void *arena, const struct batch_config *config, const struct workset *workset,
                const struct fence *fences, struct input *inputs, size_t n,
                struct batch_commit *ret_commit);

/* Of a batch that writes nothing: STORE_COMMITTED if what was decided upon is what is there. Else,
 * as store_fences_check(): it was decided upon records that may be another's by now. */
enum store_outcome batch_check(const void *arena, struct store *store,
                               const struct batch_config *config, const struct fence *fences,
                               const struct batch_commit *commit, int32_t *ret_fenced);
/* What became of it: keeps its records for the next batches, or forgets all that are kept. */
void batch_ended(const struct batch_config *config, const struct workset *workset,
                 const struct batch_commit *commit, enum store_outcome outcome);
