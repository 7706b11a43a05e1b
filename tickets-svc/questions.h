/* questions: what db-svc is asked about events (availability.get), one question an event at a time.
 *
 * Asked for readers, who may join a question that is out, and by itself for events with a gap, so
 * many at once. Answers go to the table. One thread, the loop's. Freed with its arena, after the
 * replies. */
#pragma once

#include "libshared/kafka/replies.h"
#include "libshared/service/loop.h"
#include "tickets-svc/availability.h"

struct questions;

struct questions_config {
    struct loop *loop;
    struct replies *replies;
    struct availability_table *table;
};

enum question_outcome {
    QUESTION_ANSWERED,   /* the table knows what there is */
    QUESTION_NO_EVENT,   /* there is no such event */
    QUESTION_UNANSWERED, /* db-svc, the database or the broker is away, or nothing is followed yet
                          */
};
typedef void fact_follower_done(void *context, enum question_outcome outcome);

struct questions *questions_new(const void *arena, const struct questions_config *config);

/* `event_id` is shorter than ID_SIZE. `done` is called once when the question has ended, maybe at
 * once; NULL: nobody waits. */
void questions_ask(struct questions *questions, const char *event_id, fact_follower_done *done,
                   void *context);
/* Asks about events with a gap that may be asked about now. */
void questions_close_gaps(struct questions *questions);
