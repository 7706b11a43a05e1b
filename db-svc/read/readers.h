/* readers: the threads that answer queries.
 *
 * Each has a connection and a consumer of group db-svc-queries of its own; they share a producer. A
 * query that nobody waits for any more is passed over; while the database is away the answer is
 * 503. A query sent while no reader ran is answered by the next one. */
#pragma once

#include <stdint.h>

#include "libshared/base/settings.h"
#include "libshared/kafka/bus.h"

struct readers;
struct reply_drops;
/* Starts settings->query_threads threads. All is borrowed until readers_stop(); `instance` names
 * its static members of the group, so that a restart gets its partitions back at once; NULL: none.
 */
int readers_start(const struct bus_config *bus, const struct settings *settings,
                  const char *instance, struct readers **ret_readers)
    __attribute__((warn_unused_result));
void readers_stop(struct readers *readers); /* NULL is allowed */
uint64_t readers_answered(const struct readers *readers);
/* Their replies that reached nobody. Any thread. */
struct reply_drops *readers_drops(const struct readers *readers);
/* NULL when they work; else why not. Any thread. */
const char *readers_unready(const struct readers *readers);
