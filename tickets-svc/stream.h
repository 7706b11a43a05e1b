/* stream: changes of availability as server-sent events (the HTML standard, section 9.2).
 *
 * A stream begins with the present state, then has every change that the table sees, each as the
 * whole answer to availability.get: `event: availability`, `id` the content's tag. A client that
 * reads too slowly misses changes in between, never the last. A comment every 15 s keeps proxies
 * from closing it and finds clients that have gone. Streams end when the event is gone and when the
 * service stops.
 *
 * One thread, the loop's. Freed with its arena, after the server. */
#pragma once

#include "libshared/http/server.h"
#include "libshared/service/health.h"
#include "tickets-svc/fact_follower.h"

struct streams;

struct streams_config {
    struct loop *loop;
    struct health *health; /* tells when to end */
    struct fact_follower *follower;
    struct availability_table *table;
    size_t max;
};

struct streams *streams_new(const void *arena, const struct streams_config *config);

/* The table's callback. */
void streams_changed(void *streams, const char *event_id);

size_t streams_count(const struct streams *streams);
/* A stream of an event that the table knows, to answer the request with: its pull and what that is
 * called with, which lives in the request's arena. False: there are too many. */
bool streams_open(struct streams *streams, struct http_request *request, const char *event_id,
                  struct http_response *ret_response) __attribute__((warn_unused_result));
