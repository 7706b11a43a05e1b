/* delete_job: the job that removes what belonged to a deleted event, page by page. One thread. */
#pragma once

#include "db-svc/rules/decision.h"

#define DELETE_PAGE 100 /* records */

/* Begins it: the event was deleted in this decision. */
void delete_job_begin(struct decision *decision, const char *event_id);
