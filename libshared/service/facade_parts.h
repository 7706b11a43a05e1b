/* facade_parts: what the files of the facade share among themselves. Only libshared/service/facade*
 * includes it. */
#pragma once

#include "libshared/http/router.h"
#include "libshared/service/facade_call.h"
#include "libshared/service/message.h"
#include "libshared/service/refused_alike.h"
#include "libshared/service/stream_limit.h"
#include "libshared/service/turns.h"

/* A route as it is at work. */
struct target {
    const struct route *route;
    const struct command *command; /* NULL: local */
    struct metrics_route *metrics;
};

struct facade {
    struct facade_config config;
    struct router *router;
    struct metrics_route *nowhere; /* what no route serves */
    struct metrics_counter *outcomes[REPLY_UNKNOWN + 1];
    struct stream_limit *streams;
    struct turns *pages; /* of lists that are exported */
    struct refused_alike *refused_alike;
    struct metrics_counter *with_others; /* refused with another's answer */
    struct clock_time now;
    bool stopped;
};

#define HEADERS_MAX (8 + CORS_HEADERS)

struct facade_call {
    struct facade *facade;
    struct http_request *request;
    struct router_match match;
    const struct target *target; /* NULL: no route */
    struct api_caller caller;
    struct span span;                   /* of the request, if there is a tracer */
    char traceparent[TRACEPARENT_SIZE]; /* of what it sends; "": none */
    char trace_id[TRACE_ID_SIZE];       /* "": none */
    bool streams;                       /* counted as one of the caller's */
    const char *id;                     /* of a command; NULL: none yet */
    const void *mark;                   /* the row's, from its check on */
    const struct command_body *asked;   /* while a row's own function answers a query */
    struct http_header headers[HEADERS_MAX + 1];
    size_t n_headers;
    struct asker asker;     /* of a row with `refused_alike_but_for` */
    int64_t waits_since_ms; /* for another's refusal, by the monotonic clock; 0: it did not */
    void *own;              /* the row's */
    void (*ended)(void *own);
};

/* facade_trace.c: the span of a request, and what is sent because of it. */
void facade_trace_begin(struct facade_call *call);
void facade_trace_end(const struct facade_call *call, int status, int64_t duration_us);
/* NULL: none. */
const char *facade_traceparent(const struct facade_call *call);

/* facade_reply.c: answers with what db-svc replied; `context` is the call. */
void facade_replied(void *context, const struct reply *reply);
bool facade_is_command(const struct facade_call *call);
/* Of a row with `refused_alike_but_for`: what is refused alike, in the request's arena. */
const char *facade_kind(const struct facade_call *call, const json_t *body);
/* For refused_alike; the answer is a struct problem. */
void facade_refuse_alike(struct asker *asker, const void *answer);
void facade_give_up(struct asker *asker);
/* facade_forward.c: likewise. */
bool facade_send_after_all(struct asker *asker);

/* facade_call.c: what the request asks, once more: it was right. message_end() follows. */
void facade_read_again(struct facade_call *call, struct message *ret_message);

/* The ce_source of what it sends, in the request's arena. */
const char *facade_source(const struct facade_call *call);
/* Fills in an answer with a problem. Its instance is the command's receipt; without an
 * Idempotency-Key, or before the caller is known, one of its own. */
void facade_fill_problem(struct facade_call *call, struct problem *problem,
                         struct http_response *ret_response);
/* Adds the headers of CORS; `allow`: the methods of the address, or NULL. */
void facade_add_cors(struct facade_call *call, const char *allow);
/* Answers with a problem, as facade_fill_problem(). */
void facade_refuse_problem(struct facade_call *call, struct problem *problem);
/* Says in `errors` that it is this header of the request. */
