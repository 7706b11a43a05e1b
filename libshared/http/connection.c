#include "libshared/http/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "libshared/base/mem.h"

#define READ_BYTES 4096 /* at first */
#define LINGER_BYTES (8 * 1024 * 1024)
#define LINGER_QUIET_MS 2000 /* without a byte */

static int64_t now_ms(const struct connection *connection)
{
    return connection->server->now.monotonic_ms;
}

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
    if (admission_enter(connection, from))
        admission_wait(connection, ADMISSION_COMING);
    else
        refuse_client(connection);
    return 0;
}

void connection_close(struct connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->fd < 0)
        return;
    if (connection->exchange != NULL)
        exchange_end(connection->exchange);
    admission_leave(connection);
    (void)close(connection->fd);
    connection->fd = -1;
    TAILQ_REMOVE(&server->connections, connection, link);
    if (connection->ready)
        TAILQ_REMOVE(&server->ready, connection, ready_link);
    connection->ready = false;
    TAILQ_INSERT_TAIL(&server->closed, connection, link);
    server->n_connections--;
}

void connection_resume(struct connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->advancing || connection->ready)
        return;
    connection->ready = true;
    TAILQ_INSERT_TAIL(&server->ready, connection, ready_link);
    if (server->running || server->woken)
        return;
    server->woken = true;
    (void)!write(server->wake, &(uint64_t){1}, sizeof(uint64_t));
}

/* --- What comes in --- */

static const char *input(const struct connection *connection)
{
    return connection->in + connection->in_at;
}

static size_t input_size(const struct connection *connection)
{
    return connection->in_end - connection->in_at;
}

static void consume(struct connection *connection, size_t n)
{
    connection->in_at += n;
    if (input_size(connection) == 0)
        connection->in_at = connection->in_end = 0;
}

static void make_room(struct connection *connection)
{
    size_t size = input_size(connection);
    if (connection->in == NULL) {
        connection->in_room = READ_BYTES;
        connection->in = mem_grow(connection, NULL, char, READ_BYTES);
    } else if (connection->in_at > 0) {
        memmove(connection->in, input(connection), size);
    } else if (size == connection->in_room) {
        connection->in = mem_grow(connection, connection->in, char, 2 * size);
        connection->in_room = 2 * size;
    }
    connection->in_at = 0;
    connection->in_end = size;
}

/* Reads once what is there. */
static void fill(struct connection *connection)
{
    make_room(connection);
    ssize_t n = recv(connection->fd, connection->in + connection->in_end,
                     connection->in_room - connection->in_end, 0);
    if (n > 0)
        connection->in_end += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        connection->eof = true;
}

static void release_input(struct connection *connection)
{
    if (connection->in == NULL || input_size(connection) > 0)
        return;
    mem_free(connection->in);
    connection->in = NULL;
    connection->in_at = connection->in_end = connection->in_room = 0;
}

/* --- A head --- */

static void enter(struct connection *connection, enum connection_phase phase)
{
    static const enum admission_wait waits[] = {
        [CONNECTION_HEAD] = ADMISSION_IDLE,        [CONNECTION_BODY] = ADMISSION_BUSY,
        [CONNECTION_OWNER] = ADMISSION_BUSY,       [CONNECTION_ANSWER] = ADMISSION_BUSY,
        [CONNECTION_LINGER] = ADMISSION_LINGERING,
    };
    connection->phase = phase;
    connection->since_ms = now_ms(connection);
    admission_wait(connection, waits[phase]);
}

static void send_continue(struct connection *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    /* A socket that takes no 25 bytes at first is no good. */
    if (send(connection->fd, text, sizeof text - 1, MSG_NOSIGNAL) != sizeof text - 1)
        connection->eof = true;
}

static void begin(struct connection *connection, size_t size, const struct http_fault *fault)
{
    connection->used = true;
    connection->scan = (struct head_scan){0};
    enter(connection, CONNECTION_BODY);
    const struct exchange *exchange = exchange_begin(connection, input(connection), size, fault);
    consume(connection, size);
    bool body = exchange->head.chunked || exchange->left > 0;
    if (exchange->answered && (exchange->closes || (body && !exchange_may_drop(exchange))))
        enter(connection, CONNECTION_ANSWER);
    else if (exchange->head.expects && body && input_size(connection) == 0)
        send_continue(connection);
}

/* False: there is nothing more to do now; here and below. */
static bool read_head(struct connection *connection)
{
    size_t size = 0;
    struct http_fault fault = {0};
    bool first = connection->scan.seen == 0 && input_size(connection) > 0;
    switch (
        head_look(&connection->scan, input(connection), input_size(connection), &size, &fault)) {
    case HEAD_WHOLE:
        begin(connection, size, NULL);
        return true;
    case HEAD_REFUSED:
        begin(connection, input_size(connection), &fault);
        return true;
    case HEAD_MORE:
        break;
    }
    if (first && connection->used) {
        connection->since_ms = now_ms(connection);
        admission_wait(connection, ADMISSION_COMING);
    }
    if (connection->eof && input_size(connection) > 0) {
        begin(connection, input_size(connection),
              &(struct http_fault){.status = 400, .code = "invalid_request"});
        return true;
    }
    if (connection->eof)
        connection_close(connection);
    return false;
}

/* --- A body --- */

static bool refuse(struct connection *connection, const struct http_fault *fault)
{
    exchange_fail(connection->exchange, fault);
    enter(connection, CONNECTION_ANSWER);
    return true;
}

/* Takes the framing off up to the next piece; false: the body cannot go on. */
static bool skip_framing(struct connection *connection)
{
    struct chunked *chunked = &connection->exchange->chunked;
    consume(connection, chunked_take(chunked, input(connection), input_size(connection)));
    if (chunked->state != CHUNKED_INVALID && chunked->state != CHUNKED_TOO_LARGE)
        return true;
    bool invalid = chunked->state == CHUNKED_INVALID;
    (void)refuse(connection,
                 &(struct http_fault){.status = invalid ? 400 : 431,
                                      .code = invalid ? "invalid_request" : "headers_too_large"});
    return false;
}

static uint64_t body_left(const struct exchange *exchange)
{
    if (!exchange->head.chunked)
        return exchange->left;
    return exchange->chunked.state == CHUNKED_DATA ? exchange->chunked.left : 0;
}

static bool is_body_over(const struct exchange *exchange)
{
    return exchange->head.chunked ? exchange->chunked.state == CHUNKED_END : exchange->left == 0;
}

static void take_piece(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    uint64_t left = body_left(exchange);
    size_t size = input_size(connection) < left ? input_size(connection) : (size_t)left;
    if (size == 0)
        return;
    size_t taken = exchange_take(exchange, input(connection), size);
    if (exchange->head.chunked)
        chunked_took(&exchange->chunked, taken);
    else
        exchange->left -= taken;
    consume(connection, taken);
}

static bool read_body(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    if (exchange->suspended)
        return false;
    if (exchange->answered && !exchange_may_drop(exchange)) {
        exchange->closes = true;
        enter(connection, CONNECTION_ANSWER);
        return true;
    }
    if (exchange->head.chunked && !skip_framing(connection))
        return true;
    if (is_body_over(exchange)) {
        enter(connection, CONNECTION_OWNER);
        exchange_complete(exchange);
        return true;
    }
    if (input_size(connection) > 0) {
        take_piece(connection);
        return true;
    }
    if (connection->eof || connection->unwatched || connection->server->closing)
        connection_close(connection);
    return false;
}

/* --- An answer --- */

static void advance(struct connection *connection, bool happened);

/* One of a client that has too many. */
static void refuse_client(struct connection *connection)
{
    (void)exchange_begin(connection, NULL, 0,
                         &(struct http_fault){.status = 503, .code = "overloaded"});
    enter(connection, CONNECTION_ANSWER);
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
    enter(connection, CONNECTION_LINGER);
    connection->linger_ms = now_ms(connection);
    consume(connection, input_size(connection));
}

static bool finish(struct connection *connection, bool persistent)
{
    bool unread = !connection->exchange->complete || input_size(connection) > 0;
    exchange_end(connection->exchange);
    if (persistent && !connection->server->draining && !connection->unwatched)
        enter(connection, CONNECTION_HEAD);
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
            connection->since_ms = now_ms(connection);
        return false;
    default:
        connection_close(connection);
        return false;
    }
}

static void drop_input(struct connection *connection)
{
    connection->dropped += input_size(connection);
    if (input_size(connection) > 0)
        connection->since_ms = now_ms(connection);
    consume(connection, input_size(connection));
    if (connection->eof || connection->dropped > LINGER_BYTES)
        connection_close(connection);
}

/* --- All of it --- */

static bool step(struct connection *connection)
{
    switch (connection->phase) {
    case CONNECTION_HEAD:
        return read_head(connection);
    case CONNECTION_BODY:
        return read_body(connection);
    case CONNECTION_OWNER:
        if (!connection->exchange->answered)
            return false;
        enter(connection, CONNECTION_ANSWER);
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

/* What is no longer of interest is left on until it happens: most answers are there before more
 * input comes. */
static void watch_again(struct connection *connection, bool happened)
{
    bool output = connection->phase == CONNECTION_ANSWER && connection->blocked;
    uint32_t wanted = wants_input(connection) ? EPOLLIN : output ? EPOLLOUT : 0;
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
    release_input(connection);
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
    if (wants_input(connection))
        fill(connection);
    else if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !connection->blocked)
        leave(connection);
    advance(connection, true);
}

void connection_drain(struct connection *connection)
{
    if (connection->phase == CONNECTION_HEAD) {
        fill(connection);
        advance(connection, false);
    }
    if (connection->phase == CONNECTION_HEAD || connection->phase == CONNECTION_LINGER)
        connection_close(connection);
}

static int64_t time_left(const struct connection *connection)
{
    const struct http_server_config *config = &connection->server->config;
    const struct exchange *exchange = connection->exchange;
    int64_t spent = now_ms(connection) - connection->since_ms;
    switch (connection->phase) {
    case CONNECTION_HEAD:
        return (connection->used && connection->in == NULL ? config->idle_ms : config->receive_ms) -
               spent;
    case CONNECTION_BODY:
        return exchange->suspended
                   ? 1
                   : config->receive_ms - (now_ms(connection) - exchange->progress_ms);
    case CONNECTION_ANSWER:
        return connection->blocked ? config->idle_ms - spent : 1;
    case CONNECTION_LINGER:
        return now_ms(connection) - connection->linger_ms < config->receive_ms
                   ? LINGER_QUIET_MS - spent
                   : 0;
    default:
        return 1;
    }
}

void connection_sweep(struct connection *connection)
{
    if (time_left(connection) <= 0)
        connection_close(connection);
}
