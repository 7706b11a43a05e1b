/* follow: keeps the table of availability: every fact from before the first question on, the
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

struct follow;

struct follow_config {
    struct bus_config bus;
    struct loop *loop;
    struct replies *replies;
    struct availability_table *table;
};

int follow_open(const void *arena, const struct follow_config *config, struct follow **ret_follow)
    __attribute__((warn_unused_result));
/* Reads no more; questions may still end. After the loop's last pass. */
void follow_close(struct follow *follow);

/* NULL, or why facts are not followed yet (a fixed sentence). */
const char *follow_unready(const struct follow *follow);
/* The latest time for which the table is known to be right. */
int64_t follow_as_of(const struct follow *follow);

/* Asks db-svc about an event, or joins the question that is out. `done` is called once when it has
 * ended, maybe at once. */
void follow_ask(struct follow *follow, const char *event_id, follow_done *done, void *context);
/* A known event is shown: it is kept for some minutes, and asked about anew when the last answer is
 * old, which the reader does not wait for. */
void follow_read(struct follow *follow, const char *event_id);
