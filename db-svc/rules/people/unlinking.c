#include "db-svc/rules/people/unlinking.h"

#include <string.h>

#include "db-svc/rules/rules.h"
#include "db-svc/rules/job.h"
#include "libshared/base/mem.h"
#include "libshared/contract/linking.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

struct unlinking {
    struct decision *decision;
    const char *attendee_id;
    size_t orders, deliveries, notifications;
};

static bool is_it(const struct unlinking *unlinking, const char *attendee_id)
{
    return attendee_id != NULL && strcmp(attendee_id, unlinking->attendee_id) == 0;
}

static bool holds(const struct unlinking *unlinking, const struct ticket *ticket)
{
    return ticket->attendee != NULL && is_it(unlinking, ticket->attendee->attendee_id);
}

/* It stays theirs by name and address. */
static void take_order(void *context, const void *record)
{
    struct unlinking *unlinking = context;
    const struct order *was = record;
    struct order *order = NULL;
    void *arena = decision_arena(unlinking->decision);
    for (size_t i = 0; i < was->tickets.n; i++) {
        if (!holds(unlinking, &was->tickets.at[i]))
            continue;
        if (order == NULL) {
            order = decision_edit(unlinking->decision, &collection_orders, was->id);
            order->tickets.at =
                mem_dup(arena, was->tickets.at, was->tickets.n * sizeof *was->tickets.at);
        }
        struct ticket_holder *holder =
            mem_dup(arena, was->tickets.at[i].attendee, sizeof *was->tickets.at[i].attendee);
        holder->attendee_id = NULL;
        order->tickets.at[i].attendee = holder;
    }
    unlinking->orders += order != NULL;
}

static void take_delivery(void *context, const void *record)
{
    struct unlinking *unlinking = context;
    const struct delivery *was = record;
    if (!is_it(unlinking, was->attendee_id))
        return;
    struct delivery *delivery = decision_edit(unlinking->decision, &collection_deliveries, was->id);
    delivery->attendee_id = NULL;
    unlinking->deliveries++;
}

static struct texts without(const struct unlinking *unlinking, const struct texts *ids)
{
    struct texts left = {
        .at = mem_array(decision_arena(unlinking->decision), const char *, ids->n + 1)};
    for (size_t i = 0; i < ids->n; i++)
        if (!is_it(unlinking, ids->at[i]))
            left.at[left.n++] = ids->at[i];
    return left;
}

static void take_notification(void *context, const void *record)
{
    struct unlinking *unlinking = context;
    const struct notification *was = record;
    if (was->audience == NULL)
        return;
    const struct texts left = without(unlinking, &was->audience->attendees);
    if (left.n == was->audience->attendees.n)
        return;
    struct notification *notification =
        decision_edit(unlinking->decision, &collection_notifications, was->id);
    notification->audience =
        mem_dup(decision_arena(unlinking->decision), was->audience, sizeof *was->audience);
    notification->audience->attendees = left;
    unlinking->notifications++;
}

static const char *job_id(struct decision *decision, const char *attendee_id)
{
    return mem_printf(decision_arena(decision), "unlink/%s", attendee_id);
}

static void next_page(struct decision *decision, const char *event_id, const char *attendee_id,
                      int64_t page)
{
    job_go_on(decision, &(struct job_page){
                            .job_id = job_id(decision, attendee_id),
                            .type = "attendee.unlink_page",
                            .command_id = mem_printf(decision_arena(decision), "unlink/%s/%lld",
                                                     attendee_id, (long long)page),
                            .body = {.ids = {[ID_EVENT] = event_id, [ID_ATTENDEE] = attendee_id},
                                     .request = &(struct unlink_page){.page = page}}});
}

static struct store_page page_of(const struct collection *collection, const char *event_id,
                                 const char *filter, const char *attendee_id)
{
    return (struct store_page){.collection = collection,
                               .event_id = event_id,
                               .filter = filter,
                               .term = attendee_id,
                               .limit = UNLINKING_PAGE};
}

void unlinking_take(struct decision *decision, const char *event_id, const char *attendee_id,
                    int64_t page)
{
    struct unlinking unlinking = {.decision = decision, .attendee_id = attendee_id};
    const struct store_page pages[] = {
        page_of(&collection_orders, event_id, "attendee_id", attendee_id),
        page_of(&collection_deliveries, event_id, "attendee_id", attendee_id),
        page_of(&collection_notifications, event_id, "attendee_id", attendee_id),
        page_of(&collection_notifications, event_id, "listed", attendee_id)};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        decision_want_page(decision, &pages[i]);
    decision_each(decision, &pages[0], 1, take_order, &unlinking);
    decision_each(decision, &pages[1], 1, take_delivery, &unlinking);
    decision_each(decision, &pages[2], 2, take_notification, &unlinking);
    if (unlinking.orders >= UNLINKING_PAGE || unlinking.deliveries >= UNLINKING_PAGE ||
        unlinking.notifications >= UNLINKING_PAGE)
        next_page(decision, event_id, attendee_id, page + 1);
    else
        job_end(decision, job_id(decision, attendee_id));
}

DECISION(attendee_unlink_page, unlink_page_record)
{
    unlinking_take(decision, body->ids[ID_EVENT], body->ids[ID_ATTENDEE], request->page);
    return answer_none(decision);
}

const struct handler unlinking_handlers[] = {
    {"attendee.unlink_page", attendee_unlink_page, &unlink_page_record,
     .changes = 3 * UNLINKING_PAGE},
    {0},
};
