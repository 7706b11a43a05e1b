/* exchange: one request and its answer, as its owner sees them.
 *
 * Private to http/. The connection reads and writes; here is what the owner is told and asked, and
 * what it has answered. One thread. */
#pragma once

#include "libshared/base/log.h"
#include "libshared/http/answer.h"
#include "libshared/http/chunked.h"
#include "libshared/http/head.h"
#include "libshared/http/server.h"

struct connection;

struct exchange {
    struct http_request request; /* first: the owner's view of it */
    struct http_server *server;
    struct connection *connection;
    struct head head;
    struct chunked chunked;
    uint64_t left;       /* of a body whose length was declared */
    int64_t progress_ms; /* its deadline counts from here */
    bool complete, answered;
    bool suspended; /* it goes on when its owner says so */
    bool woken;     /* the owner said so meanwhile */
    bool closes;    /* what follows on the connection cannot be trusted, or is not waited for */
    uint64_t dropped;
    char *body;
    int status;
    struct answer answer;
};

/* Begins with a head of `size` bytes; with `fault` not NULL those are no head. Tells the owner. */
struct exchange *exchange_begin(struct connection *connection, const char *bytes, size_t size,
                                const struct http_fault *fault);
/* A piece of the body; returns how much of it was taken. */
size_t exchange_take(struct exchange *exchange, const char *bytes, size_t size);
/* The body is whole. */
void exchange_complete(struct exchange *exchange);
/* Answers in the owner's place, unless it has; the connection is to be closed then. */
void exchange_fail(struct exchange *exchange, const struct http_fault *fault);
/* Whether an answer can wait until the body was read and dropped. */
bool exchange_may_drop(const struct exchange *exchange);
/* Tells the owner that it is over, and frees it. */
void exchange_end(struct exchange *exchange);
