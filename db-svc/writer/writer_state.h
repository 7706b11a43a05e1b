/* writer_state: what the files of the writer share. Private to writer/; one thread, but for the
 * atomic members. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "db-svc/signing.h"
#include "db-svc/writer/input.h"
#include "db-svc/writer/command_queue.h"
#include "db-svc/writer/meters.h"
#include "db-svc/writer/ownership.h"
#include "db-svc/writer/publisher.h"
#include "db-svc/writer/timers.h"
#include "db-svc/writer/writer.h"
#include "libshared/base/clock.h"
#include "libshared/base/retry.h"
#include "libshared/base/stop_flag.h"
#include "libshared/trace/tracer.h"

#define BATCH_MESSAGES 500

/* The commands that were taken to be decided together, and how far that has come. */
struct batch_at_hand {
    void *arena; /* NULL: there is none */
    struct input *inputs;
    size_t n, done;   /* those before `done` are committed */
    size_t width;     /* how many are tried together */
    int conflicts;    /* in a row */
    bool refused;     /* the one that is tried alone was refused once */
    int64_t retry_at; /* monotonic */
};

/* A time without the database. */
struct outage {
    bool lasts;
    int64_t look_at, ends_at, pause_ms;
};

struct writer {
    void *arena;
    const struct bus_config *bus;
    const struct settings *settings;
    struct meters *meters; /* NULL: nothing is counted */
    struct tracer *tracer; /* NULL: nothing is traced */
    struct topics_keeper *keeper;
    const char *instance;
    struct signing_key signing_key;
    struct self_service self_service;
    pthread_t thread;
    atomic_bool stopping;
    struct stop_flag stop;
    _Atomic(const char *) unready;
    _Atomic int64_t turned_at; /* monotonic; 0: the loop has not begun */
    char reason[STORE_REASON_SIZE];
    struct {
        _Atomic uint64_t batches, commands, repeated, dead_letters, conflicts, waits, fenced,
            database;
    } counts;

    struct store *store;
    struct bus_consumer *consumer;
    struct publisher *publisher;
    struct timers *timers;
    struct ownership ownership;
    struct command_queue *queue;
    struct record_cache *cache;
    struct batch_at_hand hand;
    struct outage outage;
    bool backlog_busy;                     /* there is more of it to do at once */
    struct retry republish;                /* what was not published is read again */
    int64_t timers_at, commit_at, ends_at; /* monotonic */
    int64_t conflict_logged_at;
    struct completion *completion; /* NULL: not begun */
    uint64_t cluster_number;       /* the keeper's, as it was when the group was joined */
};

static inline bool writer_stopping(const struct writer *writer)
{
    return atomic_load(&writer->stopping);
}

/* --- outage.c --- */

/* Begins to wait for the database: each time somewhat longer, while it answers but refuses. False:
 * it is waited for already. */
bool outage_begin(struct writer *writer, int64_t now);
/* Ends the outage once the database answers again. */
void outage_look(struct writer *writer, int64_t now);
/* The database does what it should. */
void outage_forget(struct writer *writer);

/* --- attempt.c --- */

/* Decides, commits and publishes as much as is tried together of the batch at hand. */
void attempt_run(struct writer *writer, const struct clock_time *now);
/* Drops what is not committed: of one partition, or all (-1). It is read again. */
void attempt_drop(struct writer *writer, int32_t partition);
/* The database is away, or refuses what it should do: everything is let go, to be read again. */
void attempt_wait_for_database(struct writer *writer, int64_t now);
/* A fence is not as this writer left it: its partition is let go. STORE_FENCED: to be taken over
 * again after a while, if the group still says so; STORE_SET_BACK: at once. */
void attempt_let_go(struct writer *writer, int32_t partition, enum store_outcome outcome,
                    int64_t now);

/* --- traces.c --- */

/* Begins the span of a command, and has all that comes of it carry that. */
void traces_begin(const struct writer *writer, struct input *input, const struct clock_time *now);
/* Ends the spans of what was committed, which took so long from `commit` on. */
void traces_end(const struct writer *writer, const struct input *inputs, size_t n,
                const struct clock_time *commit, int64_t commit_us);

/* --- waiting.c --- */

/* These are: what waits is what comes behind them. */
void waiting_answered(struct writer *writer, const struct input *inputs, size_t n);
/* Shows how much waits, and for how long. */
void waiting_measure(struct writer *writer, int64_t now);

/* --- loop.c --- */

void loop_run_once(struct writer *writer);
/* Commits the offsets of what is acknowledged. */
void loop_commit_offsets(struct writer *writer, bool wait);
