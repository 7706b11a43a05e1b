#include "tests/simulation/simulation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/log.h"
#include "tests/simulation/world/threads.h"

#define PORT 27017
#define LOOK_US 100000
#define RUN_US 600000000    /* several times as long as any run lasts */
#define SETTLE_US 150000000 /* until everything is at rest */
#define QUIET_US 2000000
#define STOP_US 60000000
#define LOOKED_US 35000000 /* what is looked at is asked about anew each half minute */
#define KEPT 2000          /* messages that were read: what is committed may go back */

void trace(struct simulation *simulation, const char *format, ...)
{
    char *line = simulation->trace[simulation->traced++ % TRACE_LINES];
    va_list arguments;
    int n = snprintf(line, TRACE_BYTES, "%10.3f s  ", (double)world->now / 1e6);
    va_start(arguments, format);
    (void)vsnprintf(line + n, TRACE_BYTES - (size_t)n, format, arguments);
    va_end(arguments);
    if (simulation->options.trace)
        fprintf(stderr, "%s\n", line);
}

static void take_log(int level, const char *event, const struct log_field *fields)
{
    char text[TRACE_BYTES];
    int n = 0;
    (void)level;
    for (text[0] = '\0'; fields->name != NULL && n < TRACE_BYTES - 1; fields++) {
        if (fields->text != NULL)
            n +=
                snprintf(text + n, (size_t)(TRACE_BYTES - n), " %s=%s", fields->name, fields->text);
        else
            n += snprintf(text + n, (size_t)(TRACE_BYTES - n), " %s=%lld", fields->name,
                          (long long)fields->number);
    }
    if (world != NULL && world->context != NULL && world_node() != NULL)
        trace(world->context, "  node %d: %s%s", world_node()->number, event, text);
}

/* --- Its phases --- */

static bool is_answered(const struct simulation *simulation)
{
    const struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++) {
        const struct ask *ask = &history->asks[i];
        if (ask->status == 0 && ask->has_id && !ask->lost && !ask->undone && !ask->reuses)
            return false;
    }
    return true;
}

static bool is_read(const struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        const struct simulated_topic *topic = &simulation->broker.topics[i];
        for (int32_t p = 0; topic->grouped && !topic->flows && p < topic->partitions; p++)
            if (topic->logs[p].end > 0 && broker_committed(topic, p) != topic->logs[p].end)
                return false;
    }
    return true;
}

static void trim(struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        struct simulated_topic *topic = &simulation->broker.topics[i];
        for (int32_t p = 0; topic->kept && p < topic->partitions; p++)
            broker_trim(topic, p, broker_needed(topic, p) - KEPT);
    }
}

static void enter(struct simulation *simulation, int phase, const char *what)
{
    simulation->phase = phase;
    trace(simulation, "%s", what);
}

/* When what clocks that were behind have left is overdue, and who looks has asked anew for what no
 * fact tells since the database was set back. */
static int64_t rest_at(const struct simulation *simulation)
{
    const struct checker *checker = &simulation->checker;
    const int64_t overdue = world->now + OVERDUE_MS * 1000;
    const bool looks = simulation->faults.on[FAULT_VIEW] && checker->set_back_at >= 0;
    const int64_t looked_at = looks ? checker->set_back_at + LOOKED_US : 0;
    return looked_at > overdue ? looked_at : overdue;
}

static void look(void *context)
{
    struct simulation *simulation = context;
    int64_t now = world->now;
    if (simulation->phase == PHASE_RUN && now > RUN_US) {
        violation(simulation, "E", "clients cannot ask");
        world_end();
    } else if (simulation->phase == PHASE_RUN && simulation->sent >= simulation->options.commands) {
        faults_heal(simulation);
        simulation->end_at = now + SETTLE_US;
        simulation->settle_at = rest_at(simulation);
        enter(simulation, PHASE_SETTLE, "all is asked, the faults stop");
    } else if (simulation->phase == PHASE_SETTLE) {
        if ((!is_answered(simulation) || !is_read(simulation)) &&
            simulation->settle_at < now + QUIET_US)
            simulation->settle_at = now + QUIET_US;
        if (now >= simulation->settle_at || now >= simulation->end_at) {
            checker_rest(simulation);
            checker_mail_rest(simulation);
            checker_view_rest(simulation);
            simulation->end_at = now + STOP_US;
            nodes_stop_all(simulation);
            enter(simulation, PHASE_STOP, "the end");
        }
    } else if (simulation->phase == PHASE_STOP &&
               (nodes_are_gone(simulation) || now >= simulation->end_at)) {
        if (!nodes_are_gone(simulation))
            violation(simulation, "E", "a process does not end");
        world_end();
    }
}

static void act(void *context)
{
    struct simulation *simulation = context;
    simulation->looker.at = world->now + LOOK_US;
    look(simulation);
    if (simulation->phase != PHASE_STOP)
        checker_look(simulation, LOOK_US);
    trim(simulation);
}

/* --- The whole --- */

static void set_settings(struct simulation *simulation)
{
    simulation->settings =
        (struct settings){.kafka_brokers = "simulated",
                          .kafka_partitions = 1 + (int64_t)dice_below(&world->dice, 6),
                          .kafka_replication_factor = 1,
                          .mongo_uri = "mongodb://127.0.0.1:27017/?replicaSet=simulated",
                          .mongo_db = "simulated",
                          .max_hold_seconds = 3600,
                          .query_threads = 1,
                          .self_service_url = "https://example.org",
                          .order_page_url = "https://example.org/my-order",
                          .self_service_seconds = 86400};
}

bool simulation_run(struct simulation *simulation, const struct options *options)
{
    memset(simulation, 0, sizeof *simulation);
    simulation->options = *options;
    world_log = take_log;
    world_open(&simulation->world, options->seed);
    set_settings(simulation);
    broker_open(&simulation->broker, "cluster-1");
    server_open(&simulation->server);
    simulation->server.no_bulk_write = options->seed % 2 == 1;
    simulation->server.port = PORT;
    faults_open(simulation);
    simulation->broker.sends = simulation->faults.on[FAULT_MAIL];
    simulation->broker.serves = simulation->faults.on[FAULT_MAIL] ||
                                simulation->faults.on[FAULT_FACADE] ||
                                simulation->faults.on[FAULT_VIEW];
    simulation->broker.shows = simulation->faults.on[FAULT_VIEW];
    checker_open(simulation);
    checker_mail_open(simulation);
    nodes_open(simulation);
    crowd_open(simulation);
    simulation->looker = (struct actor){.at = 0, .act = act, .context = simulation};
    world_add_actor(&simulation->looker);
    while (!simulation->world.ended) {
        world_run();
    }
    checker_end(simulation);
    return simulation->checker.violations == 0;
}

void simulation_free(struct simulation *simulation)
{
    broker_close();
    server_close(&simulation->server);
    faults_close(simulation);
    checker_close(simulation);
    crowd_close(simulation);
    world_close();
}
