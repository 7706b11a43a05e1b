/* asks: what is asked of db-svc about jobs: to grant a claim, or to take a report. Several of an
 * event go together; what that leaves unsettled is asked for by itself, under an id that stays the
 * same. The answered jobs are put into deliver->answered. One thread, the loop's. */
#pragma once

#include "notify-svc/jobs.h"

void asks_gather(struct gathering *gathering, struct job *job);
/* Asks for all that are gathered, once they fill a command or the last ones are a while ago.
 * Returns in how many ms it is to be called again; INT64_MAX: nothing is gathered. */
int64_t asks_send(struct deliver *deliver, struct gathering *gathering,
                  const struct clock_time *now);
/* Asks for one by itself. */
void asks_alone(struct job *job, const struct clock_time *now);
/* Of a job that is asked for: nobody waits for the answer any more. It frees itself then. */
void asks_abandon(struct job *job);
