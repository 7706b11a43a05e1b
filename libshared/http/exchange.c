#include "libshared/http/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libshared/base/mem.h"
#include "libshared/http/head.h"

#define ARENA_BYTES 4096
/* An unwanted body up to this size is read and dropped, so that the client, who may not read before
 * it has written, sees the answer. */
#define DROP_LIMIT (1024 * 1024)
#define PULL_BYTES (16 * 1024)
#define WARNINGS_A_SECOND 10

static struct exchange *exchange_of(struct http_request *request)
{
    return (struct exchange *)request;
}

static void suspend(struct exchange *exchange)
{
    exchange->suspended = true;
    MHD_suspend_connection(exchange->connection);
}

static void resume(struct exchange *exchange)
{
    exchange->suspended = false;
    exchange->progress_ms = exchange->server->now.monotonic_ms;
    MHD_resume_connection(exchange->connection);
}

/* Answers */

static ssize_t on_pull(void *user, uint64_t position, char *buffer, size_t size)
{
    (void)position;
    struct exchange *exchange = user;
    exchange->woken = false;
    exchange->inside = true;
    ssize_t n = exchange->server->closing ? HTTP_PULL_FAILED
                                          : exchange->pull(exchange->pull_user, buffer, size);
    exchange->inside = false;
    if (n == HTTP_PULL_END)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == HTTP_PULL_FAILED)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (n > 0)
        return n;
    if (!exchange->woken)
        suspend(exchange);
    return 0;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) == MHD_NO)
        log_error("http.header_refused", LOG_STR("name", name));
}

static struct MHD_Response *make_response(struct exchange *exchange,
                                          const struct http_response *from)
{
    exchange->pull = from->pull;
    exchange->pull_user = from->pull_user;
    struct MHD_Response *response =
        from->pull != NULL ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PULL_BYTES,
                                                               on_pull, exchange, NULL)
                           : MHD_create_response_from_buffer(from->body_size, (void *)from->body,
                                                             MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        abort(); /* out of memory */
    if (from->content_type != NULL)
        add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, from->content_type);
    for (const struct http_header *header = from->headers; header != NULL && header->name != NULL;
         header++)
        add_header(response, header->name, header->value);
    if (exchange->close || exchange->server->draining)
        add_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    return response;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    return MHD_queue_response(exchange->connection, (unsigned)exchange->status, exchange->response);
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
    exchange->response = make_response(exchange, response);
    if (exchange->inside || !exchange->suspended)
        return;
    if (exchange->complete)
        (void)send_answer(exchange);
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

static void fail(struct exchange *exchange, int status, const char *code)
{
    struct http_server *server = exchange->server;
    struct http_response response = {.status = status};
    server->config.error_response(server->config.user, &exchange->request, status, code, &response);
    http_respond(&exchange->request, &response);
}

/* The head of a request */

/* The request line is there. */
void *exchange_on_target(void *user, const char *target, struct MHD_Connection *connection)
{
    struct http_server *server = user;
    void *arena = mem_arena(NULL, ARENA_BYTES);
    struct exchange *exchange = mem_new(arena, struct exchange);
    exchange->server = server;
    exchange->connection = connection;
    exchange->progress_ms = server->now.monotonic_ms;
    exchange->peer =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    exchange->peer->exchange = exchange;
    exchange->peer->used = true;
    exchange->request.arena = arena;
    exchange->request.body = "";
    exchange->request.body_limit = server->config.body_limit;
    head_read_target(&exchange->request, mem_strdup(arena, target != NULL ? target : ""));
    return exchange;
}

const char *http_header(const struct http_request *request, const char *name)
{
    const struct exchange *exchange = (const struct exchange *)request;
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static void vet(struct exchange *exchange, const char *version)
{
    const struct head head = head_vet(exchange->connection, &exchange->request, version);
    exchange->declared = head.declared;
    exchange->expects = head.expects;
    exchange->close = head.status != 0;
    if (exchange->close)
        fail(exchange, head.status, head.code);
}

static enum MHD_Result begin(struct exchange *exchange, const char *method, const char *version)
{
    struct http_server *server = exchange->server;
    struct http_request *request = &exchange->request;
    exchange->begun = true;
    request->method = method;
    request->received = server->now;
    server->requests++;
    exchange->inside = true;
    vet(exchange, version);
    if (!exchange->answered && server->config.begin != NULL)
        server->config.begin(server->config.user, request);
    if (!exchange->answered && request->sink == NULL && exchange->declared > request->body_limit)
        fail(exchange, 413, "payload_too_large");
    exchange->inside = false;
    bool dropping = !exchange->close && !exchange->expects && exchange->declared <= DROP_LIMIT;
    return exchange->answered && !dropping ? send_answer(exchange) : MHD_YES;
}

/* The body of a request */

static void collect(struct exchange *exchange, const char *bytes, size_t size)
{
    struct http_request *request = &exchange->request;
    if (size > request->body_limit - request->body_size) {
        fail(exchange, 413, "payload_too_large");
        return;
    }
    exchange->body = mem_grow(request->arena, exchange->body, char, request->body_size + size + 1);
    memcpy(exchange->body + request->body_size, bytes, size);
    request->body_size += size;
    exchange->body[request->body_size] = '\0';
    request->body = exchange->body;
}

/* Returns how much is left. */
static size_t sink(struct exchange *exchange, const char *bytes, size_t size)
{
    struct http_request *request = &exchange->request;
    size_t taken = 0;
    exchange->progress_ms = exchange->server->now.monotonic_ms;
    do {
        exchange->woken = false;
        taken += request->sink(request, bytes + taken, size - taken);
    } while (taken < size && exchange->woken && !exchange->answered);
    if (exchange->answered)
        return 0;
    if (taken < size)
        suspend(exchange);
    return size - taken;
}

static enum MHD_Result take(struct exchange *exchange, const char *bytes, size_t *size)
{
    exchange->inside = true;
    size_t left = 0;
    if (exchange->answered)
        exchange->dropped += *size;
    else if (exchange->request.sink != NULL)
        left = sink(exchange, bytes, *size);
    else
        collect(exchange, bytes, *size);
    exchange->inside = false;
    *size = left;
    return exchange->dropped > DROP_LIMIT ? MHD_NO : MHD_YES;
}

static enum MHD_Result finish(struct exchange *exchange)
{
    const struct http_server_config *config = &exchange->server->config;
    exchange->complete = true;
    exchange->inside = true;
    if (!exchange->answered)
        config->handle(config->user, &exchange->request);
    exchange->inside = false;
    if (exchange->answered)
        return send_answer(exchange);
    suspend(exchange);
    return MHD_YES;
}

enum MHD_Result exchange_on_access(void *user, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_size, void **context)
{
    (void)user, (void)connection, (void)url;
    struct exchange *exchange = *context;
    if (!exchange->begun)
        return begin(exchange, method, version);
    if (exchange->server->closing && !exchange->complete)
        return MHD_NO;
    return *upload_size > 0 ? take(exchange, upload, upload_size) : finish(exchange);
}

/* The end of a request */

enum log_level exchange_log_level(struct http_server *server, int status)
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
    log_write_(exchange_log_level(exchange->server, exchange->status), "http.request",
               LOG_STR("method", request->method), LOG_STR("route", request->route),
               LOG_STR("path", request->path), LOG_INT("status", exchange->status),
               LOG_INT("duration_us", duration_us), LOG_INT("body_bytes", request->body_size));
}

void exchange_on_completed(void *user, struct MHD_Connection *connection, void **context,
                           enum MHD_RequestTerminationCode how)
{
    (void)connection, (void)how;
    struct http_server *server = user;
    struct exchange *exchange = *context;
    if (exchange == NULL)
        return;
    *context = NULL;
    if (exchange->begun) {
        const struct http_request *request = &exchange->request;
        int64_t duration_us = server->now.monotonic_us - request->received.monotonic_us;
        server->requests--;
        log_exchange(exchange, duration_us);
        if (server->config.done != NULL)
            server->config.done(server->config.user, request, exchange->status, duration_us);
    }
    if (exchange->response != NULL)
        MHD_destroy_response(exchange->response);
    exchange->peer->exchange = NULL;
    exchange->peer->since_ms = server->now.monotonic_ms;
    mem_free(exchange->request.arena);
}

void exchange_release(struct exchange *exchange)
{
    if (!exchange->suspended)
        return;
    if (exchange->complete && !exchange->answered)
        fail(exchange, 503, "unavailable");
    else
        resume(exchange);
}
