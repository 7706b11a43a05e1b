/* revs: whether records are still of the revision that they were read at. Internal to the store.
 *
 * Asked in the transaction that then replaces or removes them by their ids: whoever changes one
 * after the transaction's snapshot is a write conflict. Ids and revisions are not asked for
 * together, in the statement that writes: MongoDB's stand-in looks through the whole collection for
 * that. */
#pragma once

#include "db-svc/store/store.h"

/* Of all records of that collection that the batch replaces or removes. STORE_COMMITTED: all are;
 * STORE_CONFLICT: one is not; else as any command. */
enum store_outcome revs_check(struct store *store, const struct store_batch *batch,
                              const struct collection *collection);
