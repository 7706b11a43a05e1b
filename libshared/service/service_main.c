#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/kafka/pending.h"
#include "libshared/service/asyncapi.h"
#include "libshared/service/openapi.h"
#include "libshared/service/service.h"

enum {
    EXIT_USAGE = 2,
    DRAIN_MS = 3000, /* of the five seconds that an end may take */
    FLUSH_MS = 300,
    LAST_RUNS = 3, /* of the server, so that last answers go out */
    KEYS_MS = 2000,
    COUNT_MS = 1000,
    DESCRIPTORS_BESIDES = 64, /* what is open besides HTTP connections */
    INSTANCE_BYTES = PENDING_INSTANCE / 2,
};

struct dropped {
    struct metrics_counter *counter;
    uint64_t seen;
};

struct process {
    struct service_context context;
    struct settings settings;
    char replies_topic[64], instance[PENDING_INSTANCE + 1];
    struct api_keys *keys; /* NULL: none are asked for */
    struct facade *facade;
    struct http_server *http;
    struct dropped late, foreign, bad;
    const struct route *tables[3];
    bool stopping;
    int64_t stop_by_ms;
};

/* --- Options --- */

static void print_help(const struct service *service)
{
    printf("Usage: %s [OPTION]\n\n"
           "  --help            this text\n"
           "  --version         the version\n"
           "  --print-settings  the settings in force, without secrets\n"
           "  --print-openapi   the REST side, as OpenAPI 3.1\n"
           "  --print-asyncapi  the Kafka side, as AsyncAPI 3.0\n\n",
           service->name);
    settings_help(service->settings, service->port, stdout);
}

static void print_document(json_t *document_take)
{
    (void)json_dumpf(document_take, stdout, JSON_INDENT(2));
    (void)fputc('\n', stdout);
    json_decref(document_take);
}

enum option_code { OPTION_NONE, HELP, VERSION, SETTINGS, OPENAPI, ASYNCAPI, WRONG };

static enum option_code read_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {"print-settings", no_argument, NULL, SETTINGS},
        {"print-openapi", no_argument, NULL, OPENAPI},
        {"print-asyncapi", no_argument, NULL, ASYNCAPI},
        {0},
    };
    int code = getopt_long(argc, argv, "", options, NULL);
    if (code == '?' || (code < 0 && optind < argc))
        return WRONG;
    return code < 0 ? OPTION_NONE : (enum option_code)code;
}

/* --- What can be wrong with settings --- */

static bool is_loopback(const char *address)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, address, &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, address, &six) == 1 ? IN6_IS_ADDR_LOOPBACK(&six)
                                                   : strcmp(address, "localhost") == 0;
}

static bool check_exposure(const struct settings *settings)
{
    if (settings->api_keys_file != NULL || is_loopback(settings->bind_address))
        return true;
    fprintf(stderr,
            "BIND_ADDRESS: %s is not loopback: without API_KEYS_FILE only this machine is served\n",
            settings->bind_address);
    return false;
}

static bool check_log_level(const struct settings *settings, enum log_level *ret_level)
{
    if (log_level_parse(settings->log_level, ret_level) == 0)
        return true;
    fprintf(stderr, "LOG_LEVEL: \"%s\" is none of error, warning, info, debug\n",
            settings->log_level);
    return false;
}

static bool check_bus(const struct bus_config *bus)
{
    char error[BUS_ERROR_SIZE];
    if (bus_config_check(bus, error) == 0)
        return true;
    fprintf(stderr, "KAFKA_CONF_…: %s\n", error);
    return false;
}

static bool open_keys(struct process *process)
{
    const char *path = process->settings.api_keys_file;
    if (path == NULL)
        return true;
    int r = api_keys_open(process->context.arena, path, stderr, &process->keys);
    if (r < 0)
        fprintf(stderr, "API_KEYS_FILE: %s: %s\n", path, log_errno_text(r));
    return r == 0;
}

/* Every fault is told, not only the first. */
static bool check_settings(struct process *process)
{
    enum log_level level = LOG_INFO;
    bool exposure = check_exposure(&process->settings);
    bool log = check_log_level(&process->settings, &level);
    bool bus = check_bus(&process->context.bus);
    bool keys = open_keys(process);
    log_open(process->context.service->name, level);
    return exposure && log && bus && keys;
}

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

static void count_up(struct dropped *dropped, uint64_t total)
{
    metrics_add(dropped->counter, total - dropped->seen);
    dropped->seen = total;
}

static void count_dropped(void *user, const struct clock_time *now)
{
    (void)now;
    struct process *process = user;
    struct replies_counts counts = replies_counts(process->context.replies);
    count_up(&process->late, counts.late);
    count_up(&process->foreign, counts.foreign);
    count_up(&process->bad, counts.bad);
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
        .max_pending = (size_t)process->settings.max_pending,
        .timeout_ms = process->settings.request_timeout_ms,
    };
    config.warm = facade_topics(context->arena, process->tables, &config.n_warm);
    int r = replies_open(&config, &context->replies);
    if (r < 0)
        return r;
    health_add(context->health, "kafka", check_kafka, context->replies);
    metrics_gauge(context->metrics, "kafka_requests_pending", "Requests that wait for a reply.",
                  NULL, pending, context->replies);
    return 0;
}

static struct dropped dropped_for(struct metrics *metrics, const char *reason)
{
    return (struct dropped){
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
        .tables = process->tables,
        .keys = process->keys,
        .cors = cors_new(context->arena, process->settings.cors_origins),
        .replies = context->replies,
        .metrics = context->metrics,
        .heard = context->service->heard,
        .user = context,
    };
    process->facade = facade_new(context->arena, &config);
}

static int open_http(struct process *process)
{
    struct http_server_config config = {
        .bind_address = process->settings.bind_address,
        .port = (int)process->settings.port,
        .max_connections = (unsigned)descriptors_for(process->settings.max_connections),
        .user = process->facade,
        .begin = facade_begin,
        .handle = facade_handle,
        .error_response = facade_error,
        .done = facade_done,
    };
    int r = http_server_open(process->context.arena, &config, &process->http);
    if (r == 0)
        metrics_gauge(process->context.metrics, "http_connections", "Connections open.", NULL,
                      connections, process->http);
    return r;
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
    loop_every(loop, COUNT_MS, count_dropped, process);
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
        replies_close(replies);
    }
    if (process->http != NULL)
        last_answers(process);
    http_server_close(process->http);
}

static int serve(struct process *process)
{
    const struct service *service = process->context.service;
    int r = watch(process);
    if (r == 0 && service->start != NULL)
        r = service->start(&process->context);
    if (r < 0)
        return r;
    log_info("service.started", LOG_STR("address", process->settings.bind_address),
             LOG_INT("port", http_server_port(process->http)), LOG_STR("version", SERVICE_VERSION));
    r = loop_run(process->context.loop);
    if (service->stop != NULL)
        service->stop(&process->context);
    return r;
}

static int run(struct process *process)
{
    if (!check_settings(process))
        return EXIT_USAGE;
    int r = start(process);
    if (r < 0)
        log_error("service.cannot_start", LOG_ERRNO(r),
                  LOG_STR("address", process->settings.bind_address),
                  LOG_INT("port", process->settings.port));
    else if ((r = serve(process)) < 0)
        log_error("service.failed", LOG_ERRNO(r));
    end(process);
    if (r == 0)
        log_info("service.stopped");
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int act(struct process *process, enum option_code option)
{
    const struct service *service = process->context.service;
    switch (option) {
    case HELP:
        print_help(service);
        return EXIT_SUCCESS;
    case VERSION:
        printf("%s %s\n", service->name, SERVICE_VERSION);
        return EXIT_SUCCESS;
    case OPENAPI:
        print_document(openapi_document(service->name, SERVICE_VERSION, process->tables, true));
        return EXIT_SUCCESS;
    case ASYNCAPI:
        print_document(asyncapi_document(SERVICE_VERSION));
        return EXIT_SUCCESS;
    case WRONG:
        fprintf(stderr, "Try %s --help.\n", service->name);
        return EXIT_USAGE;
    case OPTION_NONE:
    case SETTINGS:
        break;
    }
    if (settings_load(process->context.arena, service->settings, service->port, environ, stderr,
                      &process->settings) < 0)
        return EXIT_USAGE;
    process->context.bus = (struct bus_config){.brokers = process->settings.kafka_brokers,
                                               .conf = process->settings.kafka_conf,
                                               .client_id = service->name};
    if (option == OPTION_NONE)
        return run(process);
    settings_print(service->settings, &process->settings, stdout);
    return EXIT_SUCCESS;
}

int service_main(int argc, char **argv, const struct service *service)
{
    mem_init();
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    (void)signal(SIGPIPE, SIG_IGN);
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct process *process = mem_new(arena, struct process);
    process->tables[0] = service->routes;
    process->tables[1] = service_routes;
    process->context = (struct service_context){.service = service,
                                                .arena = arena,
                                                .settings = &process->settings,
                                                .tables = process->tables};
    return act(process, read_options(argc, argv));
}
