#include "db-svc/rules/job.h"

#include <string.h>

#include "libshared/base/mem.h"

/* Pages take milliseconds; one that nobody decided for so long was lost. */
#define JOB_PATIENCE_MS 30000

static struct job *new_job(struct decision *decision, const struct job_page *page)
{
    struct job *job = decision_add(decision, &collection_jobs, page->job_id);
    job->event_id = mem_strdup(decision_arena(decision), page->body.ids[ID_EVENT]);
    job->partition = decision_partition(decision);
    return job;
}

static void send_page(struct decision *decision, struct job *job, const struct job_page *page)
{
    job->due_at = (struct opt_time){true, decision_now(decision) + JOB_PATIENCE_MS};
    job->type = page->type;
    job->command_id = mem_strdup(decision_arena(decision), page->command_id);
    job->body = decision_command(decision, page->type, page->command_id, &page->body);
}

void job_begin(struct decision *decision, const struct job_page *page)
{
    send_page(decision, new_job(decision, page), page);
}

/* The first page has none yet, nor has one of an earlier release. */
void job_go_on(struct decision *decision, const struct job_page *page)
{
    bool there = decision_read(decision, &collection_jobs, page->job_id) != NULL;
    send_page(decision,
              there ? decision_change(decision, &collection_jobs, page->job_id)
                    : new_job(decision, page),
              page);
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
