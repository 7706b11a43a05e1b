/* exchange: one request and its answer, from the request line to the last byte.
 *
 * Private to http/: what libmicrohttpd calls for a request is here, what it calls for a connection
 * and the daemon itself are server's. One thread. */
#pragma once

#include <microhttpd.h>
#include <sys/queue.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/http/server.h"

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

/* libmicrohttpd's callbacks; `server` is the struct http_server. */
void *exchange_on_target(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result exchange_on_access(void *server, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_size, void **context);
void exchange_on_completed(void *server, struct MHD_Connection *connection, void **context,
                           enum MHD_RequestTerminationCode how);

/* At the server's end: one that waits for its answer gets 503, another is continued. */
void exchange_release(struct exchange *exchange);

/* Warnings about what clients see, a few a second. */
enum log_level exchange_log_level(struct http_server *server, int status);
