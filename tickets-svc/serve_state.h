/* serve_state: what runs in tickets-svc besides its facade. serve.c makes it, and others find its
 * parts in it. */
#pragma once

#include "libshared/service/service.h"

struct serve_state {
    struct service_context *context;
    struct availability_table *table;
    struct fact_follower *follower;
    struct streams *streams; /* NULL until all of it has started */
    struct fact_streams *fact_streams;
    struct ticket_printer *printer;
    struct event_pictures *pictures;
    const struct order_page *order_page;
};

/* That of a call's user, or of a hook's context. */
static inline struct serve_state *serve_state_of(const struct service_context *context)
{
    return context->own;
}
