#include "libshared/service/process.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/network.h"
#include "libshared/base/text.h"
#include "libshared/kafka/pending.h"
#include "libshared/service/tracing.h"

#define LOOPBACK "127.0.0.0/8,::1"

enum {
    DRAIN_MS = 2000, /* of the five seconds that an end may take: as much again goes to Kafka */
    FLUSH_MS = 300,
    LAST_RUNS = 3, /* of the server, so that last answers go out */
    KEYS_MS = 2000,
    COUNT_MS = 1000,
    GIVE_BACK_MS = 10000,
    DESCRIPTORS_BESIDES = 64, /* what is open besides HTTP connections */
    INSTANCE_BYTES = PENDING_INSTANCE / 2,
};

/* A counter that somebody else counts. */
struct counted {
    struct metrics_counter *counter;
    uint64_t seen;
};

struct process {
    struct service_context context;
    char replies_topic[64], instance[PENDING_INSTANCE + 1];
    struct api_keys *keys; /* NULL: none are asked for */
    struct facade *facade;
    struct http_server *http;
    struct counted late, foreign, bad, evicted, refused;
    bool stopping;
    int64_t stop_by_ms;
};

/* --- What runs in the loop --- */

static void refresh_keys(void *user, const struct clock_time *now)
{
    (void)now;
    struct process *process = user;
    char *faults = NULL;
    size_t size;
    FILE *errors = open_memstream(&faults, &size);
    int r = api_keys_refresh(process->keys, errors);
    (void)fclose(errors);
    if (r < 0)
        log_warning("api_keys.refused", LOG_ERRNO(r), LOG_STR("faults", faults));
    else if (r > 0)
        log_info("api_keys.read");
    free(faults);
}

static void count_up(struct counted *counted, uint64_t total)
{
    metrics_add(counted->counter, total - counted->seen);
    counted->seen = total;
}

static void count_all(void *user, const struct clock_time *now)
{
    (void)now;
    struct process *process = user;
    struct replies_counts counts = replies_counts(process->context.replies);
    count_up(&process->late, counts.late);
    count_up(&process->foreign, counts.foreign);
    count_up(&process->bad, counts.bad);
    struct http_server_counts connections = http_server_counts(process->http);
    count_up(&process->evicted, connections.evicted);
    count_up(&process->refused, connections.refused);
}

static int64_t run_replies(void *user, const struct clock_time *now)
{
    struct process *process = user;
    replies_run(process->context.replies, now->monotonic_ms);
    return LOOP_ANY_SLEEP;
}

static int64_t run_http(void *user, const struct clock_time *now)
{
    struct process *process = user;
    facade_at(process->facade, now);
    return http_server_run(process->http, now);
}

/* After what HTTP has sent: its deadlines count. */
static int64_t await_replies(void *user, const struct clock_time *now)
{
    struct process *process = user;
    int64_t next = replies_next(process->context.replies, now->monotonic_ms);
    return next > now->monotonic_ms ? next - now->monotonic_ms : 0;
}

static int64_t end_when_drained(void *user, const struct clock_time *now)
{
    struct process *process = user;
    if (!process->stopping)
        return LOOP_ANY_SLEEP;
    if (http_server_connections(process->http) == 0 || now->monotonic_ms >= process->stop_by_ms)
        loop_stop(process->context.loop);
    return process->stop_by_ms - now->monotonic_ms;
}

static void on_stop(void *user, const struct clock_time *now)
{
    struct process *process = user;
    if (process->stopping) {
        loop_stop(process->context.loop);
        return;
    }
    log_info("service.stopping", LOG_INT("requests", http_server_requests(process->http)));
    process->stopping = true;
    process->stop_by_ms = now->monotonic_ms + DRAIN_MS;
    health_stopping(process->context.health);
    http_server_drain(process->http);
}

static bool check_kafka(void *user, const char **ret_reason)
{
    *ret_reason = replies_unready(user);
    return *ret_reason == NULL;
}

static double pending(void *user)
{
    return (double)replies_pending(user);
}

static double connections(void *user)
{
    return (double)http_server_connections(user);
}

/* --- Start and end --- */

/* As many as the system lets; fewer connections if that is not enough. */
static int64_t descriptors_for(int64_t connections_wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return connections_wanted;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur == RLIM_INFINITY ||
        (int64_t)limit.rlim_cur - DESCRIPTORS_BESIDES >= connections_wanted)
        return connections_wanted;
    log_warning("service.few_descriptors", LOG_INT("limit", limit.rlim_cur));
    return (int64_t)limit.rlim_cur > 2 * DESCRIPTORS_BESIDES
               ? (int64_t)limit.rlim_cur - DESCRIPTORS_BESIDES
               : DESCRIPTORS_BESIDES;
}

static int open_replies(struct process *process)
{
    struct service_context *context = &process->context;
    uint8_t random[INSTANCE_BYTES];
    randombytes_buf(random, sizeof random);
    text_hex(process->instance, random, sizeof random);
    (void)snprintf(process->replies_topic, sizeof process->replies_topic, "%s.replies",
                   context->service->name);
    struct replies_config config = {
        .bus = context->bus,
        .topic = process->replies_topic,
        .source = "/rest/anonymous",
        .instance = process->instance,
        .max_pending = (size_t)process->context.settings->max_pending,
        .timeout_ms = process->context.settings->request_timeout_ms,
    };
    config.warm = facade_topics(context->arena, process->context.tables, context->service->asks,
                                &config.n_warm);
    int r = replies_open(&config, &context->replies);
    if (r < 0)
        return r;
    health_add(context->health, "kafka", check_kafka, context->replies);
    metrics_gauge(context->metrics, "kafka_requests_pending", "Requests that wait for a reply.",
                  NULL, pending, context->replies);
    return 0;
}

static struct counted dropped_for(struct metrics *metrics, const char *reason)
{
    return (struct counted){
        .counter = metrics_counter(metrics, "kafka_replies_dropped_total",
                                   "Replies that nobody waited for or that could not be read.",
                                   METRICS_LABELS({"reason", reason}))};
}

static void make_facade(struct process *process)
{
    struct service_context *context = &process->context;
    process->late = dropped_for(context->metrics, "late");
    process->foreign = dropped_for(context->metrics, "foreign");
    process->bad = dropped_for(context->metrics, "bad");
    struct facade_config config = {
        .tables = process->context.tables,
        .keys = process->keys,
        .only_loopback = process->keys == NULL,
        .guard = context->settings->metrics_key_required != 0,
        .max_streams = (size_t)context->settings->max_streams_per_key,
        .max_waiting = (size_t)context->settings->max_pending,
        .cors = cors_new(context->arena, process->context.settings->cors_origins),
        .replies = context->replies,
        .tracer = context->tracer,
        .metrics = context->metrics,
        .on_reply = context->service->on_reply,
        .user = context,
    };
    process->facade = facade_new(context->arena, &config);
}

static void count_connections(struct process *process)
{
    struct metrics *metrics = process->context.metrics;
    metrics_gauge(metrics, "http_connections", "Connections open.", NULL, connections,
                  process->http);
    process->evicted.counter =
        metrics_counter(metrics, "http_connections_evicted_total",
                        "Idle connections closed to make room.", METRICS_LABELS());
    process->refused.counter =
        metrics_counter(metrics, "http_connections_refused_total",
                        "Connections of addresses that had too many.", METRICS_LABELS());
}

/* Connections from this machine, or through a proxy, are not of one client. */
static int read_exempt(const struct process *process, struct networks **ret_exempt)
{
    const char *proxies = process->context.settings->trusted_proxies;
    return networks_parse(process->context.arena,
                          mem_printf(process->context.arena, LOOPBACK "%s%s",
                                     proxies != NULL ? "," : "", proxies != NULL ? proxies : ""),
                          ret_exempt);
}

static int open_http(struct process *process)
{
    const struct settings *settings = process->context.settings;
    struct http_server_config config = {
        .bind_address = settings->bind_address,
        .port = (int)settings->port,
        .max_connections = (unsigned)descriptors_for(settings->max_connections),
        .max_of_client = (unsigned)settings->max_connections_per_address,
        .user = process->facade,
        .on_headers = facade_on_headers,
        .handle = facade_handle,
        .error_response = facade_error,
        .done = facade_done,
    };
    int r = read_exempt(process, &config.exempt);
    if (r == 0)
        r = http_server_open(process->context.arena, &config, &process->http);
    if (r == 0)
        count_connections(process);
    return r;
}

static void give_back(void *user, const struct clock_time *now)
{
    (void)user, (void)now;
    mem_give_back();
}

static int watch(struct process *process)
{
    struct loop *loop = process->context.loop;
    int r = loop_add(loop, replies_fd(process->context.replies), EPOLLIN, NULL, NULL);
    if (r == 0)
        r = loop_add(loop, http_server_fd(process->http), EPOLLIN, NULL, NULL);
    if (r < 0)
        return r;
    loop_each_pass(loop, run_replies, process);
    loop_each_pass(loop, run_http, process);
    loop_each_pass(loop, await_replies, process);
    loop_each_pass(loop, end_when_drained, process);
    loop_every(loop, COUNT_MS, count_all, process);
    loop_every(loop, GIVE_BACK_MS, give_back, NULL);
    if (process->keys != NULL)
        loop_every(loop, KEYS_MS, refresh_keys, process);
    return 0;
}

/* Signals first: they must be blocked before any thread starts. */
static int start(struct process *process)
{
    struct service_context *context = &process->context;
    context->health = health_new(context->arena);
    context->metrics = metrics_new(context->arena);
    int r = loop_open(context->arena, &context->loop);
    if (r == 0)
        r = loop_on_stop(context->loop, on_stop, process);
    if (r == 0)
        r = tracing_open(context);
    if (r == 0)
        r = open_replies(process);
    if (r < 0)
        return r;
    make_facade(process);
    return open_http(process);
}

static void last_answers(struct process *process)
{
    for (int i = 0; i < LAST_RUNS && http_server_connections(process->http) > 0; i++) {
        struct clock_time now = clock_read();
        (void)run_http(process, &now);
    }
}

static void end(struct process *process)
{
    struct replies *replies = process->context.replies;
    if (replies != NULL) {
        replies_flush(replies, FLUSH_MS);
        if (process->facade != NULL)
            facade_stop(process->facade);
        replies_close(replies);
    }
    if (process->http != NULL)
        last_answers(process);
    http_server_close(process->http);
    tracer_close(process->context.tracer);
}

static int serve(struct process *process)
{
    const struct service *service = process->context.service;
    int r = watch(process);
    if (r == 0 && service->start != NULL)
        r = service->start(&process->context);
    if (r < 0)
        return r;
    log_info("service.started", LOG_STR("address", process->context.settings->bind_address),
             LOG_INT("port", http_server_port(process->http)), LOG_STR("version", SERVICE_VERSION));
    r = loop_run(process->context.loop);
    if (service->stop != NULL)
        service->stop(&process->context);
    return r;
}

int process_run(const struct service_context *context, struct api_keys *keys)
{
    struct process process = {.context = *context, .keys = keys};
    int r = start(&process);
    if (r < 0)
        log_error("service.cannot_start", LOG_ERRNO(r),
                  LOG_STR("address", context->settings->bind_address),
                  LOG_INT("port", context->settings->port));
    else if ((r = serve(&process)) < 0)
        log_error("service.failed", LOG_ERRNO(r));
    end(&process);
    if (r == 0)
        log_info("service.stopped");
    return r;
}
