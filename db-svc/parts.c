#include "db-svc/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "db-svc/dead_letters/desk.h"
#include "db-svc/parts_state.h"
#include "db-svc/picture_upload.h"
#include "db-svc/read/readers.h"
#include "db-svc/reply_drops.h"
#include "db-svc/signing.h"
#include "db-svc/store/store.h"
#include "db-svc/writer/meters.h"
#include "db-svc/writer/writer.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/service/background.h"

/* The outcomes, as the log and the metrics call them. */
#define COMMANDS "commands"
#define QUERIES "queries"
#define DROPS_MS 60000 /* between lines of the log about replies that reached nobody */

static bool writer_ready(void *user, const char **ret_reason)
{
    const struct parts *parts = user;
    *ret_reason = writer_unready(parts->writer);
    return *ret_reason == NULL;
}

static bool readers_ready(void *user, const char **ret_reason)
{
    const struct parts *parts = user;
    *ret_reason = readers_unready(parts->readers);
    return *ret_reason == NULL;
}

/* A process that comes back under its name gets its partitions back at once. */
static const char *instance_of(struct service_context *context)
{
    char host[256] = "";
    if (context->settings->port == 0 || gethostname(host, sizeof host - 1) < 0)
        return NULL;
    return mem_printf(context->arena, "%s:%d", host, (int)context->settings->port);
}

#define COUNT(member)                                                                              \
    static double count_##member(void *user)                                                       \
    {                                                                                              \
        const struct parts *parts = user;                                                          \
        return (double)writer_counts(parts->writer).member;                                        \
    }
COUNT(batches)
COUNT(commands)
COUNT(repeated)
COUNT(dead_letters)
COUNT(conflicts)
COUNT(waits)
COUNT(fenced)
COUNT(unpublishable)
COUNT(database)

static double count_queries(void *user)
{
    const struct parts *parts = user;
    return (double)readers_answered(parts->readers);
}

struct drops_of {
    const char *of;
    struct metrics_rows *rows;
};

static void row_of_drop(void *user, const struct reply_drop *drop)
{
    const struct drops_of *drops = user;
    metrics_row(drops->rows,
                METRICS_LABELS({"of", drops->of}, {"topic", drop->topic}, {"cause", drop->cause}),
                drop->count);
}

static void list_drops(void *user, struct metrics_rows *rows)
{
    const struct parts *parts = user;
    reply_drops_each(writer_drops(parts->writer), row_of_drop, &(struct drops_of){COMMANDS, rows});
    reply_drops_each(readers_drops(parts->readers), row_of_drop, &(struct drops_of){QUERIES, rows});
}

static void log_drops(void *user, const struct clock_time *now)
{
    (void)now;
    const struct parts *parts = user;
    reply_drops_log(writer_drops(parts->writer), COMMANDS);
    reply_drops_log(readers_drops(parts->readers), QUERIES);
}

static void tell(struct service_context *context, struct parts *parts)
{
    static const struct {
        const char *name, *help;
        metrics_read *read;
    } counters[] = {
        {"writer_batches_total", "Batches committed since the start.", count_batches},
        {"writer_commands_total", "Commands in them.", count_commands},
        {"writer_repeated_total", "Commands answered as before, or refused without a decision.",
         count_repeated},
        {"writer_dead_letters_total", "Messages dead-lettered.", count_dead_letters},
        {"writer_conflicts_total", "Batches tried again after a conflict.", count_conflicts},
        {"writer_waits_total", "Times the database was waited for.", count_waits},
        {"writer_fenced_total", "Times a partition was found to be another's.", count_fenced},
        {"writer_unpublishable_total",
         "Facts, deliveries, commands and dead letters that Kafka refused for good.",
         count_unpublishable},
        {"writer_database_commands_total", "Commands that the writer sent to the database.",
         count_database},
        {"readers_answered_total", "Queries answered.", count_queries},
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        metrics_counted(context->metrics, counters[i].name, counters[i].help, METRICS_LABELS(),
                        counters[i].read, parts);
    metrics_listed(context->metrics, "replies_dropped_total",
                   "Replies to commands and queries that reached nobody.", list_drops, parts);
    loop_every(context->loop, DROPS_MS, log_drops, parts);
    health_add(context->health, "writer", writer_ready, parts);
    health_add(context->health, "readers", readers_ready, parts);
}

/* A thread that is left with the database must not meet libmongoc's end. */
static void stop_writer(struct writer *writer)
{
    if (!writer_stop(writer))
        _exit(EXIT_SUCCESS);
    store_library_close();
}

int parts_start(struct service_context *context)
{
    struct parts *parts = mem_new(context->arena, struct parts);
    struct signing_key key;
    const char *seed = context->settings->ticket_signing_key;
    if (seed != NULL && !signing_key_read(seed, &key))
        return -EINVAL;
    store_library_open();
    const char *instance = instance_of(context);
    int r =
        writer_start(&context->bus, context->settings, instance,
                     meters_new(context->arena, context->metrics), context->tracer, &parts->writer);
    if (r == 0)
        r = readers_start(&context->bus, context->settings, instance, &parts->readers);
    if (r == 0)
        r = desk_start(&context->bus, context->settings, context->loop, &parts->desk);
    if (r == 0 && (r = picture_upload_start(context, &parts->background)) < 0)
        desk_stop(parts->desk);
    if (r < 0) {
        readers_stop(parts->readers);
        stop_writer(parts->writer);
        return r;
    }
    tell(context, parts);
    context->own = parts;
    return 0;
}

void parts_stop(struct service_context *context)
{
    struct parts *parts = context->own;
    writer_ask_to_stop(parts->writer); /* both wait for Kafka at once */
    background_close(parts->background);
    desk_stop(parts->desk);
    readers_stop(parts->readers);
    stop_writer(parts->writer);
}
