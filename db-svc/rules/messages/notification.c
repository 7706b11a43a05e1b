/* Notifications: until one begins it can be changed or cancelled; then it goes to all. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/messages/audience_expand.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/reschedule.h"
#include "db-svc/rules/messages/schedule.h"
#include "db-svc/rules/messages/notification_progress.h"
#include "db-svc/rules/messages/translations.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/ticket_type.h"

static const char *status_text(enum notification_status status)
{
    return record_enum_text(notification_status_names, (int)status);
}

static const char *path_of(struct decision *decision, const struct notification *notification)
{
    return mem_printf(decision_arena(decision), "/v1/events/%s/notifications/%s",
                      notification->event_id, notification->id);
}

/* NULL is of every event. */
static bool belongs(struct decision *decision, const struct event *event,
                    const struct collection *collection, const char *id)
{
    const void *record = decision_read(decision, collection, id);
    return id == NULL || (record != NULL && strcmp(collection->event_id(record), event->id) == 0);
}

static const char *type_of_orders(const struct audience *audience)
{
    return audience->orders != NULL ? audience->orders->ticket_type_id : NULL;
}

/* The ids in an audience, where they are new, must be of the event. */
static void check_audience(struct decoder *decoder, struct decision *decision,
                           const struct event *event, const struct audience *was,
                           const struct audience *wanted)
{
    const struct path audience = {.name = "audience"};
    const struct path type = {.parent = &audience, .name = "ticket_type_id"};
    const struct path order = {.parent = &audience, .name = "order_id"};
    const struct path attendees = {.parent = &audience, .name = "attendees"};
    const struct path orders = {.parent = &audience, .name = "orders"};
    const struct path of_orders = {.parent = &orders, .name = "ticket_type_id"};
    if (!text_equal(type_of_orders(was), type_of_orders(wanted)) &&
        !belongs(decision, event, &collection_ticket_types, type_of_orders(wanted)))
        violations_add(decoder->violations, &of_orders, VIOLATION_other_event);
    if (!text_equal(was->ticket_type_id, wanted->ticket_type_id) &&
        !belongs(decision, event, &collection_ticket_types, wanted->ticket_type_id))
        violations_add(decoder->violations, &type, VIOLATION_other_event);
    if (!text_equal(was->order_id, wanted->order_id) &&
        !belongs(decision, event, &collection_orders, wanted->order_id))
        violations_add(decoder->violations, &order, VIOLATION_other_event);
    for (size_t i = 0; i < wanted->attendees.n; i++)
        if (!texts_have(&was->attendees, wanted->attendees.at[i]))
            decision_want(decision, &collection_attendees, wanted->attendees.at[i]);
    for (size_t i = 0; i < wanted->attendees.n; i++)
        if (!texts_have(&was->attendees, wanted->attendees.at[i]) &&
            !belongs(decision, event, &collection_attendees, wanted->attendees.at[i]))
            violations_add(decoder->violations, &(struct path){.parent = &attendees, .index = i},
                           VIOLATION_other_event);
}

/* An audience of which it is known who consented. */
static bool may_be_marketing(const struct audience *audience)
{
    return audience->all.set || audience->status != 0 || audience->attendees.at != NULL;
}

/* Checks what depends on other members, other records or the time, where it differs from `was`. */
static bool check(struct decision *decision, const struct event *event,
                  const struct notification *was, const struct notification *wanted,
                  struct answer *ret_refusal)
{
    const struct notification none = {.audience = &(struct audience){.status = 0}};
    struct decoder decoder = decision_decoder(decision);
    if (was == NULL)
        was = &none;
    translations_check(&decoder, &(const struct translations_written)TEXTS_OF(wanted));
    schedule_check(&decoder, event, was, wanted, decision_now(decision));
    check_audience(&decoder, decision, event, was->audience, wanted->audience);
    if (wanted->marketing.value && !may_be_marketing(wanted->audience))
        violations_add(decoder.violations, &(struct path){.name = "marketing"},
                       VIOLATION_not_allowed);
    if (wanted->per == PER_TICKET && wanted->audience->ticket_type_id == NULL)
        violations_add(decoder.violations, &(struct path){.name = "per"}, VIOLATION_not_allowed);
    if (!channel_traits[wanted->channel].attaches && wanted->attach.n > 0)
        violations_add(decoder.violations, &(struct path){.name = "attach"}, VIOLATION_not_allowed);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

static struct notification *add(struct decision *decision, const struct command_body *body,
                                struct answer *ret_refusal)
{
    const struct event *event = edit_event(decision, body, ret_refusal);
    if (event == NULL || !check(decision, event, NULL, body->request, ret_refusal))
        return NULL;
    struct notification *notification =
        edit_add(decision, &collection_notifications, decision_id(decision, NOTIFICATION_PREFIX),
                 body->request);
    notification->event_id = event->id;
    notification->partition = decision_partition(decision);
    notification->counts = mem_new(decision_arena(decision), struct notification_counts);
    schedule_plan(event, notification);
    return notification;
}

static struct answer notification_create(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *notification = add(decision, body, &refusal);
    if (notification == NULL)
        return refusal;
    notification_progress_emit(decision, "notification.created", notification);
    return answer_created(decision, &notification_record, notification,
                          path_of(decision, notification));
}

static struct answer send_new(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    struct notification *notification = add(decision, body, &refusal);
    if (notification == NULL)
        return refusal;
    notification_progress_emit(decision, "notification.created", notification);
    if (notification->status == NOTIFICATION_DRAFT)
        audience_expand_begin(decision, notification);
    return answer_accepted(decision, &notification_record, notification,
                           path_of(decision, notification));
}

static bool has_begun(const struct notification *notification)
{
    return notification->status != NOTIFICATION_DRAFT &&
           notification->status != NOTIFICATION_SCHEDULED;
}

static struct answer send_standing(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *was =
        edit_find(decision, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (was == NULL)
        return refusal;
    if (was->status == NOTIFICATION_CANCELLED)
        return edit_illegal(decision, status_text(was->status), status_text(NOTIFICATION_SENDING));
    if (has_begun(was))
        return answer_accepted(decision, &notification_record, was, path_of(decision, was));
    const struct notification *now =
        reschedule_one(decision, decision_read(decision, &collection_events, was->event_id), was);
    if (now != was &&
        (now->status == NOTIFICATION_CANCELLED || schedule_waits(now, decision_now(decision))))
        return answer_ok(decision, &notification_record, now);
    if (schedule_waits(now, decision_now(decision)))
        return answer_not_due(decision, &notification_record, now);
    struct notification *notification = decision_edit(decision, &collection_notifications, was->id);
    audience_expand_begin(decision, notification);
    return answer_accepted(decision, &notification_record, notification,
                           path_of(decision, notification));
}

DECISION(notification_send, notification_record)
{
    return request != NULL ? send_new(decision, body) : send_standing(decision, body);
}

/* An automatic one whose text somebody has changed says that from then on. */
static struct opt_bool rewritten(const struct notification *was, const struct notification *wanted)
{
    bool same = text_equal(was->subject, wanted->subject) &&
                text_equal(was->message, wanted->message) && was->texts.n == wanted->texts.n;
    for (size_t i = 0; same && i < was->texts.n; i++)
        same = text_equal(was->texts.at[i].locale, wanted->texts.at[i].locale) &&
               text_equal(was->texts.at[i].subject, wanted->texts.at[i].subject) &&
               text_equal(was->texts.at[i].message, wanted->texts.at[i].message);
    bool changed = was->automatic != AUTOMATIC_UNSET && !same;
    return changed ? (struct opt_bool){true, true} : was->rewritten;
}

static struct answer notification_edit(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *was =
        edit_find(decision, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (was == NULL)
        return refusal;
    const struct event *event = decision_read(decision, &collection_events, was->event_id);
    struct notification *wanted = edit_wanted(decision, &notification_record, body, was, &refusal);
    if (wanted == NULL || !check(decision, event, was, wanted, &refusal))
        return refusal;
    if (has_begun(was))
        return edit_illegal(decision, status_text(was->status), NULL);
    wanted->rewritten = rewritten(was, wanted);
    schedule_plan(event, wanted);
    if (!edit_differs(&notification_record, was, wanted))
        return answer_ok(decision, &notification_record, was);
    const struct notification *notification =
        edit_apply(decision, &collection_notifications, was->id, wanted);
    notification_progress_emit(decision, "notification.updated", notification);
    return answer_ok(decision, &notification_record, notification);
}

static struct answer notification_cancel(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *was =
        edit_find(decision, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (was == NULL)
        return refusal;
    if (was->status == NOTIFICATION_CANCELLED)
        return answer_ok(decision, &notification_record, was);
    if (has_begun(was))
        return edit_illegal(decision, status_text(was->status),
                            status_text(NOTIFICATION_CANCELLED));
    struct notification *notification = decision_edit(decision, &collection_notifications, was->id);
    notification->status = NOTIFICATION_CANCELLED;
    notification->due_at.set = false;
    notification_progress_emit(decision, "notification.cancelled", notification);
    return answer_ok(decision, &notification_record, notification);
}

static struct answer notification_delete(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *notification =
        edit_find(decision, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (notification == NULL)
        return refusal;
    if (notification->status == NOTIFICATION_SENDING)
        return edit_illegal(decision, status_text(notification->status), NULL);
    notification_progress_emit(decision, "notification.deleted", notification);
    decision_remove(decision, &collection_notifications, notification->id);
    return answer_none(decision);
}

const struct handler notification_handlers[] = {
    {"notification.create", notification_create},
    {"notification.replace", notification_edit},
    {"notification.update", notification_edit},
    {"notification.send", notification_send, &notification_record},
    {"notification.cancel", notification_cancel},
    {"notification.delete", notification_delete},
    {0},
};
