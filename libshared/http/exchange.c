#include "libshared/http/exchange.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/connection_input.h"
#include "libshared/http/connection_state.h"

#define ARENA_BYTES 4096
/* An unwanted body up to this size is read and dropped, so that the client, who may not read before
 * it has written, sees the answer and keeps its connection. */
#define DROP_LIMIT (1024 * 1024)
#define WARNINGS_A_SECOND 10

static struct exchange *exchange_of(struct http_request *request)
{
    return (struct exchange *)request;
}

const char *http_header(const struct http_request *request, const char *name)
{
    const struct exchange *exchange = (const struct exchange *)request;
    return head_value(request->arena, &exchange->head, name);
}

/* --- Answers --- */

static void resume(struct exchange *exchange)
{
    exchange->suspended = false;
    exchange->progress_ms = exchange->server->now.monotonic_ms;
    connection_resume(exchange->connection);
}

static const char *date_of(struct http_server *server)
{
    int64_t second = server->now.wall_ms / 1000;
    if (server->date[0] == '\0' || second != server->date_s)
        answer_date(server->date, server->now.wall_ms);
    server->date_s = second;
    return server->date;
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct exchange *exchange = exchange_of(request);
    if (exchange->answered) {
        log_error("http.answered_twice", LOG_STR("route", request->route));
        return;
    }
    exchange->answered = true;
    exchange->status = response->status;
    answer_make(&exchange->answer, request->arena, response, request->method, exchange->head.old,
                date_of(exchange->server));
    if (exchange->suspended)
        resume(exchange);
}

void http_wake(struct http_request *request)
{
    struct exchange *exchange = exchange_of(request);
    exchange->woken = true;
    /* One that waits for its answer waits on. */
    if (exchange->suspended && (!exchange->complete || exchange->answered))
        resume(exchange);
}

bool http_client_left(const struct http_request *request)
{
    return connection_is_left(((const struct exchange *)request)->connection);
}

void exchange_fail(struct exchange *exchange, const struct http_fault *fault)
{
    struct http_server *server = exchange->server;
    struct http_response response = {.status = fault->status};
    exchange->closes = true;
    if (exchange->answered)
        return;
    server->config.error_response(server->config.user, &exchange->request, fault, &response);
    response.status = fault->status;
    http_respond(&exchange->request, &response);
}

static void refuse_body(struct exchange *exchange)
{
    exchange_fail(exchange, &(struct http_fault){.status = 413, .code = "payload_too_large"});
    exchange->closes = false; /* while it can be read to its end */
}

/* --- The head --- */

static void set_request(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    request->method = exchange->head.method;
    request->path = exchange->head.path;
    request->query = exchange->head.query;
    request->authority = exchange->head.authority;
    request->peer = exchange->connection->peer;
    request->body = "";
    request->body_limit = exchange->server->config.body_limit;
    request->received = exchange->server->now;
}

/* The owner sets the trace as soon as it knows it. */
static void notify_owner(struct exchange *exchange)
{
    LOG_TRACE(NULL);
    struct http_server *server = exchange->server;
    struct http_request *request = &exchange->request;
    if (server->config.on_headers != NULL)
        server->config.on_headers(server->config.user, request);
    if (!exchange->answered && request->sink == NULL && exchange->head.length > request->body_limit)
        refuse_body(exchange);
}

struct exchange *exchange_begin(struct connection *connection, const char *bytes, size_t size,
                                const struct http_fault *fault)
{
    void *arena = mem_arena(NULL, ARENA_BYTES);
    struct exchange *exchange = mem_new(arena, struct exchange);
    struct head *head = &exchange->head;
    exchange->request.arena = arena;
    exchange->connection = connection;
    exchange->server = connection->server;
    exchange->progress_ms = exchange->server->now.monotonic_ms;
    if (fault == NULL)
        head_read(arena, bytes, size, head);
    else
        *head = (struct head){.method = "", .path = "", .query = "", .fault = *fault};
    exchange->left = head->chunked ? 0 : head->length;
    exchange->server->requests++;
    connection->exchange = exchange;
    set_request(exchange);
    if (head->fault.status != 0)
        exchange_fail(exchange, &head->fault);
    else
        notify_owner(exchange);
    return exchange;
}

bool exchange_may_drop(const struct exchange *exchange)
{
    return !exchange->closes && !exchange->head.expects && exchange->left <= DROP_LIMIT &&
           exchange->dropped <= DROP_LIMIT;
}

/* --- The body --- */

static size_t collect(struct exchange *exchange, const char *bytes, size_t size)
{
    struct http_request *request = &exchange->request;
    if (size > request->body_limit - request->body_size) {
        refuse_body(exchange);
        return size;
    }
    exchange->body = mem_grow(request->arena, exchange->body, char, request->body_size + size + 1);
    memcpy(exchange->body + request->body_size, bytes, size);
    request->body_size += size;
    exchange->body[request->body_size] = '\0';
    request->body = exchange->body;
    return size;
}

static size_t sink(struct exchange *exchange, const char *bytes, size_t size)
{
    struct http_request *request = &exchange->request;
    size_t taken = 0;
    LOG_TRACE(request->trace_id);
    exchange->progress_ms = exchange->server->now.monotonic_ms;
    do {
        exchange->woken = false;
        taken += request->sink(request, bytes + taken, size - taken);
    } while (taken < size && exchange->woken && !exchange->answered);
    exchange->suspended = taken < size && !exchange->answered;
    return taken;
}

size_t exchange_take(struct exchange *exchange, const char *bytes, size_t size)
{
    if (!exchange->answered)
        return exchange->request.sink != NULL ? sink(exchange, bytes, size)
                                              : collect(exchange, bytes, size);
    exchange->dropped += size;
    return size;
}

void exchange_complete(struct exchange *exchange)
{
    const struct http_server_config *config = &exchange->server->config;
    LOG_TRACE(exchange->request.trace_id);
    exchange->complete = true;
    if (!exchange->answered)
        config->handle(config->user, &exchange->request);
    exchange->suspended = !exchange->answered;
}

/* --- The end --- */

/* Warnings about what clients see, a few a second. */
static enum log_level log_level_of(struct http_server *server, int status)
{
    if (status < 500)
        return LOG_DEBUG;
    if (server->now.monotonic_ms >= server->warnings_from_ms + 1000) {
        server->warnings_from_ms = server->now.monotonic_ms;
        server->warnings = 0;
    }
    return server->warnings++ < WARNINGS_A_SECOND ? LOG_WARNING : LOG_DEBUG;
}

/* Not the query, nor any header: they are people's. */
static void log_exchange(const struct exchange *exchange, int64_t duration_us)
{
    const struct http_request *request = &exchange->request;
    log_write_(log_level_of(exchange->server, exchange->status), "http.request",
               LOG_STR("method", request->method), LOG_STR("route", request->route),
               LOG_STR("path", request->path), LOG_INT("status", exchange->status),
               LOG_INT("duration_us", duration_us), LOG_INT("body_bytes", request->body_size));
}

void exchange_end(struct exchange *exchange)
{
    struct http_server *server = exchange->server;
    const struct http_request *request = &exchange->request;
    int64_t duration_us = server->now.monotonic_us - request->received.monotonic_us;
    LOG_TRACE(request->trace_id);
    server->requests--;
    exchange->connection->exchange = NULL;
    log_exchange(exchange, duration_us);
    if (server->config.done != NULL)
        server->config.done(server->config.user, request, exchange->status, duration_us);
    mem_free(request->arena);
}
