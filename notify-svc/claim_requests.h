/* claim_requests: what is asked of db-svc about jobs: to grant a claim, or to take a report.
 * Several of an event go together; what that leaves unsettled is asked for by itself, under an id
 * that stays the same. The answered jobs are put into deliver->answered; one without a deliver is
 * freed instead. Only jobs.c calls it. One thread, the loop's. */
#pragma once

#include "notify-svc/jobs.h"

void claim_requests_add(struct request_batch *batch, struct job *job);
/* Asks for all that are gathered, once they fill a command or the last ones are a while ago.
 * Returns in how many ms it is to be called again; INT64_MAX: nothing is gathered. */
int64_t claim_requests_send(struct deliver *deliver, struct request_batch *batch,
                            const struct clock_time *now);
/* Asks for one by itself. */
void claim_requests_alone(struct job *job, const struct clock_time *now);
