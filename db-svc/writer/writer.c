#include "db-svc/writer/writer_state.h"

#include <errno.h>
#include <time.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"

#define IDLE_MS 100  /* between looks at timers, stop and acknowledgements */
#define TIMER_MS 500 /* between looks for what is due */
#define COMMIT_MS 200
#define SETTLE_MS 5000

/* --- Offsets --- */

static void commit_offsets(struct writer *writer, bool wait)
{
    struct bus_partition offsets[2 * BATCH_MESSAGES];
    size_t n = publisher_acknowledged(writer->publisher, offsets, sizeof offsets / sizeof *offsets);
    if (n > 0 && bus_consumer_commit(writer->consumer, offsets, n, wait) < 0)
        log_info("writer.offsets_not_committed"); /* read again, and answered from the receipts */
}

/* --- The group's callbacks, from within bus_consumer_poll() --- */

static void on_assigned(void *context, struct bus_partition *partitions, size_t n)
{
    struct writer *writer = context;
    ownership_assigned(&writer->ownership, partitions, n);
}

static void on_revoked(void *context, const struct bus_partition *partitions, size_t n, bool lost)
{
    struct writer *writer = context;
    (void)partitions;
    log_info("writer.revoked", LOG_INT("partitions", n), LOG_INT("lost", lost));
    if (!lost && publisher_settle(writer->publisher, SETTLE_MS))
        commit_offsets(writer, true);
    publisher_forget(writer->publisher);
    ownership_revoked(&writer->ownership);
}

/* --- Collecting --- */

static int patience_ms(const struct writer *writer)
{
    int64_t wait_us = intake_wait_us(writer->intake, clock_read().monotonic_us);
    return wait_us < IDLE_MS * 1000 ? (int)((wait_us + 999) / 1000) : IDLE_MS;
}

/* Waits for something to take, then reads what is there. */
static void fill(struct writer *writer)
{
    struct bus_message message;
    int wait_ms = patience_ms(writer);
    while (intake_has_room(writer->intake) &&
           bus_consumer_poll(writer->consumer, wait_ms, &message) == 1) {
        if (message.log_append_time)
            lag_saw(&writer->lag, clock_wall_ms(), message.timestamp_ms);
        intake_put(writer->intake, &message);
        wait_ms = 0;
    }
}

/* What was read before partitions went, or before all is to be read again, is not ours to write. */
static void forget_stale(struct writer *writer)
{
    if (writer->intake_generation != writer->ownership.generation)
        intake_clear(writer->intake);
    writer->intake_generation = writer->ownership.generation;
}

static size_t collect(struct writer *writer, void *arena, struct input *inputs)
{
    struct bus_message messages[BATCH_MESSAGES];
    forget_stale(writer);
    fill(writer);
    forget_stale(writer);
    size_t n = intake_take(writer->intake, clock_read().monotonic_us, messages, BATCH_MESSAGES);
    for (size_t i = 0; i < n; i++)
        input_read(arena, &messages[i], writer->ownership.partitions, &inputs[i]);
    return n;
}

static void work(struct writer *writer)
{
    void *arena = mem_arena(NULL, 0);
    struct input *inputs = mem_array(arena, struct input, BATCH_MESSAGES);
    size_t n = collect(writer, arena, inputs);
    if (n > 0 && !writer_run_batch(writer, inputs, n) && !writer->ownership.pending)
        ownership_reread(&writer->ownership);
    for (size_t i = 0; i < n; i++)
        input_free(&inputs[i]);
    mem_free(arena);
}

/* --- Housekeeping --- */

/* Also notices a database that went away while nothing was to be written. */
static void run_timers(struct writer *writer, int64_t now)
{
    if (now < writer->timers_at)
        return;
    writer->timers_at = now + TIMER_MS;
    int32_t *partitions = mem_array(writer->arena, int32_t, writer->ownership.partitions);
    size_t n = ownership_list(&writer->ownership, partitions);
    int r = n == 0 ? store_ping(writer->store)
                   : timers_run(writer->timers, writer->store, writer->publisher, partitions, n,
                                clock_wall_ms());
    if (r < 0)
        writer_wait_for_store(writer);
    mem_free(partitions);
}

static void keep_house(struct writer *writer)
{
    int64_t now = clock_monotonic_ms();
    publisher_poll(writer->publisher, 0);
    if (publisher_failed(writer->publisher)) {
        publisher_forget(writer->publisher);
        ownership_reread(&writer->ownership);
    }
    if (now >= writer->commit_at) {
        writer->commit_at = now + COMMIT_MS;
        commit_offsets(writer, false);
    }
    run_timers(writer, now);
}

static void take_over(struct writer *writer)
{
    int r =
        ownership_take(&writer->ownership, writer->store, writer->consumer, clock_monotonic_ms());
    if (r == 0) {
        atomic_store(&writer->unready, NULL);
        return;
    }
    atomic_store(&writer->unready, "taking partitions over");
    log_info("writer.take_over_failed", LOG_ERRNO(r),
             LOG_STR("reason", store_error(writer->store)));
    writer_poll_idle(writer);
}

/* --- The thread --- */

static void rest(int64_t ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* Repeats until topics and indexes are there, or the process ends. */
static bool prepare(struct writer *writer)
{
    char reason[TOPICS_REASON_SIZE] = "";
    const char *said = NULL;
    while (!writer_stopping(writer)) {
        int r = topics_prepare(writer->bus, writer->settings, reason);
        const char *why = r == -EINVAL ? "a topic has another number of partitions"
                          : r < 0      ? "Kafka is away"
                                       : NULL;
        if (r == 0 && (store_prepare(writer->store) < 0 ||
                       signing_load(writer->store, writer->settings, &writer->signing_key) < 0))
            why = "the database is away";
        if (r == 0 && why == NULL && publisher_warm(writer->publisher) < 0)
            why = "Kafka is away";
        if (why == NULL) {
            writer->self_service = signing_self_service(writer->settings, &writer->signing_key);
            return true;
        }
        if (why != said)
            log_warning("writer.waiting", LOG_STR("reason", *reason != '\0' ? reason : why));
        atomic_store(&writer->unready, said = why);
        rest(AWAY_MS);
    }
    return false;
}

static bool join(struct writer *writer)
{
    const struct bus_consumer_config config = {.group = "db-svc",
                                               .instance_id = writer->instance,
                                               .topics = topics_commands,
                                               .n_topics = TOPICS_COMMANDS,
                                               .context = writer,
                                               .assigned = on_assigned,
                                               .revoked = on_revoked};
    if (bus_consumer_open(writer->bus, &config, &writer->consumer) < 0) {
        log_error("writer.consumer_failed");
        return false;
    }
    const char *cluster = NULL;
    while (!writer_stopping(writer) &&
           bus_consumer_cluster_id(writer->consumer, 2000, &cluster) < 0)
        rest(AWAY_MS);
    if (cluster == NULL)
        return false;
    ownership_open(writer->arena, &writer->ownership, cluster,
                   writer->instance != NULL ? writer->instance : "db-svc",
                   (int32_t)writer->settings->kafka_partitions);
    atomic_store(&writer->unready, "joining the group");
    return true;
}

static void *run(void *context)
{
    struct writer *writer = context;
    bool started = prepare(writer) && join(writer);
    while (started && !writer_stopping(writer)) {
        if (writer->ownership.pending)
            take_over(writer);
        work(writer);
        keep_house(writer);
    }
    intake_clear(writer->intake);
    bus_consumer_close(writer->consumer); /* revokes: publishes, commits */
    return NULL;
}

int writer_start(const struct bus_config *bus, const struct settings *settings,
                 const char *instance, struct writer **ret_writer)
{
    void *arena = mem_arena(NULL, 0);
    struct writer *writer = mem_new(arena, struct writer);
    writer->arena = arena;
    writer->bus = bus;
    writer->settings = settings;
    writer->instance = mem_strdup(arena, instance);
    writer->timers = timers_new(arena);
    writer->intake = intake_new(arena);
    atomic_store(&writer->unready, "starting");
    char error[STORE_ERROR_SIZE];
    int r = store_open(settings->mongo_uri, settings->mongo_db, error, &writer->store);
    if (r < 0)
        log_error("writer.mongo_uri", LOG_STR("reason", error));
    if (r == 0)
        r = publisher_open(arena, bus, settings, &writer->publisher);
    if (r == 0)
        r = -pthread_create(&writer->thread, NULL, run, writer);
    if (r == 0) {
        *ret_writer = writer;
        return 0;
    }
    publisher_close(writer->publisher);
    store_close(writer->store);
    mem_free(arena);
    return r;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL)
        return;
    atomic_store(&writer->stopping, true);
    (void)pthread_join(writer->thread, NULL);
    publisher_close(writer->publisher);
    store_close(writer->store);
    mem_free(writer->arena);
}

const char *writer_unready(const struct writer *writer)
{
    return atomic_load(&writer->unready);
}

struct writer_counts writer_counts(const struct writer *writer)
{
    return (struct writer_counts){.batches = atomic_load(&writer->counts.batches),
                                  .commands = atomic_load(&writer->counts.commands),
                                  .repeated = atomic_load(&writer->counts.repeated),
                                  .dead_letters = atomic_load(&writer->counts.dead_letters),
                                  .conflicts = atomic_load(&writer->counts.conflicts),
                                  .waits = atomic_load(&writer->counts.waits),
                                  .fenced = atomic_load(&writer->counts.fenced)};
}
