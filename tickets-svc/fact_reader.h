/* fact_reader: reads the facts of one event from Kafka, on a thread of its own.
 *
 * It reads the event's partition of all topics of facts, from a position or from their ends. First
 * it makes sure that all from there on is kept, and is not too much or too old; only then is it
 * open. What it has read waits, as server-sent events, until it is taken: FACTS_KEPT bytes at the
 * most, then it reads no further. It ends behind event.deleted, and when a log does not go on where
 * it was (one that was restored).
 *
 * All but the thread is the loop's thread's. Errors: 0 or -errno. */
#pragma once

#include <stddef.h>

#include "libshared/kafka/bus.h"
#include "tickets-svc/fact_position.h"

#define FACTS_KEPT (256 * 1024)
#define FACTS_REPLAYED 10000

struct fact_reader;

struct fact_reader_config {
    struct bus_config bus;
    const char *event_id;                 /* borrowed until fact_reader_open() returns */
    const struct fact_position *position; /* likewise; NULL: the ends */
    int64_t since_ms;                     /* older facts are gone; wall clock */
    int news;                             /* an eventfd, signalled after every change */
};

enum fact_reader_state {
    FACTS_OPENING,
    FACTS_OPEN,
    FACTS_GONE, /* the position is no longer, or never was, in the log */
    FACTS_AWAY, /* the broker did not answer in time */
    FACTS_ENDED /* nothing follows what waits to be taken */
};

int fact_reader_open(const struct fact_reader_config *config, struct fact_reader **ret_reader)
    __attribute__((warn_unused_result));
enum fact_reader_state fact_reader_state(struct fact_reader *reader);
/* Copies what waits; 0: nothing does. */
size_t fact_reader_take(struct fact_reader *reader, char *buffer, size_t size);
/* Behind all that was taken, if nothing waits: a message that says only the position. Returns its
 * size; 0: something waits, or there is no room. */
size_t fact_reader_place(struct fact_reader *reader, char *buffer, size_t size);

/* Asks the thread to end; does not wait. */
void fact_reader_stop(struct fact_reader *reader);
/* Whether it has ended, so that closing does not wait. */
bool fact_reader_stopped(struct fact_reader *reader);
void fact_reader_close(struct fact_reader *reader);
