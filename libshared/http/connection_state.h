/* connection_state: what is known of a connection and of its server, for the files of both.
 *
 * Private to http/. One thread. */
#pragma once

#include <sys/queue.h>

#include "libshared/http/answer.h"
#include "libshared/http/head.h"
#include "libshared/http/server.h"

struct client;
struct exchange;
TAILQ_HEAD(waiting, connection);

/* How a connection waits. */
enum admission_wait {
    ADMISSION_BUSY, /* it does not */
    ADMISSION_LINGERING,
    ADMISSION_IDLE,
    ADMISSION_COMING, /* for its first request, or the rest of another's head */
};

/* Those that wait; each list begins with the one that goes first. */
struct admission_lists {
    struct waiting idle, coming;
};

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
    bool used;         /* had a request */
    bool eof;          /* nothing more will come */
    bool blocked;      /* the answer waits for the socket */
    bool advancing;    /* connection_advance() is at it */
    bool ready;        /* in the server's list */
    int64_t since_ms;  /* open, idle, in its head, blocked or lingering */
    int64_t linger_ms; /* when it began to */
    uint64_t dropped;  /* while lingering */
    struct network_address peer;
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

int64_t connection_now_ms(const struct connection *connection);
/* Its exchange goes on, in this pass or the next. */
void connection_resume(struct connection *connection);
