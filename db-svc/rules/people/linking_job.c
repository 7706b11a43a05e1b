#include "db-svc/rules/people/linking_job.h"

#include "db-svc/rules/job.h"
#include "libshared/base/mem.h"

void linking_job_go_on(struct decision *decision, const char *event_id,
                       const struct link_page *page)
{
    job_go_on(decision, &(struct job_page){
                            .job_id = page->job,
                            .type = "attendee.link_page",
                            .command_id = mem_printf(decision_arena(decision), "%s/%s", page->job,
                                                     page->after != NULL ? page->after : "first"),
                            .body = {.ids = {[ID_EVENT] = event_id}, .request = (void *)page}});
}

void linking_job_start(struct decision *decision, const char *event_id, struct texts ids)
{
    linking_job_go_on(
        decision, event_id,
        &(struct link_page){.job = decision_id(decision, LINKING_JOB_PREFIX), .attendees = ids});
}
