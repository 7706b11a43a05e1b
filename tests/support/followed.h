/* followed: the table of availability for its suites: what is answered, told and shown of one
 * event.
 *
 * In texts ' stands for ". Times are the test's; `now_ms` is monotonic. */
#pragma once

#include "tickets-svc/availability.h"
#include "tests/support/ids.h"

#define FOLLOWED_NOW 1777658400000 /* 2026-05-01T18:00:00Z */

struct followed {
    void *arena;
    struct availability_table *table;
    int64_t now_ms;
    int changes; /* that were told of the event */
    char tag[AVAILABILITY_TAG_SIZE];
};

void followed_open(struct followed *followed);
void followed_close(struct followed *followed);

json_t *followed_json(const struct followed *followed, const char *text);
/* A question goes out; what is answered to it (NULL: there is no such event). */
void followed_ask(struct followed *followed);
int followed_answer(struct followed *followed, const char *text);
int followed_fact(struct followed *followed, const char *type, const char *body);
/* What a reply's header `stock` says. */
void followed_reply(struct followed *followed, const char *levels);

/* What is shown of the event, or of one type of it; the caller's. */
json_t *followed_shown(struct followed *followed, const char *ticket_type_id, int64_t now);
