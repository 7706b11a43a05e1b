#include "db-svc/rules/messages/reschedule.h"

#include <string.h>

#include "db-svc/rules/decisions.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/schedule.h"
#include "db-svc/rules/messages/sending.h"
#include "libshared/base/mem.h"

static void name_page(struct names *names, const char *event_id, const char *after)
{
    names_page(names, &collection_notifications, event_id, after,
               record_enum_text(notification_status_names, NOTIFICATION_SCHEDULED),
               RESCHEDULE_PAGE);
}

void reschedule_names(struct names *names, const char *event_id)
{
    name_page(names, event_id, NULL);
}

const struct notification *reschedule_one(struct turn *turn, const struct event *event,
                                          const struct notification *was)
{
    if (!schedule_is_outdated(event, was))
        return was;
    bool cancelled = event->status == EVENT_CANCELLED;
    struct notification *notification = turn_edit(turn, &collection_notifications, was->id);
    schedule_plan(event, notification);
    if (cancelled) {
        notification->status = NOTIFICATION_CANCELLED;
        notification->due_at.set = false;
    }
    sending_tell(turn, cancelled ? "notification.cancelled" : "notification.updated", notification);
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

/* Pages of two changes whose ids are the same are one: each goes by the event as it is. */
static void next_page(struct turn *turn, const struct event *event, const char *after)
{
    turn_command(turn, "event.reschedule_page", event->id,
                 mem_printf(turn_arena(turn), "reschedule/%s/%lld/%s", event->id,
                            (long long)event->version, after),
                 json_pack("{ssss}", "event_id", event->id, "after", after));
}

static void run_page(struct turn *turn, const struct event *event, const char *after)
{
    struct page page = {.after = after};
    turn_each(turn, &collection_notifications, event->id, take_notification, &page);
    for (size_t i = 0; i < page.n; i++)
        (void)reschedule_one(turn, event, page.at[i]);
    if (page.n == RESCHEDULE_PAGE)
        next_page(turn, event, page.at[page.n - 1]->id);
}

void reschedule_begin(struct turn *turn, const struct event *was, const struct event *event)
{
    if (schedule_moves(was, event))
        run_page(turn, event, NULL);
}

void event_reschedule_page_names(struct names *names, const struct command_body *body)
{
    const struct reschedule_page *page = body->request;
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    name_page(names, body->ids[ID_EVENT], page->after);
}

struct answer event_reschedule_page(struct turn *turn, const struct command_body *body)
{
    const struct reschedule_page *page = body->request;
    const struct event *event = turn_read(turn, &collection_events, body->ids[ID_EVENT]);
    if (event != NULL)
        run_page(turn, event, page->after);
    return answer_none(turn);
}
