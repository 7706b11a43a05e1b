#include "db-svc/rules/job.h"

#include <string.h>

#include "libshared/base/mem.h"

/* Pages take milliseconds; one that nobody decided for so long was lost. */
#define JOB_PATIENCE_MS 30000

static struct job *new_job(struct decision *decision, const char *job_id, const char *event_id)
{
    struct job *job = decision_add(decision, &collection_jobs, job_id);
    job->event_id = mem_strdup(decision_arena(decision), event_id);
    job->partition = decision_partition(decision);
    return job;
}

static void send_page(struct decision *decision, struct job *job, const char *type,
                      const char *command_id, const char *body)
{
    job->due_at = (struct opt_time){true, decision_now(decision) + JOB_PATIENCE_MS};
    job->type = type;
    job->command_id = mem_strdup(decision_arena(decision), command_id);
    job->body = body;
    decision_command(decision, type, job->event_id, command_id, body);
}

void job_begin(struct decision *decision, const char *job_id, const char *type,
               const char *event_id, const char *command_id, json_t *body_take)
{
    send_page(decision, new_job(decision, job_id, event_id), type, command_id,
              decision_text(decision, body_take));
}

/* The first page has none yet, nor has one of an earlier release. */
void job_go_on(struct decision *decision, const char *job_id, const char *type,
               const char *event_id, const char *command_id, json_t *body_take)
{
    const char *body = decision_text(decision, body_take);
    bool there = decision_read(decision, &collection_jobs, job_id) != NULL;
    struct job *job = there ? decision_change(decision, &collection_jobs, job_id)
                            : new_job(decision, job_id, event_id);
    send_page(decision, job, type, command_id, body);
}

void job_end(struct decision *decision, const char *job_id)
{
    if (decision_read(decision, &collection_jobs, job_id) != NULL)
        decision_remove(decision, &collection_jobs, job_id);
}

void job_pass(struct decision *decision, const char *job_id)
{
    const struct job *job = decision_read(decision, &collection_jobs, job_id);
    if (job != NULL && strcmp(job->command_id, decision_caller(decision).id) == 0)
        decision_remove(decision, &collection_jobs, job_id);
}
