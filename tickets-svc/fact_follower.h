/* fact_follower: keeps the table of availability: every fact from before the first question on, the
 * questions, and what is forgotten.
 *
 * Reads all partitions of events.facts and tickets.facts, without a group, from the ends that they
 * have before anything is asked: what happened earlier is in the answers. A small thread finds
 * those ends, for as long as the broker is away. An offset that is not the one after the last means
 * that facts are missing (a log cut off or restored): the table forgets, and all is asked anew.
 *
 * One thread, the loop's. Freed with its arena, after the replies. Errors: 0 or -errno.
 */
#pragma once

#include "tickets-svc/questions.h"

struct fact_follower;

struct fact_follower_config {
    struct bus_config bus;
    struct loop *loop;
    struct replies *replies;
    struct availability_table *table;
};

int fact_follower_open(const void *arena, const struct fact_follower_config *config,
                       struct fact_follower **ret_follower) __attribute__((warn_unused_result));
/* Reads no more; questions may still end. After the loop's last pass. */
void fact_follower_close(struct fact_follower *follower);

/* NULL, or why facts are not followed yet (a fixed sentence). */
const char *fact_follower_unready(const struct fact_follower *follower);
/* The latest time for which the table is known to be right. */
int64_t fact_follower_as_of(const struct fact_follower *follower);

/* Asks db-svc about an event, or joins the question that is out. `done` is called once when it has
 * ended, maybe at once. */
void fact_follower_ask(struct fact_follower *follower, const char *event_id,
                       fact_follower_done *done, void *context);
/* A known event is shown: it is kept for some minutes, and asked about anew when the last answer is
 * old, which the reader does not wait for. */
void fact_follower_read(struct fact_follower *follower, const char *event_id);
