#include "db-svc/rules/messages/audience_expand.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/rules/rules.h"
#include "db-svc/rules/job.h"
#include "db-svc/rules/messages/delivery.h"
#include "db-svc/rules/messages/outgoing_message.h"
#include "db-svc/rules/messages/notification_progress.h"
#include "db-svc/rules/messages/recipients.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

static const char *job_id(struct decision *decision, const char *notification_id)
{
    return mem_printf(decision_arena(decision), "expand/%s", notification_id);
}

static struct job_page job_page(struct decision *decision, const struct notification *notification,
                                const struct audience_page *page)
{
    const char *begin = page->pages == PAGES_HOLDERS ? "holders" : "first";
    return (struct job_page){
        .job_id = job_id(decision, notification->id),
        .type = "notification.expand",
        .command_id = mem_printf(decision_arena(decision), "expand/%s/%s", notification->id,
                                 page->after != NULL ? page->after : begin),
        .body = {.ids = {[ID_EVENT] = notification->event_id, [ID_NOTIFICATION] = notification->id},
                 .request = (void *)page}};
}

/* Everyone's are followed by those of holders. */
static enum audience_pages first_pages(const struct audience *audience)
{
    if (audience->all.set || audience->everyone.set || audience->status != 0)
        return PAGES_ATTENDEES;
    if (audience->orders != NULL)
        return PAGES_FOUND;
    return audience->ticket_type_id != NULL ? PAGES_ORDERS : PAGES_NAMED;
}

void audience_expand_begin(struct decision *decision, struct notification *notification)
{
    notification->status = NOTIFICATION_SENDING;
    notification->due_at.set = false;
    const struct audience_page first = {.pages = first_pages(notification->audience),
                                        .status = notification->audience->status};
    const struct job_page page = job_page(decision, notification, &first);
    job_begin(decision, &page);
    notification_progress_emit(decision, "notification.sending", notification);
}

/* The same recipient has the same id, so that a repeat never doubles. */
static const char *delivery_id(struct decision *decision, const struct notification *notification,
                               const char *key)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    const char *text = mem_printf(decision_arena(decision), "%s/%s", notification->id, key);
    crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    char *id = mem_zeroed(decision_arena(decision), ID_SIZE);
    id_make(id, DELIVERY_PREFIX, notification->created_at, hash);
    return id;
}

/* The notification, if the page is one of it and still wanted. */
static const struct notification *sending(struct decision *decision,
                                          const struct command_body *body)
{
    const struct notification *notification =
        decision_read(decision, &collection_notifications, body->ids[ID_NOTIFICATION]);
    const struct audience_page *page = body->request;
    if (notification == NULL || strcmp(notification->event_id, body->ids[ID_EVENT]) != 0 ||
        notification->status != NOTIFICATION_SENDING || notification->expanded.value)
        return NULL;
    bool own = page->pages == first_pages(notification->audience) ||
               (page->pages == PAGES_HOLDERS && notification->audience->everyone.set);
    return own ? notification : NULL;
}

static enum delivery_about about(const struct notification *notification,
                                 const struct addressee *addressee)
{
    if (addressee->ticket > 0)
        return ABOUT_TICKET;
    if (notification->audience->order_id != NULL || notification->audience->orders != NULL)
        return ABOUT_ORDER;
    if (addressee->order_id != NULL)
        return ABOUT_BUYER;
    return addressee->attendee_id != NULL ? ABOUT_ATTENDEE : ABOUT_UNSET;
}

/* Keeps one of each person found; wants the deliveries, so that they are loaded at once. */
static const char **delivery_ids(struct decision *decision, const struct notification *notification,
                                 const struct recipients_found *found)
{
    const char **ids = mem_array(decision_arena(decision), const char *, found->n + 1);
    for (size_t i = 0; i < found->n; i++) {
        ids[i] = delivery_id(decision, notification, found->at[i].key);
        decision_want(decision, &collection_deliveries, ids[i]);
    }
    return ids;
}

static struct notification_counts add_deliveries(struct decision *decision,
                                                 const struct notification *notification,
                                                 const struct recipients_found *found)
{
    struct notification_counts counts = {0};
    const char **ids = delivery_ids(decision, notification, found);
    bool shows_tickets = outgoing_message_shows_tickets(decision, notification);
    for (size_t i = 0; i < found->n; i++) {
        const struct addressee *addressee = &found->at[i];
        if (decision_read(decision, &collection_deliveries, ids[i]) != NULL)
            continue;
        struct delivery *delivery = decision_add(decision, &collection_deliveries, ids[i]);
        delivery->event_id = notification->event_id;
        delivery->notification_id = notification->id;
        delivery->attendee_id = addressee->attendee_id;
        delivery->order_id = addressee->order_id;
        delivery->buyer = (struct opt_bool){addressee->order_id != NULL, addressee->buyer};
        delivery->ticket = (struct opt_int64){addressee->ticket > 0, addressee->ticket};
        delivery->about = shows_tickets ? about(notification, addressee) : ABOUT_UNSET;
        delivery->recipient = addressee->name;
        delivery->address = addressee->address;
        delivery->locale = addressee->locale;
        delivery->channel = notification->channel;
        delivery->partition = decision_partition(decision);
        delivery->status = addressee->error == NULL ? DELIVERY_QUEUED : DELIVERY_SUPPRESSED;
        delivery->error = addressee->error;
        counts.queued += addressee->error == NULL;
        counts.suppressed += addressee->error != NULL;
        if (addressee->error == NULL)
            delivery_offer(decision, delivery);
    }
    return counts;
}

DECISION(notification_expand, audience_page_record)
{
    const struct notification *notification = sending(decision, body);
    if (notification == NULL) {
        job_pass(decision, job_id(decision, body->ids[ID_NOTIFICATION]));
        return answer_none(decision);
    }
    struct audience_page page = *request;
    const struct recipients_found found = recipients_of(decision, notification, &page);
    const struct notification_counts counts = add_deliveries(decision, notification, &found);
    bool more = found.full || found.seen == AUDIENCE_PAGE;
    if (more) {
        page.after = found.last;
    } else if (page.pages == PAGES_ATTENDEES && notification->audience->everyone.set) {
        page = (struct audience_page){.pages = PAGES_HOLDERS};
        more = true;
    }
    const struct job_page next = job_page(decision, notification, &page);
    if (more)
        job_go_on(decision, &next);
    else
        job_end(decision, next.job_id);
    notification_progress_count(decision, notification->id, &counts, !more);
    return answer_none(decision);
}

const struct handler audience_expand_handlers[] = {
    {"notification.expand", notification_expand, &audience_page_record, .changes = AUDIENCE_PAGE},
    {0},
};
