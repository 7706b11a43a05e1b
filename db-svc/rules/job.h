/* job: work on an event that goes by pages, each a command that the one before it causes.
 *
 * The command of the next page is kept with the job until that page is decided: a timer sends it
 * again when it is overdue, so that a job goes on though Kafka lost its chain. Its id says which
 * page it is: sent again, it is one command. */
#pragma once

#include "db-svc/rules/decision.h"

/* A page of a job: the command that does it. */
struct job_page {
    const char *job_id;
    const char *type, *command_id; /* the command's */
    struct command_body body;      /* its ids, the event's among them, and its request */
};
/* Sends the first page of a job that is not there yet, nor looked for. */
void job_begin(struct decision *decision, const struct job_page *page);
/* Sends the job's next page, or the first if there may be such a job. */
void job_go_on(struct decision *decision, const struct job_page *page);
/* The page at hand was the last. */
void job_end(struct decision *decision, const char *job_id);
/* There is nothing to do for the page at hand: if the job waits for it, the job is over. */
void job_pass(struct decision *decision, const char *job_id);
