/* topics_keeper: sees to it that every topic is there, for as long as the process runs.
 *
 * A thread of its own asks the broker, and makes what is missing: at the start, and again when a
 * broker comes back empty. Its reasons are fixed sentences, or live as long as the keeper. */
#pragma once

#include <stdint.h>

#include "libshared/base/settings.h"
#include "libshared/kafka/bus.h"

struct topics_keeper;

/* `bus` and `settings` are borrowed until the end. */
int topics_keeper_start(const struct bus_config *bus, const struct settings *settings,
                        struct topics_keeper **ret_keeper) __attribute__((warn_unused_result));
void topics_keeper_stop(struct topics_keeper *keeper); /* NULL is allowed */

/* NULL: all topics are there, with as many partitions as KAFKA_PARTITIONS says. Any thread. */
const char *topics_keeper_unready(const struct topics_keeper *keeper);
/* Rises when the broker is of another cluster than before; 0: none was seen yet. Any thread. */
uint64_t topics_keeper_clusters(const struct topics_keeper *keeper);
/* The id of the last cluster seen, in `arena`; NULL: none was. Any thread. */
const char *topics_keeper_cluster(struct topics_keeper *keeper, const void *arena);
