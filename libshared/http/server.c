#include "libshared/http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/http/exchange.h"
#include "libshared/http/listener.h"

#define CONNECTION_BYTES (20 * 1024) /* libmicrohttpd's: a head, and a piece of a body */
#define SWEEP_MS 500

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
    TAILQ_FOREACH (peer, &server->peers, link)
        if (is_overdue(server, peer))
            shut(peer, SHUT_RDWR);
        else if (server->draining && peer->exchange == NULL)
            shut(peer, SHUT_RD); /* a request that is under way to us is still read */
}

/* The server */

static size_t leave_escaped(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strlen(text);
}

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
    log_write_(exchange_log_level(server, ours ? 500 : 400), "http.library", LOG_STR("text", text));
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
        full.idle_ms = 75000;
    return full;
}

static struct MHD_Daemon *start_daemon(struct http_server *server)
{
    unsigned stalled_s = (unsigned)(server->config.idle_ms / 1000 + 1);
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL,
                            NULL, exchange_on_access, server, MHD_OPTION_EXTERNAL_LOGGER, on_log,
                            server, MHD_OPTION_LISTEN_SOCKET, server->listener,
                            MHD_OPTION_CONNECTION_LIMIT, server->config.max_connections,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                            MHD_OPTION_CONNECTION_TIMEOUT, stalled_s, MHD_OPTION_URI_LOG_CALLBACK,
                            exchange_on_target, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped,
                            NULL, MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, server,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
}

int http_server_open(const void *arena, const struct http_server_config *config,
                     struct http_server **ret_server)
{
    struct http_server *server = mem_new(arena, struct http_server);
    server->config = with_defaults(config);
    server->now = clock_read();
    TAILQ_INIT(&server->peers);
    int r = listener_open(config->bind_address, config->port, &server->listener);
    if (r < 0) {
        mem_free(server);
        return r;
    }
    server->port = listener_port(server->listener);
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
    TAILQ_FOREACH (peer, &server->peers, link)
        if (peer->exchange != NULL && peer->exchange->pull != NULL)
            http_wake(&peer->exchange->request);
}

/* libmicrohttpd stops only once nothing is suspended. */
static void release_all(struct http_server *server)
{
    struct peer *peer;
    server->closing = true;
    TAILQ_FOREACH (peer, &server->peers, link)
        if (peer->exchange != NULL)
            exchange_release(peer->exchange);
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
