/* completion: adds the collections and indexes that a database lacks, while the writer works.
 *
 * A thread and a connection of its own: an index over many records may take hours, and waits for
 * every transaction that is open. */
#pragma once

#include <stdbool.h>

#include "libshared/base/settings.h"

struct completion;
/* NULL: there is no thread to be had; the database stays as it is. */
struct completion *completion_start(const struct settings *settings);
/* False: it is in the middle of an index and cannot be ended; the process must end by _exit(),
 * which asks nothing of libmongoc. NULL is allowed. */
bool completion_stop(struct completion *completion) __attribute__((warn_unused_result));
