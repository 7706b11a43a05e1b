#include "db-svc/writer/writer_state.h"

#include <errno.h>
#include <string.h>

#include "db-svc/store/record_cache.h"
#include "db-svc/topics_keeper.h"
#include "db-svc/writer/completion.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"

#define LOOK_MS 200    /* between looks at what the start waits for */
#define CLOSE_MS 1000  /* for the group's coordinator, at the end */
#define SETTLE_MS 2000 /* for the acknowledgement of what was published */
#define CACHE_BYTES (8 * 1024 * 1024)
#define STANDSTILL_MS 1000 /* a turn that takes longer is told */

static const char joining[] = "joining the group";
static const char standing_still[] = "the writer stands still: it waits for the database or Kafka";

/* --- The group's callbacks, from within bus_consumer_poll() --- */

static void on_assigned(void *context, const struct bus_partition *partitions, size_t n)
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
        loop_commit_offsets(writer, true);
    attempt_drop(writer, -1);
    command_queue_clear(writer->queue);
    publisher_forget(writer->publisher);
    ownership_revoked(&writer->ownership);
}

/* --- The start --- */

static int pack_receipts(struct writer *writer)
{
    return writer->settings->pack_receipts == 1 ? store_pack_receipts(writer->store) : 0;
}

/* NULL: the database is one to work with, and has what a writer needs. */
static const char *prepare_store(struct writer *writer)
{
    int r =
        store_check_server(writer->store, writer->settings->mongo_any_release == 1, writer->reason);
    if (r == -ENOTSUP)
        return writer->reason;
    if (r < 0 || store_prepare(writer->store) < 0 || pack_receipts(writer) < 0 ||
        signing_load(writer->store, writer->settings, &writer->signing_key) < 0)
        return "the database is away";
    return NULL;
}

static const char *prepare_once(struct writer *writer)
{
    const char *why = topics_keeper_unready(writer->keeper);
    if (why == NULL)
        why = prepare_store(writer);
    if (why == NULL && publisher_warm(writer->publisher) < 0)
        why = "Kafka is away";
    return why;
}

/* Repeats until topics and collections are there, or the process ends. */
static bool prepare(struct writer *writer)
{
    const char *why, *said = NULL;
    while ((why = prepare_once(writer)) != NULL) {
        atomic_store(&writer->unready, why);
        if (said == NULL || strcmp(said, why) != 0)
            log_warning("writer.waiting", LOG_STR("reason", why),
                        LOG_STR("database", store_error(writer->store)));
        said = why;
        if (stop_flag_wait(&writer->stop, LOOK_MS))
            return false;
    }
    writer->self_service = signing_self_service(writer->settings, &writer->signing_key);
    return !writer_stopping(writer);
}

/* Joins the group of the cluster that is there now. */
static bool join(struct writer *writer)
{
    const struct bus_consumer_config config = {.group = "db-svc",
                                               .instance_id = writer->instance,
                                               .topics = topics_commands,
                                               .n_topics = TOPICS_COMMANDS,
                                               .committed = true,
                                               .context = writer,
                                               .assigned = on_assigned,
                                               .revoked = on_revoked};
    record_cache_clear(writer->cache); /* fences of another cluster may look the same */
    atomic_store(&writer->unready, joining);
    writer->cluster_number = topics_keeper_clusters(writer->keeper);
    ownership_open(writer->arena, &writer->ownership,
                   topics_keeper_cluster(writer->keeper, writer->arena),
                   writer->instance != NULL ? writer->instance : "db-svc",
                   (int32_t)writer->settings->kafka_partitions);
    if (bus_consumer_open(writer->bus, &config, &writer->consumer) == 0)
        return true;
    log_error("writer.consumer_failed");
    return false;
}

static void leave(struct writer *writer)
{
    bus_consumer_close(writer->consumer, CLOSE_MS); /* revokes: publishes, commits */
    writer->consumer = NULL;
}

/* --- The thread --- */

static void *run(void *context)
{
    struct writer *writer = context;
    bool works = prepare(writer);
    while (works && !writer_stopping(writer)) {
        works = join(writer);
        while (works && !writer_stopping(writer) &&
               writer->cluster_number == topics_keeper_clusters(writer->keeper))
            loop_run_once(writer);
        leave(writer);
    }
    command_queue_clear(writer->queue);
    return NULL;
}

static int open_parts(struct writer *writer)
{
    const struct settings *settings = writer->settings;
    char error[STORE_ERROR_SIZE];
    int r = store_open(settings->mongo_uri, settings->mongo_db, error, &writer->store);
    if (r < 0)
        log_error("writer.mongo_uri", LOG_STR("reason", error));
    if (r == 0)
        r = publisher_open(writer->arena, writer->bus, settings, &writer->publisher);
    return r == 0 ? topics_keeper_start(writer->bus, settings, &writer->keeper) : r;
}

static void free_writer(struct writer *writer)
{
    topics_keeper_stop(writer->keeper);
    publisher_close(writer->publisher);
    store_close(writer->store);
    stop_flag_close(&writer->stop);
    mem_free(writer->arena);
}

int writer_start(const struct bus_config *bus, const struct settings *settings,
                 const char *instance, struct meters *meters, struct tracer *tracer,
                 struct writer **ret_writer)
{
    void *arena = mem_arena(NULL, 0);
    struct writer *writer = mem_new(arena, struct writer);
    writer->arena = arena;
    writer->bus = bus;
    writer->settings = settings;
    writer->meters = meters;
    writer->tracer = tracer;
    writer->instance = mem_strdup(arena, instance);
    writer->timers = timers_new(arena);
    writer->queue = command_queue_new(arena);
    writer->republish = (struct retry){.first_ms = 1000, .most_ms = 10000};
    writer->cache = record_cache_new(arena, CACHE_BYTES);
    atomic_store(&writer->unready, "starting");
    stop_flag_open(&writer->stop);
    int r = open_parts(writer);
    if (r == 0)
        r = -pthread_create(&writer->thread, NULL, run, writer);
    if (r < 0)
        free_writer(writer);
    else
        *ret_writer = writer;
    return r;
}

void writer_ask_to_stop(struct writer *writer)
{
    atomic_store(&writer->stopping, true);
    stop_flag_set(&writer->stop);
}

bool writer_stop(struct writer *writer)
{
    if (writer == NULL)
        return true;
    writer_ask_to_stop(writer);
    (void)pthread_join(writer->thread, NULL);
    bool ended = completion_stop(writer->completion);
    free_writer(writer);
    return ended;
}

const char *writer_unready(const struct writer *writer)
{
    int64_t turned_at = writer->turned_at;
    if (turned_at > 0 && clock_monotonic_ms() - turned_at > STANDSTILL_MS)
        return standing_still;
    const char *topics = topics_keeper_unready(writer->keeper);
    return topics != NULL ? topics : atomic_load(&writer->unready);
}

struct writer_counts writer_counts(const struct writer *writer)
{
    return (struct writer_counts){.batches = atomic_load(&writer->counts.batches),
                                  .commands = atomic_load(&writer->counts.commands),
                                  .repeated = atomic_load(&writer->counts.repeated),
                                  .dead_letters = atomic_load(&writer->counts.dead_letters),
                                  .conflicts = atomic_load(&writer->counts.conflicts),
                                  .waits = atomic_load(&writer->counts.waits),
                                  .fenced = atomic_load(&writer->counts.fenced),
                                  .database = atomic_load(&writer->counts.database),
                                  .unpublishable = publisher_refused(writer->publisher)};
}

struct reply_drops *writer_drops(const struct writer *writer)
{
    return publisher_drops(writer->publisher);
}
