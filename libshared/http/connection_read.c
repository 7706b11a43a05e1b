#include "libshared/http/connection_read.h"

#include <sys/socket.h>

#include "libshared/http/admission.h"
#include "libshared/http/connection_input.h"
#include "libshared/http/connection_phase.h"
#include "libshared/http/exchange.h"

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
    connection_enter(connection, CONNECTION_BODY);
    const struct exchange *exchange =
        exchange_begin(connection, connection_input(connection), size, fault);
    connection_consume(connection, size);
    bool body = exchange->head.chunked || exchange->left > 0;
    if (exchange->answered && (exchange->closes || (body && !exchange_may_drop(exchange))))
        connection_enter(connection, CONNECTION_ANSWER);
    else if (exchange->head.expects && body && connection_input_size(connection) == 0)
        send_continue(connection);
}

static bool refuse(struct connection *connection, const struct http_fault *fault)
{
    exchange_fail(connection->exchange, fault);
    connection_enter(connection, CONNECTION_ANSWER);
    return true;
}

/* An answer that was there before its body goes out without it. */
bool connection_give_up(struct connection *connection, const struct http_fault *fault)
{
    if (connection->phase == CONNECTION_BODY)
        return refuse(connection, fault);
    if (connection->phase != CONNECTION_HEAD || connection_input_size(connection) == 0)
        return false;
    begin(connection, connection_input_size(connection), fault);
    return true;
}

/* No more comes. */
static bool end_input(struct connection *connection)
{
    static const struct http_fault fault = {.status = 400, .code = "invalid_request"};
    if (connection_give_up(connection, &fault))
        return true;
    connection_close(connection);
    return false;
}

bool connection_read_head(struct connection *connection)
{
    size_t size = 0;
    struct http_fault fault = {0};
    bool first = connection->scan.seen == 0 && connection_input_size(connection) > 0;
    switch (head_look(&connection->scan, connection_input(connection),
                      connection_input_size(connection), &size, &fault)) {
    case HEAD_WHOLE:
        begin(connection, size, NULL);
        return true;
    case HEAD_REFUSED:
        begin(connection, connection_input_size(connection), &fault);
        return true;
    case HEAD_MORE:
        break;
    }
    if (first && connection->used) {
        connection->since_ms = connection_now_ms(connection);
        admission_wait(connection, ADMISSION_COMING);
    }
    return connection->eof && end_input(connection);
}

/* --- A body --- */

/* Takes the framing off up to the next piece; false: the body cannot go on. */
static bool skip_framing(struct connection *connection)
{
    struct chunked *chunked = &connection->exchange->chunked;
    connection_consume(connection, chunked_take(chunked, connection_input(connection),
                                                connection_input_size(connection)));
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
    size_t size =
        connection_input_size(connection) < left ? connection_input_size(connection) : (size_t)left;
    if (size == 0)
        return;
    size_t taken = exchange_take(exchange, connection_input(connection), size);
    if (exchange->head.chunked)
        chunked_took(&exchange->chunked, taken);
    else
        exchange->left -= taken;
    connection_consume(connection, taken);
}

bool connection_read_body(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    if (exchange->suspended)
        return false;
    if (exchange->answered && !exchange_may_drop(exchange)) {
        exchange->closes = true;
        connection_enter(connection, CONNECTION_ANSWER);
        return true;
    }
    if (exchange->head.chunked && !skip_framing(connection))
        return true;
    if (is_body_over(exchange)) {
        connection_enter(connection, CONNECTION_OWNER);
        exchange_complete(exchange);
        return true;
    }
    if (connection_input_size(connection) > 0) {
        take_piece(connection);
        return true;
    }
    if (connection->unwatched || connection->server->closing) {
        connection_close(connection);
        return false;
    }
    return connection->eof && end_input(connection);
}
