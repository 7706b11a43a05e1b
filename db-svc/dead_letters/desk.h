/* desk: what administrators do about dead letters over HTTP.
 *
 * A thread of its own reads Kafka and MongoDB, one request after the other; the loop's thread asks
 * and answers. */
#pragma once

#include "libshared/service/service.h"

struct desk;

/* All is borrowed until desk_stop(). */
int desk_start(const struct bus_config *bus, const struct settings *settings, struct loop *loop,
               struct desk **ret_desk) __attribute__((warn_unused_result));
void desk_stop(struct desk *desk); /* NULL is allowed; once the loop has ended */

/* Local rows. */
void desk_serve_list(struct facade_call *call);
void desk_serve_get(struct facade_call *call);
void desk_serve_resend(struct facade_call *call);
void desk_serve_discard(struct facade_call *call);
extern const struct route_document desk_list_document, desk_get_document, desk_resend_document,
    desk_discard_document;
