#include "libshared/http/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/http/admission.h"
#include "libshared/http/connection_input.h"
#include "libshared/http/connection_phase.h"
#include "libshared/http/connection_read.h"
#include "libshared/http/exchange.h"

#define LINGER_BYTES (8 * 1024 * 1024)
#define LINGER_QUIET_MS 2000 /* without a byte */

/* --- Open and closed --- */

static int watch(struct connection *connection, int how, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    connection->watched = events;
    return epoll_ctl(connection->server->epoll, how, connection->fd, &event) < 0 ? -errno : 0;
}

static void refuse_client(struct connection *connection);

int connection_open(struct http_server *server, int fd, const struct sockaddr *from)
{
    int on = 1;
    struct connection *connection = mem_new(server, struct connection);
    connection->server = server;
    connection->fd = fd;
    connection->peer = network_address_of(from);
    connection->since_ms = server->now.monotonic_ms;
    int r = watch(connection, EPOLL_CTL_ADD, EPOLLIN);
    if (r < 0) {
        (void)close(fd);
        mem_free(connection);
        return r;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    TAILQ_INSERT_TAIL(&server->connections, connection, link);
    server->n_connections++;
    struct connection *evicted;
    if (admission_enter(connection, &evicted))
        admission_wait(connection, ADMISSION_COMING);
    else
        refuse_client(connection);
    if (evicted != NULL)
        connection_close(evicted);
    return 0;
}

/* --- An answer --- */

static void advance(struct connection *connection, bool happened);

/* One of a client that has too many. */
static void refuse_client(struct connection *connection)
{
    (void)exchange_begin(connection, NULL, 0,
                         &(struct http_fault){.status = 503, .code = "overloaded"});
    connection_enter(connection, CONNECTION_ANSWER);
    advance(connection, false);
}

/* Whether the connection can take another request after this one. */
static bool is_persistent(const struct connection *connection)
{
    const struct exchange *exchange = connection->exchange;
    bool delimited = exchange->answer.pull == NULL || exchange->answer.framed;
    return exchange->head.persistent && exchange->complete && !exchange->closes && delimited &&
           !connection->server->draining;
}

static void linger(struct connection *connection)
{
    (void)shutdown(connection->fd, SHUT_WR);
    connection_enter(connection, CONNECTION_LINGER);
    connection->linger_ms = connection_now_ms(connection);
    connection_consume(connection, connection_input_size(connection));
}

static bool finish(struct connection *connection, bool persistent)
{
    bool unread = !connection->exchange->complete || connection_input_size(connection) > 0;
    exchange_end(connection->exchange);
    if (persistent && !connection->server->draining && !connection->unwatched)
        connection_enter(connection, CONNECTION_HEAD);
    else if (unread && !connection->eof && !connection->unwatched)
        linger(connection);
    else
        connection_close(connection);
    return connection->fd >= 0;
}

static enum answer_outcome send_more(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    enum answer_outcome outcome;
    LOG_TRACE(exchange->request.trace_id);
    do {
        exchange->woken = false;
        outcome = connection->server->closing && exchange->answer.pull != NULL
                      ? ANSWER_FAILED
                      : answer_send(&exchange->answer, exchange->request.arena, connection->fd);
    } while (outcome == ANSWER_LATER && exchange->woken);
    return outcome;
}

static bool write_answer(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    bool persistent = is_persistent(connection);
    if (exchange->suspended)
        return false;
    if (exchange->answer.out == NULL)
        answer_begin(&exchange->answer, persistent, exchange->head.old);
    size_t sent = exchange->answer.out_sent + exchange->answer.body_sent;
    enum answer_outcome outcome = send_more(connection);
    connection->blocked = outcome == ANSWER_BLOCKED || outcome == ANSWER_BUSY;
    switch (outcome) {
    case ANSWER_SENT:
        return finish(connection, persistent);
    case ANSWER_LATER:
        exchange->suspended = true;
        return false;
    case ANSWER_BLOCKED:
    case ANSWER_BUSY:
        if (sent != exchange->answer.out_sent + exchange->answer.body_sent)
            connection->since_ms = connection_now_ms(connection);
        return false;
    default:
        connection_close(connection);
        return false;
    }
}

static void drop_input(struct connection *connection)
{
    connection->dropped += connection_input_size(connection);
    if (connection_input_size(connection) > 0)
        connection->since_ms = connection_now_ms(connection);
    connection_consume(connection, connection_input_size(connection));
    if (connection->eof || connection->dropped > LINGER_BYTES)
        connection_close(connection);
}

/* --- All of it --- */

static bool step(struct connection *connection)
{
    switch (connection->phase) {
    case CONNECTION_HEAD:
        return connection_read_head(connection);
    case CONNECTION_BODY:
        return connection_read_body(connection);
    case CONNECTION_OWNER:
        if (!connection->exchange->answered)
            return false;
        connection_enter(connection, CONNECTION_ANSWER);
        return true;
    case CONNECTION_ANSWER:
        return write_answer(connection);
    case CONNECTION_LINGER:
        drop_input(connection);
        return false;
    }
    return false;
}

static bool wants_input(const struct connection *connection)
{
    switch (connection->phase) {
    case CONNECTION_HEAD:
    case CONNECTION_LINGER:
        return true;
    case CONNECTION_BODY:
        return !connection->exchange->suspended;
    default:
        return false;
    }
}

/* An endless answer that has nothing to send at the moment. */
static bool is_idle_stream(const struct connection *connection)
{
    return connection->phase == CONNECTION_ANSWER && connection->exchange->suspended &&
           connection->exchange->answer.endless;
}

static uint32_t wanted_events(const struct connection *connection)
{
    if (wants_input(connection))
        return EPOLLIN;
    if (is_idle_stream(connection))
        return EPOLLRDHUP;
    return connection->phase == CONNECTION_ANSWER && connection->blocked ? EPOLLOUT : 0;
}

/* An event that is no longer of interest stays watched until it happens: most answers are there
 * before more input comes. */
static void watch_again(struct connection *connection, bool happened)
{
    const uint32_t wanted = wanted_events(connection);
    if (connection->unwatched || wanted == connection->watched)
        return;
    if (wanted != 0 || happened || connection->watched == EPOLLOUT)
        (void)watch(connection, EPOLL_CTL_MOD, wanted);
}

static void advance(struct connection *connection, bool happened)
{
    connection->advancing = true;
    while (connection->fd >= 0 && step(connection))
        ;
    connection->advancing = false;
    if (connection->fd < 0)
        return;
    connection_release_input(connection);
    watch_again(connection, happened);
}

void connection_advance(struct connection *connection)
{
    advance(connection, false);
}

/* Its owner may still hold the request, and is not told before it lets go. */
static void leave(struct connection *connection)
{
    (void)epoll_ctl(connection->server->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
    connection->unwatched = true;
}

void connection_event(struct connection *connection, uint32_t events)
{
    if (connection->fd < 0)
        return;
    if (is_idle_stream(connection) && (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0) {
        connection_close(connection);
        return;
    }
    if (wants_input(connection))
        connection_fill(connection);
    else if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !connection->blocked)
        leave(connection);
    advance(connection, true);
}

void connection_drain(struct connection *connection)
{
    if (connection->phase == CONNECTION_HEAD) {
        connection_fill(connection);
        advance(connection, false);
    }
    if (connection->phase == CONNECTION_HEAD || connection->phase == CONNECTION_LINGER)
        connection_close(connection);
}

static int64_t time_left(const struct connection *connection)
{
    const struct http_server_config *config = &connection->server->config;
    const struct exchange *exchange = connection->exchange;
    int64_t spent = connection_now_ms(connection) - connection->since_ms;
    switch (connection->phase) {
    case CONNECTION_HEAD:
        return (connection->used && connection->in == NULL ? config->idle_ms : config->receive_ms) -
               spent;
    case CONNECTION_BODY:
        return exchange->suspended
                   ? 1
                   : config->receive_ms - (connection_now_ms(connection) - exchange->progress_ms);
    case CONNECTION_ANSWER:
        return connection->blocked ? config->idle_ms - spent : 1;
    case CONNECTION_LINGER:
        return connection_now_ms(connection) - connection->linger_ms < config->receive_ms
                   ? LINGER_QUIET_MS - spent
                   : 0;
    default:
        return 1;
    }
}

void connection_sweep(struct connection *connection)
{
    static const struct http_fault late = {.status = 408, .code = "request_timeout"};
    if (time_left(connection) > 0)
        return;
    if (!connection->unwatched && connection_give_up(connection, &late))
        advance(connection, false);
    else
        connection_close(connection);
}
