/* readers: the threads that answer queries.
 *
 * They share one consumer of group db-svc-queries and one producer; each has a connection of its
 * own. A query that nobody waits for any more is passed over; while the database is away the answer
 * is 503. */
#pragma once

#include <stdint.h>

#include "libshared/base/settings.h"
#include "libshared/kafka/bus.h"

struct readers;
/* Starts settings->query_threads threads; `bus` and `settings` are borrowed until readers_stop().
 */
int readers_start(const struct bus_config *bus, const struct settings *settings,
                  struct readers **ret_readers) __attribute__((warn_unused_result));
void readers_stop(struct readers *readers); /* NULL is allowed */
uint64_t readers_answered(const struct readers *readers);
