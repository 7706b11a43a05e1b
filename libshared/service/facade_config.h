/* facade_config: the routes of a facade, and what else it is configured with. Tables are borrowed
 * for good. */
#pragma once

#include "libshared/contract/command.h"
#include "libshared/contract/problem.h"
#include "libshared/http/api_keys.h"
#include "libshared/http/cors.h"
#include "libshared/http/server.h"
#include "libshared/kafka/replies.h"
#include "libshared/service/metrics.h"
#include "libshared/trace/tracer.h"

struct facade_call;

/* Ends with facade_respond() or facade_refuse(), now or later. */
typedef void facade_serve(struct facade_call *call);
/* The scopes that a body asks for, where they depend on it. */
typedef unsigned facade_scopes(const struct command_body *body);

/* Answers with what db-svc replied, in a form of its own. The body is the callback's. */
typedef void facade_show(struct facade_call *call, const void *body, size_t size);

/* Checks a body for what the service alone knows: PROBLEM_NONE, or why it is refused. */
typedef enum problem_code facade_check(struct facade_call *call, const struct command_body *body);
/* Told of what db-svc replied, before it is passed on. */
typedef void facade_told(struct facade_call *call, const struct reply *reply);

/* A name of a query string. */
struct route_parameter {
    const char *name, *type, *summary; /* of JSON Schema's types; a NULL name ends a list */
};

/* The documentation of a row, where its command and records have none. */
struct route_document {
    const char *name;                       /* operationId, in snake_case */
    const char *tag;                        /* NULL: the command's module */
    const char *description;                /* beside the summary; NULL: only who may */
    const struct route_parameter *path;     /* ids of its own in the path; NULL: none */
    const struct route_parameter *query;    /* NULL: none */
    const struct record *takes;             /* as application/json; NULL: nothing */
    const char *takes_type, *takes_example; /* besides or instead, as text; NULL: nothing */
    const char *const *takes_files;  /* bodies of these media types, ended by NULL; NULL: none */
    int status;                      /* of success; 0: 200 */
    const struct record *shows;      /* NULL: as `text` */
    const char *schema;              /* of JSON that is no record; NULL: see `json` */
    bool json;                       /* an object of any members */
    bool begins;                     /* is a command: key, Location, 409, 504 */
    bool keyed;                      /* takes an Idempotency-Key and echoes it */
    bool page;                       /* `shows` is the record of a page's items */
    const struct record *parameters; /* of its query string; NULL: as `query` */
    const struct route_parameter *headers; /* instead of If-None-Match; NULL: none */
    const int *refuses;     /* statuses besides those of all such routes, ended by 0; NULL: none */
    const char *over_kafka; /* with `description`; NULL: the command on its topic */
};

struct route {
    const char *method, *pattern; /* a NULL method ends a table */
    const char *command;          /* type of the command or query */
    unsigned scopes;              /* any one of these (enum api_scope); 0: no key is needed */
    facade_scopes *scopes_for;    /* asked besides, once the body is read; NULL: nothing more */
    facade_show *show;            /* of a reply of 200, as `content_type`; NULL: as it came */
    facade_check *check;          /* of a body that is right and allowed; NULL: none */
    facade_told *told;            /* of its reply; NULL: nobody */
    /* Names of the query string that `show` reads, besides the command's; NULL: none. */
    const struct record *parameters;
    const char *other_type; /* besides `content_type`, if Accept wants it; NULL: none */
    /* Those whose path and body are the same, but for these members, are refused alike when
     * db-svc says so: see refused_alike.h. Ended by NULL. NULL: each by itself. */
    const char *const *refused_alike_but_for;
    bool guarded; /* no key is needed unless the configuration says so */
    bool streams; /* may take long: a key has only so many of them at once */
    /* Called for local rows once the headers are there, e.g. to take the body as it comes. */
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
    size_t max_waiting;                /* for the refusal of another */
    const struct cors *cors;
    struct replies *replies;
    struct tracer *tracer; /* NULL: no traces are sent */
    struct metrics *metrics;
    /* Told of each reply before it is passed on. May be NULL. */
    void (*on_reply)(void *user, const struct reply *reply);
    void *user; /* for the local rows and `on_reply` */
};
