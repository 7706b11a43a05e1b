/* ticket_type: a new type of an event, with its stock. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

/* A new type with all members but the common ones of `wanted`, with an empty stock and the fact of
 * it. The pool that it names must be the event's. */
const struct ticket_type *ticket_type_add(struct decision *decision, const struct event *event,
                                          const struct ticket_type *wanted);
