#include "db-svc/rules/sales/delete_job.h"

#include <string.h>

#include "db-svc/rules/rules.h"
#include "db-svc/rules/job.h"
#include "libshared/base/mem.h"
#include "libshared/contract/deletion.h"
#include "libshared/contract/notification.h"

/* In this order: a notification that is gone makes no more deliveries. Records that all events
 * share, such as addresses that are left alone, stays. */
static const struct collection *const of_event[] = {
    &collection_notifications, &collection_deliveries,
    &collection_attendees,     &collection_attendee_changes,
    &collection_list_anchors,  &collection_orders,
    &collection_scans,         &collection_dead_codes,
    &collection_payments,      &collection_buyer_quotas,
    &collection_imports,       &collection_erasures,
    &collection_pools,         &collection_ledger,
    &collection_check_in_lists};
#define OF_EVENT (sizeof of_event / sizeof *of_event)

/* OF_EVENT: none of that name. */
static size_t index_of(const char *name)
{
    size_t i = 0;
    while (i < OF_EVENT && strcmp(of_event[i]->name, name) != 0)
        i++;
    return i;
}

static const char *job_id(struct decision *decision, const char *event_id)
{
    return mem_printf(decision_arena(decision), "delete/%s", event_id);
}

static void next_page(struct decision *decision, struct deletion *deletion)
{
    deletion->page++;
    job_go_on(decision, &(struct job_page){
                            .job_id = job_id(decision, deletion->event_id),
                            .type = "event.delete_page",
                            .command_id = mem_printf(decision_arena(decision), "delete/%s/%lld",
                                                     deletion->id, (long long)deletion->page),
                            .body = {.ids = {[ID_EVENT] = deletion->event_id},
                                     .request = &(struct deletion_page){.page = deletion->page}}});
}

void delete_job_begin(struct decision *decision, const char *event_id)
{
    decision_remove(decision, &collection_attendee_counters, event_id);
    decision_remove(decision, &collection_cancellations, event_id);
    decision_remove(decision, &collection_message_texts, event_id);
    decision_remove(decision, &collection_pictures, event_id);
    struct deletion *deletion = decision_add(decision, &collection_deletions, event_id);
    deletion->event_id = event_id;
    deletion->status = DELETION_RUNNING;
    deletion->collection = of_event[0]->name;
    next_page(decision, deletion);
}

/* The job, if the page is the one that it stands at. */
static const struct deletion *at_page(struct decision *decision, const struct command_body *body)
{
    const struct deletion_page *page = body->request;
    const struct deletion *deletion =
        decision_read(decision, &collection_deletions, body->ids[ID_EVENT]);
    bool at =
        deletion != NULL && deletion->status == DELETION_RUNNING && deletion->page == page->page;
    return at ? deletion : NULL;
}

struct page {
    struct decision *decision;
    const struct collection *collection;
    size_t n;
};

/* One that was still to go out. */
static void emit_deleted(struct decision *decision, const struct notification *notification)
{
    if (notification->status == NOTIFICATION_SCHEDULED)
        decision_fact(decision, "notification.deleted",
                      &(struct fact_body){.event_id = notification->event_id,
                                          .notification_id = notification->id});
}

static void remove_one(void *context, const void *record)
{
    struct page *page = context;
    if (page->n == DELETE_PAGE)
        return;
    page->n++;
    if (page->collection == &collection_notifications)
        emit_deleted(page->decision, record);
    decision_remove(page->decision, page->collection, ((const struct common *)record)->id);
}

/* The next page of the same collection while there may be more, or the first of the next one. */
static void go_on(struct decision *decision, struct deletion *deletion, const struct page *page,
                  size_t i)
{
    if (page->n < DELETE_PAGE)
        i++;
    if (i < OF_EVENT) {
        deletion->collection = of_event[i]->name;
        next_page(decision, deletion);
        return;
    }
    deletion->collection = NULL;
    deletion->status = DELETION_DONE;
    deletion->done_at = (struct opt_time){true, decision_now(decision)};
    job_end(decision, job_id(decision, deletion->event_id));
}

static struct answer event_delete_page(struct decision *decision, const struct command_body *body)
{
    const struct deletion *was = at_page(decision, body);
    if (was == NULL) {
        job_pass(decision, job_id(decision, body->ids[ID_EVENT]));
        return answer_none(decision);
    }
    struct deletion *deletion = decision_edit(decision, &collection_deletions, was->id);
    size_t i = index_of(was->collection);
    struct page page = {.decision = decision};
    if (i < OF_EVENT) {
        page.collection = of_event[i];
        decision_each(decision,
                      &(struct store_page){.collection = page.collection,
                                           .event_id = was->event_id,
                                           .unordered = true,
                                           .limit = DELETE_PAGE},
                      1, remove_one, &page);
    }
    deletion->removed += (int64_t)page.n;
    go_on(decision, deletion, &page, i);
    return answer_none(decision);
}

const struct handler delete_job_handlers[] = {
    {"event.delete_page", event_delete_page, .changes = DELETE_PAGE},
    {0},
};
