#include "db-svc/rules/job.h"

#include <string.h>

#include "libshared/base/mem.h"

/* Pages take milliseconds; one that nobody decided for so long was lost. */
#define JOB_PATIENCE_MS 30000

/* The first page has none yet, nor has one of an earlier release. */
static struct job *job_of(struct turn *turn, const char *job_id, const char *event_id)
{
    if (turn_read(turn, &collection_jobs, job_id) != NULL)
        return turn_change(turn, &collection_jobs, job_id);
    struct job *job = turn_add(turn, &collection_jobs, job_id);
    job->event_id = mem_strdup(turn_arena(turn), event_id);
    job->partition = turn_partition(turn);
    return job;
}

void job_go_on(struct turn *turn, const char *job_id, const char *type, const char *event_id,
               const char *command_id, json_t *body_take)
{
    const char *body = turn_command(turn, type, event_id, command_id, body_take);
    struct job *job = job_of(turn, job_id, event_id);
    job->due_at = (struct opt_time){true, turn_now(turn) + JOB_PATIENCE_MS};
    job->type = type;
    job->command_id = mem_strdup(turn_arena(turn), command_id);
    job->body = body;
}

void job_end(struct turn *turn, const char *job_id)
{
    if (turn_read(turn, &collection_jobs, job_id) != NULL)
        turn_remove(turn, &collection_jobs, job_id);
}

void job_pass(struct turn *turn, const char *job_id)
{
    const struct job *job = turn_read(turn, &collection_jobs, job_id);
    if (job != NULL && strcmp(job->command_id, turn_caller(turn).id) == 0)
        turn_remove(turn, &collection_jobs, job_id);
}
