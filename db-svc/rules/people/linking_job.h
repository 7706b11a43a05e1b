/* linking_job: the job that links tickets which one decision cannot all see. Its pages are
 * commands, attendee.link_page. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/linking.h"

/* Starts the job for these attendees with its first page. `ids` is kept. */
void linking_job_start(struct decision *decision, const char *event_id, struct texts ids);
/* Sends the command of this page. */
void linking_job_go_on(struct decision *decision, const char *event_id,
                       const struct link_page *page);
