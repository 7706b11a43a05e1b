/* cancel_job: the job that ends an event's orders, page by page. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"

/* Begins it: the event was cancelled in this decision. */
void cancel_job_begin(struct decision *decision, const struct event *event);
