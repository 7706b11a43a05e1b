/* event: a new event, and what follows from its being there. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"

/* A new event with all members but the common ones of `wanted`, a draft unless it says else: with
 * its pools, its reminder and the fact of it. */
struct event *event_add(struct decision *decision, const struct event *wanted);
/* The fact that this became of it, once its pools are put in order; `was` NULL: it is new. */
void event_emit(struct decision *decision, const char *type, const struct event *was,
                const struct event *event);
