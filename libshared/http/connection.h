/* connection: one client's connection, from its acceptance to its last byte.
 *
 *   HEAD -> BODY -> OWNER -> ANSWER -> HEAD … -> closed
 *                                   -> LINGER -> closed
 *
 * After an answer that leaves bytes unread the connection lingers: it is read and dropped for a
 * moment, since closing it at once would take the answer from a client that is still sending.
 *
 * Private to http/. One thread. A connection that is closed stays until the server's pass ends, so
 * that nothing in that pass finds it gone. */
#pragma once

#include <sys/queue.h>

#include "libshared/http/admission.h"
#include "libshared/http/exchange.h"

enum connection_phase {
    CONNECTION_HEAD,
    CONNECTION_BODY,
    CONNECTION_OWNER, /* the owner has not answered */
    CONNECTION_ANSWER,
    CONNECTION_LINGER,
};

struct connection {
    struct http_server *server;
    int fd; /* -1: closed */
    enum connection_phase phase;
    uint32_t watched; /* epoll's events */
    bool unwatched;   /* epoll knows it no more: the client has gone */
    struct exchange *exchange;
    char *in; /* what came and was not looked at; NULL: nothing */
    size_t in_at, in_end, in_room;
    struct head_scan scan;
    bool used;             /* had a request */
    bool eof;              /* nothing more will come */
    bool blocked;          /* the answer waits for the socket */
    bool advancing;        /* connection_advance() is at it */
    bool ready;            /* in the server's list */
    int64_t since_ms;      /* open, idle, in its head, blocked or lingering */
    int64_t linger_ms;     /* when it began to */
    uint64_t dropped;      /* while lingering */
    struct client *client; /* whose it is; NULL: of nobody who is counted */
    enum admission_wait waits;
    TAILQ_ENTRY(connection) link, ready_link, waiting_link, client_link;
};
TAILQ_HEAD(connections, connection);

struct http_server {
    struct http_server_config config;
    int listener; /* -1: closed */
    int epoll, wake, port;
    bool listening;   /* the listener is watched */
    size_t full_at;   /* else: with so many connections there was no room for more */
    int64_t retry_ms; /* and then it is tried again anyway */
    bool running, woken, draining, closing;
    struct clock_time now;
    int64_t date_s; /* the second that `date` is of */
    char date[ANSWER_DATE_SIZE];
    int64_t sweep_ms;
    int64_t warnings_from_ms;
    int warnings;
    size_t n_connections, requests;
    struct http_server_counts counts;
    struct connections connections, closed, ready;
    struct admission_lists waiting;
    struct client *clients; /* a hash */
};

/* Takes the descriptor of who comes `from` there. 0 or -errno, having closed it. */
int connection_open(struct http_server *server, int fd, const struct sockaddr *from)
    __attribute__((warn_unused_result));
void connection_close(struct connection *connection);
/* Handles these events of epoll. */
void connection_event(struct connection *connection, uint32_t events);
/* Goes on as far as can be. */
void connection_advance(struct connection *connection);
/* Its exchange goes on, in this pass or the next. */
void connection_resume(struct connection *connection);
/* Closes it if it has no request, not even one that has come and was not read yet. */
void connection_drain(struct connection *connection);
/* Closes it if it has had its time. */
void connection_sweep(struct connection *connection);
