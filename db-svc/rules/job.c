#include "db-svc/rules/job.h"

#include <string.h>

#include "libshared/base/mem.h"

/* Pages take milliseconds; one that nobody decided for so long was lost. */
#define JOB_PATIENCE_MS 30000

static struct job *new_job(struct turn *turn, const char *job_id, const char *event_id)
{
    struct job *job = turn_add(turn, &collection_jobs, job_id);
    job->event_id = mem_strdup(turn_arena(turn), event_id);
    job->partition = turn_partition(turn);
    return job;
}

static void send_page(struct turn *turn, struct job *job, const char *type, const char *command_id,
                      const char *body)
{
    job->due_at = (struct opt_time){true, turn_now(turn) + JOB_PATIENCE_MS};
    job->type = type;
    job->command_id = mem_strdup(turn_arena(turn), command_id);
    job->body = body;
    turn_command(turn, type, job->event_id, command_id, body);
}

void job_begin(struct turn *turn, const char *job_id, const char *type, const char *event_id,
               const char *command_id, json_t *body_take)
{
    send_page(turn, new_job(turn, job_id, event_id), type, command_id, turn_text(turn, body_take));
}

/* The first page has none yet, nor has one of an earlier release. */
void job_go_on(struct turn *turn, const char *job_id, const char *type, const char *event_id,
               const char *command_id, json_t *body_take)
{
    const char *body = turn_text(turn, body_take);
    bool there = turn_read(turn, &collection_jobs, job_id) != NULL;
    struct job *job =
        there ? turn_change(turn, &collection_jobs, job_id) : new_job(turn, job_id, event_id);
    send_page(turn, job, type, command_id, body);
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
