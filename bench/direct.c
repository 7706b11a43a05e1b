#include "bench/direct.h"

#include <stdio.h>
#include <stdlib.h>

#include "libshared/contract/topic.h"
#include "libshared/base/clock.h"
#include "libshared/base/mem.h"

static void give_up(const struct direct *direct, const char *what)
{
    fprintf(stderr, "%s: %s\n", direct->name, what);
    exit(EXIT_FAILURE);
}

struct direct direct_open(const char *uri, const char *database, const char *name)
{
    char error[STORE_ERROR_SIZE];
    struct direct direct = {.name = name};
    mem_init();
    store_library_open();
    if (store_open(uri, database, error, &direct.store) < 0)
        give_up(&direct, error);
    const struct fence_known nothing = {0};
    bool set_back;
    if (store_prepare(direct.store) < 0 ||
        store_fence_raise(direct.store, name, 0, name, topics_commands, &nothing, clock_wall_ms(),
                          &direct.fence, &set_back) < 0)
        give_up(&direct, store_error(direct.store));
    return direct;
}

void direct_close(struct direct *direct)
{
    store_close(direct->store);
    store_library_close();
}

void direct_commit(struct direct *direct, const struct store_change *changes, size_t n_changes,
                   const struct receipt *const *receipts, size_t n_receipts)
{
    int32_t fenced;
    direct->fence.batch++;
    direct->fence.next[0] += (int64_t)n_receipts;
    const struct store_batch batch = {.cluster = direct->name,
                                      .owner = direct->name,
                                      .topics = topics_commands,
                                      .fences = &direct->fence,
                                      .n_fences = 1,
                                      .receipts = receipts,
                                      .n_receipts = n_receipts,
                                      .changes = changes,
                                      .n_changes = n_changes};
    int64_t start = clock_read().monotonic_us;
    enum store_outcome outcome;
    do { /* two programs that put records in at once may meet */
        outcome = store_commit(direct->store, &batch, &fenced);
        if (outcome == STORE_UNKNOWN)
            outcome = store_settle(direct->store, &batch);
    } while (outcome == STORE_CONFLICT);
    direct->spent_us += clock_read().monotonic_us - start;
    if (outcome != STORE_COMMITTED)
        give_up(direct, store_error(direct->store));
}
