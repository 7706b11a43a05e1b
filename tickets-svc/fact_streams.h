/* fact_streams: the facts of an event as server-sent events (the HTML standard, section 9.2).
 *
 * Each message has `event: fact`, as `id` the position behind it, and as `data` the fact's ce_*
 * headers, its topic and its body. A reader that comes back with Last-Event-ID gets all from there
 * on, up to 24 h or FACTS_REPLAYED facts ago, else 410. At first and every 15 s of silence the
 * position alone is sent, so that it does not grow old; that also finds clients that have gone. A
 * client that reads slowly is waited for, and closed by the server when it takes nothing at all.
 *
 * Each stream has a thread that reads Kafka (fact_reader.h): there are FACT_STREAMS_MAX at most,
 * and FACT_STREAMS_OF_KEY of one key, so that it leaves some to others.
 * One thread, the loop's. Errors: 0 or -errno. */
#pragma once

#include "libshared/kafka/bus.h"
#include "libshared/service/facade.h"
#include "libshared/service/health.h"
#include "libshared/service/loop.h"

#define FACT_STREAMS_MAX 32
#define FACT_STREAMS_OF_KEY (FACT_STREAMS_MAX / 2)

struct fact_streams;

struct fact_streams_config {
    struct bus_config bus;
    struct loop *loop;
    struct health *health; /* tells when to end */
};

int fact_streams_open(const void *arena, const struct fact_streams_config *config,
                      struct fact_streams **ret_streams) __attribute__((warn_unused_result));
/* Ends the streams that are left, and waits for the threads. */
void fact_streams_close(struct fact_streams *streams);
size_t fact_streams_count(const struct fact_streams *streams);

/* Refuses a Last-Event-ID that is none; false: it is answered. */
bool fact_streams_accept(struct facade_call *call);
/* Answers the call, now or later: by a stream, or by why there is none. The event exists. */
void fact_streams_serve(struct fact_streams *streams, struct facade_call *call,
                        const char *event_id);
