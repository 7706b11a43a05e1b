/* pool: what becomes of the pools of an event when the event is edited.
 *
 * Their counters of sold and held move with their ticket types, by stock.h. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"

/* Whether the pools may become what `wanted` lists: none below what is sold and held, none gone
 * that a type is in. */
bool pool_check(struct decision *decision, const struct event *was, const struct event *wanted,
                struct answer *ret_refusal);
/* Makes them so, and lists in `fact` all that there are and were. `was` NULL: a new event's. */
void pool_put(struct decision *decision, const struct event *was, const struct event *event,
              struct fact_body *fact);

/* With its event, of which nothing is sold or held. */
void pool_close(struct decision *decision, const struct pool *pool);

/* The pool of that name that a type may be in; NULL: the event has none. */
const struct pool *pool_find(struct decision *decision, const char *event_id, const char *name);
