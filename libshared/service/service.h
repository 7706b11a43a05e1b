/* service: what the four processes have in common, so that a main.c is tables and one call.
 *
 * Settings, log, signals, the loop, HTTP, API keys, replies, health, metrics, the documents and an
 * orderly end. A service brings its routes, and hooks for parts of its own.
 *
 * On SIGTERM: no new connections, what waits is answered, parts are stopped, what was accepted for
 * sending is sent; all within 5 s, exit code 0. A second signal does not wait for answers. */
#pragma once

#include <stdio.h>

#include "libshared/base/settings.h"
#include "libshared/service/facade.h"
#include "libshared/service/health.h"
#include "libshared/service/loop.h"
#include "libshared/service/metrics.h"
#include "libshared/trace/tracer.h"

#define SERVICE_VERSION "0.1.0"

struct docs;

/* What it says of itself, made when it is first asked for; of the context's arena. */
struct service_documents {
    const char *openapi, *asyncapi;
};

/* The parts that a service's own code may use; facade_user() of its local rows. Lives until after
 * `stop`. */
struct service_context {
    const struct service *service;
    const void *arena;
    const struct settings *settings;
    struct bus_config bus;
    struct loop *loop;
    struct health *health;
    struct metrics *metrics;
    struct replies *replies;
    struct tracer *tracer;             /* NULL: no traces are sent */
    const struct route *const *tables; /* all that are served */
    const struct docs *docs;
    struct service_documents *documents;
    void *own; /* for `start` to set */
};

/* Something that the program does instead of serving, once its settings are read. */
struct service_tool {
    const char *option; /* without its dashes */
    const char *help;   /* a line for --help */
    /* What follows the option; returns the exit code. */
    int (*run)(const struct service_context *context, int argc, char **argv);
};

struct service {
    const char *name;
    enum settings_service settings;
    int port;
    const struct route *routes;
    const char *const *groups;       /* of Kafka, that it joins; NULL: none */
    const char *const *asks;         /* queries of its own, besides its routes'; NULL: none */
    const struct service_tool *tool; /* NULL: none */
    /* Tells on `errors` every setting of its own that makes no sense. False: there is one, and the
     * service does not start. May be NULL. */
    bool (*check)(const struct service_context *context, FILE *errors);
    /* Runs before the first request, on the loop's thread, and must not wait for other parts to be
     * up: that is for health checks to tell. 0 or -errno, logged. May be NULL. */
    int (*start)(struct service_context *context);
    /* Told of each reply to a route's command before it is passed on. May be NULL. */
    void (*on_reply)(void *context, const struct reply *reply);
    /* Runs when the last request is answered; at most a second. Only after `start` succeeded. */
    void (*stop)(struct service_context *context);
};

/* Returns the exit code: 2 for wrong options or settings. */
int service_main(int argc, char **argv, const struct service *service);

/* The routes that every service has besides: /livez, /readyz, /healthz, /metrics, /openapi.json,
 * /docs. */
extern const struct route service_routes[];
/* /asyncapi.json: db-svc's. */
void service_serve_asyncapi(struct facade_call *call);
