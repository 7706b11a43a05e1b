#include "libshared/service/facade.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/http/authority.h"
#include "libshared/http/media_type.h"
#include "libshared/service/facade_parts.h"

#define STREAM_RETRY_S "10"
#define PAGES_AT_ONCE 2 /* of exports: QUERY_THREADS of one db-svc */

/* --- The table --- */

static void demand(bool holds, const struct route *route, const char *what)
{
    if (holds)
        return;
    log_error("route.invalid", LOG_STR("method", route->method), LOG_STR("route", route->pattern),
              LOG_STR("fault", what));
    abort();
}

static unsigned pattern_ids(const struct route *route)
{
    unsigned found = 0;
    for (const char *at = route->pattern; (at = strchr(at, '{')) != NULL; at++) {
        unsigned before = found;
        for (int id = 0; id < IDS; id++) {
            const char *name = command_id_name((enum command_id)id);
            size_t length = strlen(name);
            if (strncmp(at + 1, name, length) == 0 && at[1 + length] == '}')
                found |= HAS(id);
        }
        demand(found != before, route, "a parameter is not called as the contract calls an id");
    }
    return found;
}

static const struct command *route_command(const struct route *route)
{
    if (route->command == NULL) {
        demand(route->serve != NULL, route, "neither a command nor a function");
        return NULL;
    }
    const struct command *command = command_find(route->command);
    demand(command != NULL, route, "the contract has no such command");
    unsigned ids = pattern_ids(route);
    demand((command->ids & ~ids) == 0, route, "the path lacks an id of the command");
    demand((ids & ~command_all_ids(command)) == 0, route,
           "the path has an id that the command does not take");
    return command;
}

static size_t count_routes(const struct route *const *tables)
{
    size_t n = 0;
    for (; *tables != NULL; tables++)
        for (const struct route *route = *tables; route->method != NULL; route++)
            n++;
    return n;
}

static void build(const void *arena, struct facade *facade)
{
    const struct facade_config *config = &facade->config;
    size_t n = 0, count = count_routes(config->tables);
    struct router_row *rows = mem_array(arena, struct router_row, count + 1);
    struct target *targets = mem_array(arena, struct target, count);
    for (const struct route *const *table = config->tables; *table != NULL; table++)
        for (const struct route *route = *table; route->method != NULL; route++, n++) {
            targets[n] = (struct target){
                .route = route,
                .command = route_command(route),
                .metrics = metrics_route(config->metrics, route->method, route->pattern),
            };
            rows[n] = (struct router_row){route->method, route->pattern, &targets[n]};
        }
    facade->router = router_new(arena, rows);
}

static struct metrics_counter *outcome_counter(struct metrics *metrics, const char *outcome)
{
    return metrics_counter(metrics, "kafka_requests_total",
                           "Commands and queries sent, by how they ended.",
                           METRICS_LABELS({"outcome", outcome}));
}

static const struct refused_alike_calls waiting = {
    .send = facade_send_after_all, .refuse = facade_refuse_alike, .give_up = facade_give_up};

struct facade *facade_new(const void *arena, const struct facade_config *config)
{
    struct facade *facade = mem_new(arena, struct facade);
    facade->config = *config;
    facade->nowhere = metrics_route(config->metrics, "", "");
    facade->outcomes[REPLY_ANSWERED] = outcome_counter(config->metrics, "answered");
    facade->outcomes[REPLY_NOT_DONE] = outcome_counter(config->metrics, "not_done");
    facade->outcomes[REPLY_UNKNOWN] = outcome_counter(config->metrics, "unknown");
    facade->streams = stream_limit_new(arena, config->max_streams);
    facade->pages = turns_new(arena, PAGES_AT_ONCE);
    facade->refused_alike = refused_alike_new(arena, &waiting, config->max_waiting);
    facade->with_others =
        metrics_counter(config->metrics, "refused_with_others_total",
                        "Requests that were refused with the answer to another.", NULL);
    build(arena, facade);
    return facade;
}

static bool among(const char *const *list, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

struct topics {
    const char **at;
    size_t n;
};

static void add_topic(struct topics *topics, const struct command *command)
{
    if (command != NULL && !among(topics->at, topics->n, command_topic(command)))
        topics->at[topics->n++] = command_topic(command);
}

const char *const *facade_topics(const void *arena, const struct route *const *tables,
                                 const char *const *asks, size_t *ret_n)
{
    struct topics topics = {.at = mem_array(arena, const char *, 2 * MODULES + 1)};
    for (; *tables != NULL; tables++)
        for (const struct route *route = *tables; route->method != NULL; route++)
            add_topic(&topics,
                      route->asks != NULL ? command_find(route->asks) : route_command(route));
    for (; asks != NULL && *asks != NULL; asks++)
        add_topic(&topics, command_find(*asks));
    *ret_n = topics.n;
    return topics.at;
}

void facade_at(struct facade *facade, const struct clock_time *now)
{
    facade->now = *now;
}

void facade_stop(struct facade *facade)
{
    facade->stopped = true;
}

/* --- What comes in --- */

static bool needs_key(const struct facade_config *config, const struct route *route)
{
    return config->keys != NULL && (route->scopes != 0 || (route->guarded && config->guard));
}

static bool identify(struct facade_call *call)
{
    const struct facade_config *config = &call->facade->config;
    call->caller = (struct api_caller){.name = "anonymous", .scopes = API_ALL};
    return !needs_key(config, call->target->route) ||
           api_keys_find(config->keys, http_header(call->request, "Authorization"), &call->caller);
}

static bool acceptable(const struct facade_call *call)
{
    const struct route *route = call->target->route;
    const char *accept = http_header(call->request, "Accept");
    const char *type = route->content_type != NULL ? route->content_type : "application/json";
    return media_type_accepted(accept, type) ||
           (route->other_type != NULL && media_type_accepted(accept, route->other_type));
}

/* Bodies are taken as they are. */
static bool is_coded(const struct http_request *request)
{
    const char *coding = http_header(request, "Content-Encoding");
    bool has_body = strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0 ||
                    strcmp(request->method, "PATCH") == 0;
    return has_body && coding != NULL && *coding != '\0' && strcasecmp(coding, "identity") != 0;
}

/* RFC 9110 section 15.5.16: the answer says which codings there are. */
static void refuse_coding(struct facade_call *call)
{
    facade_header(call, "Accept-Encoding", "identity");
    facade_refuse_header(call, PROBLEM_unsupported_media_type, "Content-Encoding");
}

/* A page of another site that has its name lead here (DNS rebinding) is another's. */
static bool is_for_us(const struct facade *facade, const struct http_request *request)
{
    return !facade->config.only_loopback || request->authority == NULL ||
           authority_is_loopback(request->authority);
}

static bool enter_streams(struct facade_call *call)
{
    if (!call->target->route->streams)
        return true;
    call->streams = stream_limit_enter(call->facade->streams, call->caller.name);
    return call->streams;
}

static void refuse_stream(struct facade_call *call)
{
    facade_header(call, "Retry-After", STREAM_RETRY_S);
    facade_refuse(call, PROBLEM_too_many_streams);
}

static void admit(struct facade_call *call)
{
    const struct route *route = call->target->route;
    call->request->route = route->pattern;
    if (!identify(call)) {
        facade_header(call, "WWW-Authenticate", API_KEYS_CHALLENGE);
        facade_refuse(call, PROBLEM_unauthorized);
    } else if (route->scopes != 0 && !api_keys_allows(&call->caller, route->scopes)) {
        facade_refuse(call, PROBLEM_forbidden);
    } else if (call->target->command != NULL && !acceptable(call)) {
        facade_refuse(call, PROBLEM_not_acceptable);
    } else if (is_coded(call->request)) {
        refuse_coding(call);
    } else if (!enter_streams(call)) {
        refuse_stream(call);
    } else if (route->on_headers != NULL) {
        route->on_headers(call);
    }
}

static void answer_options(struct facade_call *call)
{
    facade_header(call, "Allow", call->match.allow);
    if (cors_is_preflight(call->request))
        facade_add_cors(call, call->match.allow);
    struct http_response response = {.status = 204, .headers = call->headers};
    http_respond(call->request, &response);
}

static struct facade_call *call_new(struct facade *facade, struct http_request *request)
{
    struct facade_call *call = mem_new(request->arena, struct facade_call);
    call->facade = facade;
    call->request = request;
    request->user = call;
    facade_trace_begin(call);
    return call;
}

void facade_on_headers(void *user, struct http_request *request)
{
    struct facade *facade = user;
    struct facade_call *call = call_new(facade, request);
    if (!is_for_us(facade, request)) {
        facade_refuse(call, PROBLEM_misdirected_request);
        return;
    }
    switch (router_match(facade->router, request->arena, request->method, request->path,
                         &call->match)) {
    case ROUTER_FOUND:
        call->target = call->match.row->target;
        admit(call);
        break;
    case ROUTER_NO_PATH:
        facade_refuse(call, PROBLEM_not_found);
        break;
    case ROUTER_NO_METHOD:
        facade_header(call, "Allow", call->match.allow);
        facade_refuse(call, PROBLEM_method_not_allowed);
        break;
    case ROUTER_OPTIONS:
        answer_options(call);
        break;
    }
}

void facade_handle(void *user, struct http_request *request)
{
    (void)user;
    struct facade_call *call = request->user;
    if (call->target->command != NULL)
        facade_forward(call);
    else
        call->target->route->serve(call);
}

/* The caller owns the result. */
static json_t *faulty_headers(enum problem_code code, const char *const *names)
{
    json_t *errors = json_array();
    for (; *names != NULL; names++)
        (void)json_array_append_new(errors, json_pack("{ssssss}", "header", *names, "code",
                                                      problem_code_text(code), "detail",
                                                      problem_detail(code)));
    return json_pack("{so}", "errors", errors);
}

void facade_error(void *user, struct http_request *request, const struct http_fault *fault,
                  struct http_response *ret_response)
{
    struct facade_call *call = request->user != NULL ? request->user : call_new(user, request);
    struct problem problem = {.code = problem_find(fault->code)};
    facade_header(call, "Retry-After", fault->status == 503 ? "1" : NULL);
    problem.members = fault->headers != NULL ? faulty_headers(problem.code, fault->headers) : NULL;
    facade_fill_problem(call, &problem, ret_response);
    json_decref(problem.members);
    facade_add_cors(call, NULL);
    ret_response->status = fault->status;
    ret_response->headers = call->headers;
}

void facade_done(void *user, const struct http_request *request, int status, int64_t duration_us)
{
    const struct facade *facade = user;
    const struct facade_call *call = request->user;
    bool found = call != NULL && call->target != NULL;
    if (call != NULL && call->ended != NULL)
        call->ended(call->own);
    if (call != NULL && call->streams)
        stream_limit_leave(facade->streams, call->caller.name);
    if (call != NULL)
        facade_trace_end(call, status, duration_us);
    metrics_route_done(found ? call->target->metrics : facade->nowhere, status, duration_us);
}
