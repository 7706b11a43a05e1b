/* job: work on an event that goes by pages, each a command that the one before it causes.
 *
 * The command of the next page is kept with the job until that page is decided: a timer sends it
 * again when it is overdue, so that a job goes on though Kafka lost its chain. Its id says which
 * page it is: sent again, it is one command. */
#pragma once

#include "db-svc/rules/decision.h"

/* Sends the command of the first page of a job that is not there yet, nor looked for. */
void job_begin(struct decision *decision, const char *job_id, const char *type,
               const char *event_id, const char *command_id, json_t *body_take);
/* Sends the command of the job's next page, or of the first if there may be such a job. */
void job_go_on(struct decision *decision, const char *job_id, const char *type,
               const char *event_id, const char *command_id, json_t *body_take);
/* The page at hand was the last. */
void job_end(struct decision *decision, const char *job_id);
/* There is nothing to do for the page at hand: if the job waits for it, the job is over. */
void job_pass(struct decision *decision, const char *job_id);
