/* writer: the one thread that decides and writes: reads commands, decides a batch, commits it in
 * one transaction, tells what came of it.
 *
 * More capacity is more processes: each owns the partitions that the group gives it, by fences in
 * the database. Trouble with the database or the broker is waited out; it never ends the process.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libshared/base/settings.h"
#include "libshared/kafka/bus.h"

struct meters;
struct reply_drops;
struct tracer;
struct writer;

struct writer_counts {
    uint64_t batches, commands, repeated, dead_letters, conflicts, waits, fenced;
    uint64_t unpublishable;
    uint64_t database; /* commands sent to it by the writer's thread */
};

/* Starts the thread; `bus` and `settings` are borrowed until writer_stop(). `instance` names this
 * process to the group for good, e.g. host:port; NULL: it is a dynamic member. `meters` and
 * `tracer` live as long as the writer; NULL: nothing is counted, or traced. -EINVAL: MONGO_URI
 * is wrong, said in the log. */
int writer_start(const struct bus_config *bus, const struct settings *settings,
                 const char *instance, struct meters *meters, struct tracer *tracer,
                 struct writer **ret_writer) __attribute__((warn_unused_result));
/* Returns at once, so that others can be stopped meanwhile; writer_stop() is still to be called. */
void writer_ask_to_stop(struct writer *writer);
/* Finishes the batch at hand, publishes, commits offsets, and ends the thread. NULL is allowed.
 * False: a thread is left that waits for the database to build an index; the process must end by
 * _exit(). */
bool writer_stop(struct writer *writer) __attribute__((warn_unused_result));
/* NULL when it works; else why not. Any thread. */
const char *writer_unready(const struct writer *writer);
struct writer_counts writer_counts(const struct writer *writer);
/* Its replies that reached nobody. Any thread. */
struct reply_drops *writer_drops(const struct writer *writer);
