#include "db-svc/rules/messages/reschedule.h"

#include <string.h>

#include "db-svc/rules/rules.h"
#include "db-svc/rules/job.h"
#include "db-svc/rules/messages/schedule.h"
#include "db-svc/rules/messages/notification_progress.h"
#include "libshared/base/mem.h"

const struct notification *reschedule_one(struct decision *decision, const struct event *event,
                                          const struct notification *was)
{
    if (!schedule_is_outdated(event, was))
        return was;
    bool cancelled = event->status == EVENT_CANCELLED;
    struct notification *notification = decision_edit(decision, &collection_notifications, was->id);
    schedule_plan(event, notification);
    if (cancelled) {
        notification->status = NOTIFICATION_CANCELLED;
        notification->due_at.set = false;
    }
    notification_progress_emit(
        decision, cancelled ? "notification.cancelled" : "notification.updated", notification);
    return notification;
}

/* The notifications of a page: others may be loaded too, but none is missing in between. */
struct page {
    const char *after;
    const struct notification *at[RESCHEDULE_PAGE];
    size_t n;
};

static void take_notification(void *context, const void *record)
{
    struct page *page = context;
    const struct notification *notification = record;
    if (page->n < RESCHEDULE_PAGE &&
        (page->after == NULL || strcmp(notification->id, page->after) > 0))
        page->at[page->n++] = notification;
}

static const char *job_id(struct decision *decision, const char *event_id)
{
    return mem_printf(decision_arena(decision), "reschedule/%s", event_id);
}

static const char *command_id(struct decision *decision, const char *event_id,
                              const struct reschedule_page *page)
{
    return mem_printf(decision_arena(decision), "reschedule/%s/%lld/%s", event_id,
                      (long long)page->version, page->after);
}

static void next_page(struct decision *decision, const struct event *event,
                      const struct reschedule_page *page)
{
    job_go_on(decision, &(struct job_page){
                            .job_id = job_id(decision, event->id),
                            .type = "event.reschedule_page",
                            .command_id = command_id(decision, event->id, page),
                            .body = {.ids = {[ID_EVENT] = event->id}, .request = (void *)page}});
}

/* From `after` on; NULL: the first. */
static void run_page(struct decision *decision, const struct event *event,
                     const struct reschedule_page *at)
{
    struct page page = {.after = at->after};
    decision_each(decision,
                  &(struct store_page){
                      .collection = &collection_notifications,
                      .event_id = event->id,
                      .after = at->after,
                      .status = record_enum_text(notification_status_names, NOTIFICATION_SCHEDULED),
                      .limit = RESCHEDULE_PAGE},
                  1, take_notification, &page);
    for (size_t i = 0; i < page.n; i++)
        (void)reschedule_one(decision, event, page.at[i]);
    if (page.n == RESCHEDULE_PAGE)
        next_page(
            decision, event,
            &(struct reschedule_page){.version = at->version, .after = page.at[page.n - 1]->id});
    else
        job_end(decision, job_id(decision, event->id));
}

void reschedule_begin(struct decision *decision, const struct event *was, const struct event *event)
{
    if (schedule_moves(was, event))
        run_page(decision, event, &(struct reschedule_page){.version = event->version});
}

/* Pages of an earlier change end where a later one began anew. */
static bool is_next(struct decision *decision, const struct command_body *body)
{
    const char *event_id = body->ids[ID_EVENT];
    const struct job *job = decision_read(decision, &collection_jobs, job_id(decision, event_id));
    return job != NULL &&
           strcmp(job->command_id, command_id(decision, event_id, body->request)) == 0;
}

DECISION(event_reschedule_page, reschedule_page_record)
{
    const struct event *event = decision_read(decision, &collection_events, body->ids[ID_EVENT]);
    if (event == NULL)
        job_pass(decision, job_id(decision, body->ids[ID_EVENT]));
    else if (is_next(decision, body))
        run_page(decision, event, request);
    return answer_none(decision);
}

const struct handler reschedule_handlers[] = {
    {"event.reschedule_page", event_reschedule_page, &reschedule_page_record,
     .changes = RESCHEDULE_PAGE},
    {0},
};
