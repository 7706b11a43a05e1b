#include "libshared/http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"

#define ARENA_BYTES 4096
#define CONNECTION_BYTES (20 * 1024) /* libmicrohttpd's: a head, and a piece of a body */
#define TARGET_LIMIT (8 * 1024)
#define HEAD_LIMIT (12 * 1024)
/* An unwanted body up to this size is read and dropped, so that the client, who may not read before
 * it has written, sees the answer. */
#define DROP_LIMIT (1024 * 1024)
#define PULL_BYTES (16 * 1024)
#define SWEEP_MS 500
#define WARNINGS_A_SECOND 10

struct exchange;

struct peer {
    int fd;
    struct exchange *exchange; /* from its request line on until its answer is sent */
    int64_t since_ms;          /* open, or idle */
    bool used;                 /* had a request */
    bool shut;
    TAILQ_ENTRY(peer) link;
};

struct http_server {
    struct http_server_config config;
    struct MHD_Daemon *daemon;
    int listener;
    int epoll;
    int port;
    bool draining, closing;
    struct clock_time now;
    int64_t sweep_ms;
    int64_t warnings_from_ms;
    int warnings;
    size_t connections, requests;
    TAILQ_HEAD(, peer) peers;
};

struct exchange {
    struct http_request request; /* first: the owner's view of it */
    struct http_server *server;
    struct MHD_Connection *connection;
    struct peer *peer;
    int64_t progress_ms; /* its deadline counts from here */
    bool begun, complete, answered;
    bool inside;    /* in one of its callbacks: libmicrohttpd goes on by itself */
    bool suspended; /* libmicrohttpd must be told to go on */
    bool woken;
    bool close; /* what follows on the connection cannot be trusted */
    bool expects;
    uint64_t declared; /* Content-Length */
    uint64_t dropped;
    char *body;
    int status;
    struct MHD_Response *response;
    http_pull *pull;
    void *pull_user;
};

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

static void read_target(struct http_request *request, const char *target)
{
    const char *path = target;
    if (strncasecmp(target, "http://", 7) == 0 || strncasecmp(target, "https://", 8) == 0) {
        path = strstr(target, "://") + 3;
        path += strcspn(path, "/?");
    }
    size_t size = strcspn(path, "?");
    request->path = size > 0 || path == target ? mem_strndup(request->arena, path, size) : "/";
    request->query =
        path[size] == '?' ? mem_strdup(request->arena, path + size + 1) : path + strlen(path);
}

/* The request line is there. */
static void *on_target(void *user, const char *target, struct MHD_Connection *connection)
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
    read_target(&exchange->request, mem_strdup(arena, target != NULL ? target : ""));
    return exchange;
}

static size_t leave_escaped(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strlen(text);
}

struct head {
    struct exchange *exchange;
    const char *length;
    unsigned hosts, codings;
    bool broken;
};

static bool is_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (name[i] <= ' ' || name[i] == 0x7f) /* `<=` also for bytes over 0x7f */
            return false;
    return size > 0;
}

static enum MHD_Result look_at_header(void *user, enum MHD_ValueKind kind, const char *name,
                                      size_t name_size, const char *value, size_t value_size)
{
    (void)kind, (void)value_size;
    struct head *head = user;
    head->broken |= !is_name(name, name_size);
    if (name_size == 4 && strcasecmp(name, "Host") == 0) {
        head->hosts++;
    } else if (name_size == 6 && strcasecmp(name, "Expect") == 0) {
        head->exchange->expects = strcasecmp(value, "100-continue") == 0;
    } else if (name_size == 14 && strcasecmp(name, "Content-Length") == 0) {
        head->broken |= head->length != NULL && strcmp(head->length, value) != 0;
        head->length = value;
    } else if (name_size == 17 && strcasecmp(name, "Transfer-Encoding") == 0) {
        head->codings++;
        head->broken |= strcasecmp(value, "chunked") != 0;
    }
    return MHD_YES;
}

static bool is_target(const struct http_request *request)
{
    for (const char *at = request->path; *at != '\0'; at++)
        if (*at <= ' ' || *at == 0x7f)
            return false;
    for (const char *at = request->query; *at != '\0'; at++)
        if (*at <= ' ' || *at == 0x7f)
            return false;
    return request->path[0] == '/' ||
           (strcmp(request->path, "*") == 0 && strcmp(request->method, "OPTIONS") == 0);
}

/* Answers what two readers could take for two different requests, or is too long. */
static void vet(struct exchange *exchange, const char *version)
{
    struct head head = {.exchange = exchange};
    const struct http_request *request = &exchange->request;
    bool old = strcmp(version, "HTTP/1.1") != 0;
    (void)MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, look_at_header, &head);
    if (head.length != NULL)
        exchange->declared = strtoull(head.length, NULL, 10);
    size_t size =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
            ->header_size;
    exchange->close = true;
    if (strlen(request->path) + strlen(request->query) > TARGET_LIMIT)
        fail(exchange, 414, "uri_too_long");
    else if (size > HEAD_LIMIT)
        fail(exchange, 431, "headers_too_large");
    else if (head.broken || head.hosts > 1 || (head.hosts == 0 && !old) || head.codings > 1 ||
             (head.codings > 0 && (head.length != NULL || old)) || !is_target(request))
        fail(exchange, 400, "invalid_request");
    else
        exchange->close = false;
}

const char *http_header(const struct http_request *request, const char *name)
{
    const struct exchange *exchange = (const struct exchange *)request;
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
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

static enum MHD_Result on_access(void *user, struct MHD_Connection *connection, const char *url,
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

static enum log_level level_of(struct http_server *server, int status)
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
    log_write_(level_of(exchange->server, exchange->status), "http.request",
               LOG_STR("method", request->method), LOG_STR("route", request->route),
               LOG_STR("path", request->path), LOG_INT("status", exchange->status),
               LOG_INT("duration_us", duration_us), LOG_INT("body_bytes", request->body_size));
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
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

/* Connections */

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = user;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        struct peer *peer = mem_new(server, struct peer);
        peer->fd =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        peer->since_ms = server->now.monotonic_ms;
        TAILQ_INSERT_TAIL(&server->peers, peer, link);
        server->connections++;
        *context = peer;
        return;
    }
    struct peer *peer = *context;
    TAILQ_REMOVE(&server->peers, peer, link);
    server->connections--;
    mem_free(peer);
}

static void shut(struct peer *peer, int how)
{
    if (!peer->shut)
        (void)shutdown(peer->fd, how);
    peer->shut = true;
}

static bool is_overdue(const struct http_server *server, const struct peer *peer)
{
    const struct exchange *exchange = peer->exchange;
    int64_t now = server->now.monotonic_ms;
    if (exchange == NULL)
        return now - peer->since_ms >=
               (peer->used ? server->config.idle_ms : server->config.receive_ms);
    return !exchange->complete && !exchange->suspended &&
           now - exchange->progress_ms >= server->config.receive_ms;
}

static void sweep(struct http_server *server)
{
    struct peer *peer;
    if (!server->draining && server->now.monotonic_ms < server->sweep_ms)
        return;
    server->sweep_ms = server->now.monotonic_ms + SWEEP_MS;
    TAILQ_FOREACH(peer, &server->peers, link)
    if (is_overdue(server, peer))
        shut(peer, SHUT_RDWR);
    else if (server->draining && peer->exchange == NULL)
        shut(peer, SHUT_RD); /* a request that is under way to us is still read */
}

/* The server */

/* libmicrohttpd's own messages: only those about accepting are ours, the rest is what clients do.
 */
__attribute__((format(printf, 2, 0))) static void on_log(void *user, const char *format,
                                                         va_list arguments)
{
    struct http_server *server = user;
    char text[256];
    (void)vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    bool ours = strstr(text, "accept") != NULL || strstr(text, "resource limit") != NULL;
    log_write_(level_of(server, ours ? 500 : 400), "http.library", LOG_STR("text", text));
}

static int listen_on(const struct addrinfo *address, int *ret_fd)
{
    int on = 1;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
        *ret_fd = fd;
        return 0;
    }
    int r = -errno;
    (void)close(fd);
    return r;
}

static int open_listener(const char *bind_address, int port, int *ret_fd)
{
    char service[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    (void)snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(bind_address, service, &hints, &found) != 0)
        return -EADDRNOTAVAIL;
    int r = listen_on(found, ret_fd);
    freeaddrinfo(found);
    return r;
}

static int port_of(int listener)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    char service[16] = "0";
    if (getsockname(listener, (struct sockaddr *)&address, &size) == 0)
        (void)getnameinfo((struct sockaddr *)&address, size, NULL, 0, service, sizeof service,
                          NI_NUMERICSERV);
    return atoi(service);
}

static struct http_server_config with_defaults(const struct http_server_config *config)
{
    struct http_server_config full = *config;
    if (full.max_connections == 0)
        full.max_connections = 1000;
    if (full.body_limit == 0)
        full.body_limit = HTTP_BODY_LIMIT;
    if (full.receive_ms == 0)
        full.receive_ms = 10000;
    if (full.idle_ms == 0)
        full.idle_ms = 60000;
    return full;
}

static struct MHD_Daemon *start_daemon(struct http_server *server)
{
    unsigned stalled_s = (unsigned)(server->config.idle_ms / 1000 + 1);
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_access,
        server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server, MHD_OPTION_LISTEN_SOCKET,
        server->listener, MHD_OPTION_CONNECTION_LIMIT, server->config.max_connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        stalled_s, MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
}

int http_server_open(const void *arena, const struct http_server_config *config,
                     struct http_server **ret_server)
{
    struct http_server *server = mem_new(arena, struct http_server);
    server->config = with_defaults(config);
    server->now = clock_read();
    TAILQ_INIT(&server->peers);
    int r = open_listener(config->bind_address, config->port, &server->listener);
    if (r < 0) {
        mem_free(server);
        return r;
    }
    server->port = port_of(server->listener);
    server->daemon = start_daemon(server);
    if (server->daemon == NULL) {
        r = errno > 0 ? -errno : -ENOMEM;
        (void)close(server->listener);
        mem_free(server);
        return r;
    }
    server->epoll = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    *ret_server = server;
    return 0;
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}

int http_server_fd(const struct http_server *server)
{
    return server->epoll;
}

int64_t http_server_run(void *user, const struct clock_time *now)
{
    struct http_server *server = user;
    server->now = *now;
    size_t before = server->connections;
    sweep(server);
    (void)MHD_run(server->daemon);
    if (server->connections < before) /* accepting may go on, which only the next run sees to */
        return 0;
    MHD_UNSIGNED_LONG_LONG wait = SWEEP_MS;
    if (MHD_get_timeout(server->daemon, &wait) == MHD_NO)
        return TAILQ_EMPTY(&server->peers) ? -1 : SWEEP_MS;
    return wait < SWEEP_MS ? (int64_t)wait : SWEEP_MS;
}

size_t http_server_requests(const struct http_server *server)
{
    return server->requests;
}

size_t http_server_connections(const struct http_server *server)
{
    return server->connections;
}

void http_server_drain(struct http_server *server)
{
    struct peer *peer;
    if (server->draining)
        return;
    server->draining = true;
    (void)MHD_quiesce_daemon(server->daemon);
    (void)close(server->listener);
    TAILQ_FOREACH(peer, &server->peers, link)
    if (peer->exchange != NULL && peer->exchange->pull != NULL)
        http_wake(&peer->exchange->request);
}

/* libmicrohttpd stops only once nothing is suspended. */
static void release_all(struct http_server *server)
{
    struct peer *peer;
    server->closing = true;
    TAILQ_FOREACH(peer, &server->peers, link)
    {
        struct exchange *exchange = peer->exchange;
        if (exchange == NULL || !exchange->suspended)
            continue;
        if (exchange->complete && !exchange->answered)
            fail(exchange, 503, "unavailable");
        else
            resume(exchange);
    }
    (void)MHD_run(server->daemon);
}

void http_server_close(struct http_server *server)
{
    if (server == NULL)
        return;
    http_server_drain(server);
    release_all(server);
    MHD_stop_daemon(server->daemon);
    mem_free(server);
}
