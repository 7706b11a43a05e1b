/* serve: availability as tickets-svc serves it, from its memory.
 *
 * An event that nobody asked for yet is asked for once, at db-svc; what db-svc cannot answer now is
 * 503. From then on neither Kafka nor the database is touched. */
#pragma once

#include "libshared/service/service.h"

/* The service's hooks. */
int serve_start(struct service_context *context);
void serve_on_reply(void *context, const struct reply *reply);
void serve_stop(struct service_context *context);

/* Serves the availability of an event, or of a ticket type. */
void serve_availability(struct facade_call *call);
void serve_stream(struct facade_call *call);
/* Serves what happens to an event. */
void serve_facts(struct facade_call *call);

/* The pictures of events. */
struct event_pictures_wanted;
void serve_want_picture(const struct facade_call *call, const struct event_pictures_wanted *wanted);
