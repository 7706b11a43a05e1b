/* writer_state: what the files of the writer share. Private to writer/; one thread, but for the
 * atomic members. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "db-svc/signing.h"
#include "db-svc/writer/input.h"
#include "db-svc/writer/intake.h"
#include "db-svc/writer/lag.h"
#include "db-svc/writer/ownership.h"
#include "db-svc/writer/publisher.h"
#include "db-svc/writer/timers.h"
#include "db-svc/writer/writer.h"

#define BATCH_MESSAGES 500
#define AWAY_MS 200 /* between looks for a database that is away */

struct writer {
    void *arena;
    const struct bus_config *bus;
    const struct settings *settings;
    const char *instance;
    struct signing_key signing_key;
    struct self_service self_service;
    pthread_t thread;
    atomic_bool stopping;
    _Atomic(const char *) unready;
    struct {
        _Atomic uint64_t batches, commands, repeated, dead_letters, conflicts, waits, fenced;
    } counts;

    struct store *store;
    struct bus_consumer *consumer;
    struct publisher *publisher;
    struct timers *timers;
    struct ownership ownership;
    struct intake *intake;
    uint64_t intake_generation; /* of the ownership, when it was last filled */
    struct lag lag;
    int64_t timers_at, commit_at; /* monotonic */
    int64_t conflict_told_at;     /* wall clock */
};

static inline bool writer_stopping(const struct writer *writer)
{
    return atomic_load(&writer->stopping);
}

/* Reads nothing until the database answers again, then all partitions anew from what was
 * committed; or until they are not ours any more, or the writer is to stop. */
void writer_wait_for_store(struct writer *writer);
/* Keeps the membership alive, for AWAY_MS, while nothing is to be taken in. */
void writer_poll_idle(struct writer *writer);

/* Decides, commits and publishes `n` inputs, as often and in as many parts as it takes. False: they
 * are dropped, to be read again by whoever owns the partitions then. */
bool writer_run_batch(struct writer *writer, struct input *inputs, size_t n);
