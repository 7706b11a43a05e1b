/* cancelling: the job that ends an event's orders, page by page. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/event.h"

/* Begins it: the event was cancelled in this turn. */
void cancelling_begin(struct turn *turn, const struct event *event);
