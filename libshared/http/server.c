#include "libshared/http/server.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/http/admission.h"
#include "libshared/http/connection.h"
#include "libshared/http/connection_phase.h"
#include "libshared/http/exchange.h"
#include "libshared/http/listener.h"

#define SWEEP_MS 500
#define EVENTS 64        /* a pass */
#define ACCEPTS 64       /* a pass */
#define NO_ROOM_MS 1000L /* until accepting is tried again, whatever happens */

/* --- Accepting --- */

static void watch_listener(struct http_server *server, bool listening)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = server};
    if (server->listening == listening || server->listener < 0)
        return;
    server->listening = listening;
    (void)epoll_ctl(server->epoll, listening ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, server->listener,
                    &event);
}

/* New clients wait in the system's queue until there is room. */
static void stop_accepting(struct http_server *server)
{
    server->full_at = server->n_connections;
    server->retry_ms = server->now.monotonic_ms + NO_ROOM_MS;
    watch_listener(server, false);
}

static void accept_again(struct http_server *server)
{
    if (!server->listening &&
        (server->n_connections < server->full_at || admission_can_make_room(server) ||
         server->now.monotonic_ms >= server->retry_ms))
        watch_listener(server, true);
}

static int accept_from(struct http_server *server)
{
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof from;
    int fd =
        accept4(server->listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return fd < 0 ? -errno : connection_open(server, fd, (const struct sockaddr *)&from);
}

static bool is_short_of_descriptors(int r)
{
    return r == -EMFILE || r == -ENFILE;
}

static bool somebody_comes(const struct http_server *server)
{
    return poll(&(struct pollfd){.fd = server->listener, .events = POLLIN}, 1, 0) > 0;
}

static bool make_room(struct http_server *server)
{
    struct connection *evicted = admission_evict(server);
    if (evicted != NULL)
        connection_close(evicted);
    return evicted != NULL;
}

/* False: no more for now. */
static bool accept_one(struct http_server *server)
{
    bool full = server->n_connections >= server->config.max_connections;
    if (full && !somebody_comes(server))
        return false;
    if (full && !make_room(server)) {
        stop_accepting(server);
        return false;
    }
    int r = accept_from(server);
    if (is_short_of_descriptors(r) && make_room(server))
        r = accept_from(server);
    if (r == 0 || r == -EINTR || r == -ECONNABORTED)
        return true;
    if (r != -EAGAIN && r != -EWOULDBLOCK) {
        log_warning("http.accept", LOG_ERRNO(r), LOG_INT("connections", server->n_connections));
        stop_accepting(server);
    }
    return false;
}

static void accept_some(struct http_server *server)
{
    for (int n = 0; n < ACCEPTS && accept_one(server);)
        n++;
}

/* --- The server --- */

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

static int server_free(struct http_server *server)
{
    const int fds[] = {server->listener, server->epoll, server->wake};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    return 0;
}

static struct http_server *server_new(const void *arena, const struct http_server_config *config)
{
    struct http_server *server = mem_new(arena, struct http_server);
    server->config = with_defaults(config);
    server->now = clock_read();
    server->listener = server->epoll = server->wake = -1;
    TAILQ_INIT(&server->connections);
    TAILQ_INIT(&server->closed);
    TAILQ_INIT(&server->ready);
    admission_lists_init(&server->waiting);
    talloc_set_destructor(server, server_free);
    return server;
}

static int open_descriptors(struct http_server *server)
{
    int r = listener_open(server->config.bind_address, server->config.port, &server->listener);
    if (r < 0)
        return r;
    server->port = listener_port(server->listener);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (server->epoll < 0 || server->wake < 0 ||
        epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->wake, &event) < 0)
        return -errno;
    watch_listener(server, true);
    return 0;
}

int http_server_open(const void *arena, const struct http_server_config *config,
                     struct http_server **ret_server)
{
    struct http_server *server = server_new(arena, config);
    int r = open_descriptors(server);
    if (r < 0)
        mem_free(server);
    else
        *ret_server = server;
    return r;
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}

int http_server_fd(const struct http_server *server)
{
    return server->epoll;
}

size_t http_server_requests(const struct http_server *server)
{
    return server->requests;
}

size_t http_server_connections(const struct http_server *server)
{
    return server->n_connections;
}

struct http_server_counts http_server_counts(const struct http_server *server)
{
    return server->counts;
}

/* --- A pass --- */

/* TAILQ_FOREACH whose body may close the connection. */
#define FOREACH_CONNECTION(connection, next, list)                                                 \
    for ((connection) = TAILQ_FIRST(list);                                                         \
         (connection) != NULL && ((next) = TAILQ_NEXT((connection), link), true);                  \
         (connection) = (next))

static void sweep(struct http_server *server)
{
    struct connection *connection, *next;
    if (server->now.monotonic_ms < server->sweep_ms)
        return;
    server->sweep_ms = server->now.monotonic_ms + SWEEP_MS;
    FOREACH_CONNECTION(connection, next, &server->connections)
    connection_sweep(connection);
}

static void dispatch(struct http_server *server, const struct epoll_event *event)
{
    if (event->data.ptr == server)
        accept_some(server);
    else if (event->data.ptr != NULL)
        connection_event(event->data.ptr, event->events);
    else
        (void)!read(server->wake, &(uint64_t){0}, sizeof(uint64_t));
}

static void run_ready(struct http_server *server)
{
    struct connection *connection;
    while ((connection = TAILQ_FIRST(&server->ready)) != NULL) {
        TAILQ_REMOVE(&server->ready, connection, ready_link);
        connection->ready = false;
        connection_advance(connection);
    }
    server->woken = false;
}

static void bury_closed(struct http_server *server)
{
    struct connection *connection;
    while ((connection = TAILQ_FIRST(&server->closed)) != NULL) {
        TAILQ_REMOVE(&server->closed, connection, link);
        mem_free(connection);
    }
}

int64_t http_server_run(void *user, const struct clock_time *now)
{
    struct http_server *server = user;
    struct epoll_event events[EVENTS];
    server->now = *now;
    server->running = true;
    int count = epoll_wait(server->epoll, events, EVENTS, 0);
    for (int i = 0; i < count; i++)
        dispatch(server, &events[i]);
    run_ready(server);
    sweep(server);
    accept_again(server);
    server->running = false;
    bury_closed(server);
    return server->n_connections == 0 && server->listening ? -1 : SWEEP_MS;
}

/* --- The end --- */

void http_server_drain(struct http_server *server)
{
    struct connection *connection, *next;
    if (server->draining)
        return;
    server->draining = true;
    watch_listener(server, false);
    (void)close(server->listener);
    server->listener = -1;
    FOREACH_CONNECTION(connection, next, &server->connections)
    if (connection->exchange == NULL)
        connection_drain(connection);
    else if (connection->exchange->answered && connection->exchange->answer.pull != NULL)
        http_wake(&connection->exchange->request);
}

static void release(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    if (exchange == NULL || !exchange->suspended)
        return;
    if (exchange->complete && !exchange->answered) {
        exchange_fail(exchange, &(struct http_fault){.status = 503, .code = "unavailable"});
    } else {
        exchange->suspended = false;
        connection_resume(connection);
    }
}

void http_server_close(struct http_server *server)
{
    struct connection *connection, *next;
    if (server == NULL)
        return;
    http_server_drain(server);
    server->closing = true;
    FOREACH_CONNECTION(connection, next, &server->connections)
    release(connection);
    (void)http_server_run(server, &(struct clock_time){.wall_ms = server->now.wall_ms,
                                                       .monotonic_ms = server->now.monotonic_ms,
                                                       .monotonic_us = server->now.monotonic_us});
    FOREACH_CONNECTION(connection, next, &server->connections)
    connection_close(connection);
    mem_free(server);
}
