#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/network.h"
#include "libshared/http/cors.h"
#include "libshared/service/acls.h"
#include "libshared/service/asyncapi.h"
#include "libshared/service/docs.h"
#include "libshared/service/tracing.h"
#include "libshared/service/openapi.h"
#include "libshared/service/process.h"

enum { EXIT_USAGE = 2 };

/* --- Options --- */

static void print_help(const struct service *service)
{
    printf("Usage: %s [OPTION]\n\n"
           "  --help            this text\n"
           "  --version         the version\n"
           "  --print-settings  the settings in force, without secrets\n"
           "  --print-openapi   the REST side, as OpenAPI 3.1\n"
           "  --print-asyncapi  the Kafka side, as AsyncAPI 3.0; with =all also what only the\n"
           "                    services send each other\n"
           "  --print-acls      the rights it needs in Kafka, as lines for kafka-acls\n"
           "%s\n",
           service->name, service->tool != NULL ? service->tool->help : "");
    settings_help(service->settings, service->port, stdout);
}

static void print_document(json_t *document_take)
{
    (void)json_dumpf(document_take, stdout, JSON_INDENT(2));
    (void)fputc('\n', stdout);
    json_decref(document_take);
}

enum option_code { OPTION_NONE, HELP, VERSION, SETTINGS, OPENAPI, ASYNCAPI, ACLS, TOOL, WRONG };

static enum option_code read_options(const struct service *service, int argc, char **argv)
{
    const struct option options[] = {
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {"print-settings", no_argument, NULL, SETTINGS},
        {"print-openapi", no_argument, NULL, OPENAPI},
        {"print-asyncapi", optional_argument, NULL, ASYNCAPI},
        {"print-acls", no_argument, NULL, ACLS},
        {service->tool != NULL ? service->tool->option : NULL, no_argument, NULL, TOOL},
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

static bool check_proxies(const struct service_context *context)
{
    struct networks *networks;
    const char *text = context->settings->trusted_proxies;
    if (networks_parse(context->arena, text, &networks) == 0)
        return true;
    fprintf(stderr, "TRUSTED_PROXIES: \"%s\" is no list of addresses and networks\n", text);
    return false;
}

static bool check_cors(const struct settings *settings)
{
    if (cors_valid(settings->cors_origins))
        return true;
    fprintf(stderr,
            "CORS_ORIGINS: \"%s\" is neither * nor a list of origins such as "
            "https://shop.example\n",
            settings->cors_origins);
    return false;
}

static bool check_own(const struct service_context *context)
{
    return context->service->check == NULL || context->service->check(context, stderr);
}

static bool open_keys(const struct service_context *context, struct api_keys **ret_keys)
{
    const char *path = context->settings->api_keys_file;
    if (path == NULL)
        return true;
    int r = api_keys_open(context->arena, path, stderr, ret_keys);
    if (r < 0)
        fprintf(stderr, "API_KEYS_FILE: %s: %s\n", path, log_errno_text(r));
    return r == 0;
}

/* Every fault is told, not only the first. */
static bool check_settings(const struct service_context *context, struct api_keys **ret_keys)
{
    enum log_level level = LOG_INFO;
    bool exposure = check_exposure(context->settings);
    bool traces = tracing_check(context->settings, stderr);
    bool log = check_log_level(context->settings, &level);
    bool bus = check_bus(&context->bus);
    bool proxies = check_proxies(context);
    bool cors = check_cors(context->settings);
    bool keys = open_keys(context, ret_keys);
    log_open(context->service->name, level);
    bool own = check_own(context);
    return exposure && traces && log && bus && proxies && cors && keys && own;
}

/* --- The service --- */

static int run(struct service_context *context)
{
    struct api_keys *keys = NULL; /* none are asked for */
    if (!check_settings(context, &keys))
        return EXIT_USAGE;
    context->docs = docs_open(context->arena, context->settings->docs_viewer);
    context->documents = mem_new(context->arena, struct service_documents);
    return process_run(context, keys) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int act(struct service_context *context, struct settings *settings, enum option_code option,
               int argc, char **argv)
{
    const struct service *service = context->service;
    switch (option) {
    case HELP:
        print_help(service);
        return EXIT_SUCCESS;
    case VERSION:
        printf("%s %s\n", service->name, SERVICE_VERSION);
        return EXIT_SUCCESS;
    case OPENAPI:
        print_document(
            openapi_document(service->name, SERVICE_VERSION, context->tables, OPENAPI_KEYS));
        return EXIT_SUCCESS;
    case ASYNCAPI:
        print_document(
            asyncapi_document(SERVICE_VERSION, NULL, optarg != NULL && strcmp(optarg, "all") == 0));
        return EXIT_SUCCESS;
    case ACLS:
        acls_print(service, context->tables, stdout);
        return EXIT_SUCCESS;
    case WRONG:
        fprintf(stderr, "Try %s --help.\n", service->name);
        return EXIT_USAGE;
    case OPTION_NONE:
    case SETTINGS:
    case TOOL:
        break;
    }
    if (settings_load(context->arena, service->settings, service->port, environ, stderr, settings) <
        0)
        return EXIT_USAGE;
    context->bus = (struct bus_config){.brokers = settings->kafka_brokers,
                                       .conf = settings->kafka_conf,
                                       .client_id = service->name};
    if (option == OPTION_NONE)
        return run(context);
    if (option == TOOL)
        return service->tool->run(context, argc - optind, argv + optind);
    settings_print(service->settings, settings, stdout);
    return EXIT_SUCCESS;
}

int service_main(int argc, char **argv, const struct service *service)
{
    mem_init();
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    (void)signal(SIGPIPE, SIG_IGN);
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct route *const tables[] = {service->routes, service_routes, NULL};
    struct settings *settings = mem_new(arena, struct settings);
    struct service_context context = {
        .service = service, .arena = arena, .settings = settings, .tables = tables};
    return act(&context, settings, read_options(service, argc, argv), argc, argv);
}
