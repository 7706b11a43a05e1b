/* direct: batches written to the database as the writer writes them, without a decision and without
 * Kafka. What goes wrong ends the program with a line that says so. One thread. */
#pragma once

#include <stdbool.h>

#include "db-svc/store/store.h"

struct direct {
    const char *name;
    struct store *store;
    struct fence fence;
    int64_t spent_us; /* within store_commit() */
};

/* Begins the program too: memory and libraries. `name` is the fence's: a program has its own. */
struct direct direct_open(const char *uri, const char *database, const char *name);
void direct_close(struct direct *direct);
/* One transaction: the fence, the changes, the receipts. */
void direct_commit(struct direct *direct, const struct store_change *changes, size_t n_changes,
                   const struct receipt *const *receipts, size_t n_receipts);
