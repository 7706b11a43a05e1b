/* server: HTTP/1.1 on one thread (RFC 9110, RFC 9112).
 *
 * The owner's loop watches http_server_fd() and calls http_server_run() on every pass. For each
 * request the owner's `on_headers` is called when its headers are there and `handle` when its body
 * is. Either answers with http_respond(), `handle` also later: a request not answered when `handle`
 * returns waits, for as long as the owner lets it (the server gives no deadline to a request that
 * was handed over), and http_respond() then continues it. Exactly one http_respond() a request; it
 * ends the request for the caller, who must not touch it again (a stream's goes on to `done`), but
 * its arena lives until the answer is sent. `done` is called at that point, whether the client got
 * the answer or left.
 *
 * Faults of HTTP itself are answered here, with bodies from `error_response`: 400 (see head.h and
 * chunked.h; also a request that breaks off), 408 (one that is not there in time), 413, 414, 431;
 * the connection is closed after it. A connection on which no request began is closed in silence.
 *
 * One thread: the loop's. Memory: a request owns an arena. Errors: 0 or -errno. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libshared/base/clock.h"
#include "libshared/base/network.h"

struct http_server;

struct http_header {
    const char *name, *value;
};

struct http_request;

/* A body taken as it comes. Returns how many of the bytes it took; having taken fewer than all it
 * is called again, with the rest, after http_wake(). */
typedef size_t http_sink(struct http_request *request, const char *bytes, size_t size);

struct http_request {
    void *arena;
    const char *method;
    const char *path;      /* as sent: still percent-encoded, without the query */
    const char *query;     /* as sent, what follows '?'; "" if nothing does */
    const char *authority; /* the host, perhaps with a port, that it is for; NULL: not told */
    const char *body;      /* the whole of it and a NUL; "" with a sink */
    size_t body_size;
    struct network_address peer; /* who has the connection; see client_address.h */
    struct clock_time received;  /* the pass in which its headers were complete */

    /* The owner's, to set in `on_headers`. */
    void *user;
    const char *route;    /* named in the log, e.g. its pattern; NULL: "" */
    const char *trace_id; /* likewise; NULL: none */
    size_t body_limit;    /* bytes; from the configuration unless set */
    http_sink *sink;      /* NULL: the body is collected. With one, body_limit is not applied. */
};

/* The header of that name (any case), its lines joined by ", ", or NULL. Lives as long as the
 * request. */
const char *http_header(const struct http_request *request, const char *name);

/* Writes up to `size` bytes of the body; returns how many, or one of the three below. */
typedef ssize_t http_pull(void *user, char *buffer, size_t size);
#define HTTP_PULL_END (-1)
#define HTTP_PULL_LATER (-2)  /* nothing yet: asked again after http_wake() */
#define HTTP_PULL_FAILED (-3) /* cut off, so that the client sees it is not whole */

struct http_response {
    int status;
    const char *content_type; /* NULL: not sent */
    /* Borrowed until `done`: in the request's arena, or constant. */
    const void *body;
    size_t body_size;
    const struct http_header *headers; /* ends with a NULL name; NULL: none. Copied. */
    /* Instead of a body: streamed, chunked. */
    http_pull *pull;
    void *pull_user;
    bool endless; /* goes on until the client leaves, so that one that closes its side has left */
};

void http_respond(struct http_request *request, const struct http_response *response);
/* Whether the client of a request that is not answered has closed its side of the connection: it
 * has left, or listens at most. */
bool http_client_left(const struct http_request *request);
/* After a sink took less than all, or HTTP_PULL_LATER; too early or twice does no harm. Not once
 * `done` was called. */
void http_wake(struct http_request *request);

/* A fault of a request as HTTP. */
struct http_fault {
    int status;
    const char *code; /* the problem's */
    const char *const
        *headers; /* names of those at fault, ended by NULL; NULL: none in particular */
};

struct http_server_config {
    const char *bind_address; /* "127.0.0.1", "::1", "0.0.0.0", … */
    int port;                 /* 0: any free one, see http_server_port() */
    /* When there are as many, a new one takes the place of the one that idles longest; while none
     * idles, who comes waits, not yet accepted. 0: 1,000 */
    unsigned max_connections;
    /* The same for those of one client, see network_client(): one more gets 503 while none of them
     * idles. 0: no such bound */
    unsigned max_of_client;
    struct networks *exempt; /* from which as many may come as there is room for; NULL: none */
    size_t body_limit;       /* bytes; 0: HTTP_BODY_LIMIT */
    int64_t receive_ms;      /* a request must be there in this time, from its first byte on or
                              * since the connection is open; 0: 10,000 */
    int64_t idle_ms;         /* between two requests of a connection, longer than proxies keep
                              * theirs; 0: 75,000 */

    void *user;
    /* Headers are read. May answer (the body is then read and dropped, or refused). May be NULL. */
    void (*on_headers)(void *user, struct http_request *request);
    /* All is read. */
    void (*handle)(void *user, struct http_request *request);
    /* Fills in the answer to a fault; of the request there is what could be read. */
    void (*error_response)(void *user, struct http_request *request, const struct http_fault *fault,
                           struct http_response *ret_response);
    /* The request is over and its arena goes next; for counting. `status` 0: never answered. Also
     * for requests that never reached `on_headers` (`user` and `route` are NULL then). May be NULL.
     */
    void (*done)(void *user, const struct http_request *request, int status, int64_t duration_us);
};
#define HTTP_BODY_LIMIT (256 * 1024)

int http_server_open(const void *arena, const struct http_server_config *config,
                     struct http_server **ret_server) __attribute__((warn_unused_result));
int http_server_port(const struct http_server *server);

/* Readable when http_server_run() has something to do. */
int http_server_fd(const struct http_server *server);
/* A loop hook: does what can be done without waiting. Goes after all that calls http_respond() and
 * http_wake(), so that their answers leave in the same pass. */
int64_t http_server_run(void *server, const struct clock_time *now);

/* Requests begun and not done, and connections. */
size_t http_server_requests(const struct http_server *server);
size_t http_server_connections(const struct http_server *server);

struct http_server_counts {
    uint64_t evicted; /* connections closed to make room */
    uint64_t refused; /* connections of clients that had too many */
};
struct http_server_counts http_server_counts(const struct http_server *server);

/* Accepts no more, closes idle connections, and the others after their answer. Streams are asked
 * once more, so that they can end. Go on running; it is over when http_server_connections() is 0.
 */
void http_server_drain(struct http_server *server);
/* Requests that still wait get 503. Frees the server; NULL is allowed. */
void http_server_close(struct http_server *server);
