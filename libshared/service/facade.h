/* facade: HTTP in front of commands and queries over Kafka, from a table of routes.
 *
 *   {"POST", "/v1/events/{event_id}/orders/{order_id}/confirm", .command = "order.confirm",
 *    .scopes = API_SELL},
 *
 * is all that a command needs to be served: key, media type, JSON, ids, validation, the headers
 * both ways, the problem for each failure and the OpenAPI document follow from the row and from the
 * contract. The path's parameters are called as the contract calls its ids. A row without a command
 * is local: its function answers.
 *
 * Answers are what db-svc replied, byte for byte. Not being answered is 503 when nothing was done
 * for certain (and for every query), else 504, with the Idempotency-Key to repeat the command with.
 *
 * One thread, the loop's. Freed with its arena, after the server. Tables are borrowed for good;
 * a row that contradicts the contract ends the process: it is a constant of the program. */
#pragma once

#include "libshared/contract/command.h"
#include "libshared/contract/problem.h"
#include "libshared/http/api_keys.h"
#include "libshared/http/cors.h"
#include "libshared/http/router.h"
#include "libshared/http/server.h"
#include "libshared/kafka/replies.h"
#include "libshared/service/metrics.h"

struct facade;
struct facade_call;

/* Ends with facade_respond() or facade_refuse(), now or later. */
typedef void facade_serve(struct facade_call *call);
/* The scopes that a body asks for, where they depend on it. */
typedef unsigned facade_scopes(const struct command_body *body);

/* Answers with what db-svc replied, in a form of its own. The body is the callback's. */
typedef void facade_show(struct facade_call *call, const void *body, size_t size);

/* What the service alone can tell of a body: PROBLEM_NONE, or why it is refused. */
typedef enum problem_code facade_check(const void *user, const struct command_body *body);

/* A name of a query string. */
struct route_parameter {
    const char *name, *type, *summary; /* of JSON Schema's types; a NULL name ends a list */
};

/* What the documents say of a row, where command and records say nothing. */
struct route_document {
    const char *name;                       /* operationId, in snake_case */
    const char *tag;                        /* NULL: the command's module */
    const char *description;                /* beside the summary; NULL: only who may */
    const struct route_parameter *path;     /* ids of its own in the path; NULL: none */
    const struct route_parameter *query;    /* NULL: none */
    const struct record *takes;             /* as application/json; NULL: nothing */
    const char *takes_type, *takes_example; /* besides or instead, as text; NULL: nothing */
    int status;                             /* of success; 0: 200 */
    const struct record *shows;             /* NULL: as `text` */
    bool json;                              /* an object of any members */
    bool begins;                            /* is a command: key, Location, 409, 504 */
    bool keyed;                             /* takes an Idempotency-Key and echoes it */
    bool page;                              /* `shows` is the record of a page's items */
    const struct record *parameters;        /* the names of its query string; NULL: as `query` */
};

struct route {
    const char *method, *pattern; /* a NULL method ends a table */
    const char *command;          /* type of the command or query */
    unsigned scopes;              /* any one of these (enum api_scope); 0: no key is needed */
    facade_scopes *scopes_for;    /* asked besides, once the body is read; NULL: nothing more */
    facade_show *show;            /* of a reply of 200, as `content_type`; NULL: as it came */
    facade_check *check;          /* of a body that is right and allowed; NULL: none */
    const char *other_type;       /* besides `content_type`, if Accept wants it; NULL: none */
    bool guarded;                 /* no key is needed unless the configuration says so */
    bool streams;                 /* may take long: a key has only so many of them at once */
    /* Of local rows, once the headers are there, e.g. to take the body as it comes. */
    facade_serve *on_headers;
    /* Answers local rows, and rows of a query that go to nobody: read and checked as any other,
     * see facade_asked(). */
    facade_serve *serve;
    int64_t patience_ms; /* how long its reply is waited for; 0: as long as any other */
    const char *summary; /* for the documents; NULL: the command's */
    const char *content_type;
    const char *asks;                      /* of local rows: the query that they send; NULL: none */
    const struct route_document *document; /* of rows that the contract does not describe */
};

struct facade_config {
    const struct route *const *tables; /* ends with NULL */
    const struct api_keys *keys;       /* NULL: everybody may do everything */
    bool only_loopback;                /* requests for other hosts are refused */
    bool guard;                        /* guarded rows ask for a key, whatever its scopes */
    size_t max_streams;                /* of one key, or of those without any; 0: no limit */
    const struct cors *cors;
    struct replies *replies;
    struct metrics *metrics;
    /* Told of each reply before it is passed on. May be NULL. */
    void (*on_reply)(void *user, const struct reply *reply);
    void *user; /* for the local rows, the checks and `on_reply` */
};

struct facade *facade_new(const void *arena, const struct facade_config *config);
/* The topics that the tables' commands go to, each once; NULL-ended, in `arena`. */
const char *const *facade_topics(const void *arena, const struct route *const *tables,
                                 size_t *ret_n);

/* Before http_server_run() in every pass: the time of what that begins. */
void facade_at(struct facade *facade, const struct clock_time *now);

/* From now on whatever is told or asked is REPLY_NOT_DONE; before the replies are closed. */
void facade_stop(struct facade *facade);

/* What an http_server is configured with; `facade` is its `user`. */
void facade_on_headers(void *facade, struct http_request *request);
void facade_handle(void *facade, struct http_request *request);
void facade_error(void *facade, struct http_request *request, const struct http_fault *fault,
                  struct http_response *ret_response);
void facade_done(void *facade, const struct http_request *request, int status, int64_t duration_us);

/* For `show`, when one reply is not all there is: the message that was sent (the caller owns it),
 * and another query of the row, for `done` to be told of exactly once. */
json_t *facade_message(struct facade_call *call);
void facade_ask(struct facade_call *call, const json_t *message,
                void (*done)(void *context, const struct reply *reply), void *context);

/* For local rows. */
struct http_request *facade_request(const struct facade_call *call);
/* What a query asks; lives until `serve` returns. */
const struct command_body *facade_asked(const struct facade_call *call);
void *facade_user(const struct facade_call *call);
/* The response's own headers are left out: add them with facade_header(), borrowed until sent. */
void facade_header(struct facade_call *call, const char *name, const char *value);
void facade_respond(struct facade_call *call, const struct http_response *response);
void facade_refuse(struct facade_call *call, enum problem_code code);
/* With members of the problem's own; borrowed. */
void facade_refuse_with(struct facade_call *call, enum problem_code code, json_t *members);
/* 422 for these of the body. */
void facade_refuse_invalid(struct facade_call *call, const struct violations *violations);
const char *facade_parameter(const struct facade_call *call, const char *name); /* of the path */
const char *facade_caller(const struct facade_call *call); /* the API key's name */
/* Reads the query string of a local row by `names` into *ret, whose text lives in `arena`. False:
 * it is answered. */
bool facade_parameters(struct facade_call *call, const void *arena, const struct record *names,
                       void *ret) __attribute__((warn_unused_result));
/* 422 for this name of the query string. */
void facade_refuse_parameter(struct facade_call *call, const char *name, enum violation_code code);
/* Whether the key has one of the scopes. */
bool facade_allows(const struct facade_call *call, unsigned scopes);
/* What a row keeps of its own with a request, and what is to be done with it when the request is
 * over, answered or not; it may still tell and ask then, of the call nothing else. */
void facade_set_context(struct facade_call *call, void *own, void (*ended)(void *own));
void *facade_context(const struct http_request *request);
/* The Idempotency-Key, drawn if there is none. NULL: it is no key, and that is answered. */
const char *facade_command_id(struct facade_call *call);
/* Sends a command; `done` is told exactly once. */
void facade_send(struct facade_call *call, const char *type, const char *key, const char *id,
                 const json_t *message, void (*done)(void *context, const struct reply *reply),
                 void *context);
/* Answers as for a row with a command. */
void facade_answer(struct facade_call *call, const struct reply *reply);
