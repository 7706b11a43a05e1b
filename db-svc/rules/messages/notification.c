/* Notifications: until one begins it can be changed or cancelled; then it goes to all. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/messages/audience.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/reschedule.h"
#include "db-svc/rules/messages/schedule.h"
#include "db-svc/rules/messages/sending.h"
#include "db-svc/rules/messages/texts.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ticket_type.h"

static const char *status_text(enum notification_status status)
{
    return record_enum_text(notification_status_names, (int)status);
}

static const char *path_of(struct turn *turn, const struct notification *notification)
{
    return mem_printf(turn_arena(turn), "/v1/events/%s/notifications/%s", notification->event_id,
                      notification->id);
}

static bool same_text(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* NULL is of every event. */
static bool belongs(struct turn *turn, const struct event *event,
                    const struct collection *collection, const char *id)
{
    const void *record = turn_read(turn, collection, id);
    return id == NULL || (record != NULL && strcmp(collection->event_id(record), event->id) == 0);
}

static bool has(const struct texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->n; i++)
        if (strcmp(texts->at[i], text) == 0)
            return true;
    return false;
}

/* What an audience names, if it is new, is of the event. */
static void check_audience(struct decoder *decoder, struct turn *turn, const struct event *event,
                           const struct audience *was, const struct audience *wanted)
{
    const struct path audience = {.name = "audience"};
    const struct path type = {.parent = &audience, .name = "ticket_type_id"};
    const struct path order = {.parent = &audience, .name = "order_id"};
    const struct path attendees = {.parent = &audience, .name = "attendees"};
    if (!same_text(was->ticket_type_id, wanted->ticket_type_id) &&
        !belongs(turn, event, &collection_ticket_types, wanted->ticket_type_id))
        violations_add(decoder->violations, &type, VIOLATION_other_event);
    if (!same_text(was->order_id, wanted->order_id) &&
        !belongs(turn, event, &collection_orders, wanted->order_id))
        violations_add(decoder->violations, &order, VIOLATION_other_event);
    for (size_t i = 0; i < wanted->attendees.n; i++)
        if (!has(&was->attendees, wanted->attendees.at[i]))
            turn_want(turn, &collection_attendees, wanted->attendees.at[i]);
    for (size_t i = 0; i < wanted->attendees.n; i++)
        if (!has(&was->attendees, wanted->attendees.at[i]) &&
            !belongs(turn, event, &collection_attendees, wanted->attendees.at[i]))
            violations_add(decoder->violations, &(struct path){.parent = &attendees, .index = i},
                           VIOLATION_other_event);
}

/* Of whom it is known whether they consented. */
static bool may_be_marketing(const struct audience *audience)
{
    return audience->all.set || audience->status != 0 || audience->attendees.at != NULL;
}

/* What has to do with other members, other records or the time; of what differs from `was`. */
static bool check(struct turn *turn, const struct event *event, const struct notification *was,
                  const struct notification *wanted, struct answer *ret_refusal)
{
    const struct notification none = {.audience = &(struct audience){.status = 0}};
    struct decoder decoder = turn_decoder(turn);
    if (was == NULL)
        was = &none;
    texts_check(&decoder, &(const struct texts_written)TEXTS_OF(wanted));
    schedule_check(&decoder, event, was, wanted, turn_now(turn));
    check_audience(&decoder, turn, event, was->audience, wanted->audience);
    if (wanted->marketing.value && !may_be_marketing(wanted->audience))
        violations_add(decoder.violations, &(struct path){.name = "marketing"},
                       VIOLATION_not_allowed);
    if (wanted->per == PER_TICKET && wanted->audience->ticket_type_id == NULL)
        violations_add(decoder.violations, &(struct path){.name = "per"}, VIOLATION_not_allowed);
    if (wanted->channel != CHANNEL_EMAIL && wanted->attach.n > 0)
        violations_add(decoder.violations, &(struct path){.name = "attach"}, VIOLATION_not_allowed);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(turn, decoder.violations);
    return false;
}

static struct notification *add(struct turn *turn, const struct command_body *body,
                                struct answer *ret_refusal)
{
    const struct event *event = edit_event(turn, body, ret_refusal);
    if (event == NULL || !check(turn, event, NULL, body->request, ret_refusal))
        return NULL;
    struct notification *notification = edit_add(turn, &collection_notifications,
                                                 turn_id(turn, NOTIFICATION_PREFIX), body->request);
    notification->event_id = event->id;
    notification->partition = turn_partition(turn);
    notification->counts = mem_new(turn_arena(turn), struct notification_counts);
    schedule_plan(event, notification);
    return notification;
}

static struct answer notification_create(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *notification = add(turn, body, &refusal);
    if (notification == NULL)
        return refusal;
    sending_tell(turn, "notification.created", notification);
    return answer_created(turn, &notification_record, notification, path_of(turn, notification));
}

static struct answer send_new(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    struct notification *notification = add(turn, body, &refusal);
    if (notification == NULL)
        return refusal;
    sending_tell(turn, "notification.created", notification);
    if (notification->status == NOTIFICATION_DRAFT)
        audience_begin(turn, notification);
    return answer_accepted(turn, &notification_record, notification, path_of(turn, notification));
}

static bool has_begun(const struct notification *notification)
{
    return notification->status != NOTIFICATION_DRAFT &&
           notification->status != NOTIFICATION_SCHEDULED;
}

static struct answer send_standing(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *was =
        edit_find(turn, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (was == NULL)
        return refusal;
    if (was->status == NOTIFICATION_CANCELLED)
        return edit_illegal(turn, status_text(was->status), status_text(NOTIFICATION_SENDING));
    if (has_begun(was))
        return answer_accepted(turn, &notification_record, was, path_of(turn, was));
    const struct notification *now =
        reschedule_one(turn, turn_read(turn, &collection_events, was->event_id), was);
    if (now != was &&
        (now->status == NOTIFICATION_CANCELLED || schedule_waits(now, turn_now(turn))))
        return answer_ok(turn, &notification_record, now);
    if (schedule_waits(now, turn_now(turn)))
        return answer_not_due(turn, &notification_record, now);
    struct notification *notification = turn_edit(turn, &collection_notifications, was->id);
    audience_begin(turn, notification);
    return answer_accepted(turn, &notification_record, notification, path_of(turn, notification));
}

DECISION(notification_send, notification_record)
{
    return request != NULL ? send_new(turn, body) : send_standing(turn, body);
}

static struct answer notification_edit(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *was =
        edit_find(turn, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (was == NULL)
        return refusal;
    const struct event *event = turn_read(turn, &collection_events, was->event_id);
    struct notification *wanted = edit_wanted(turn, &notification_record, body, was, &refusal);
    if (wanted == NULL || !check(turn, event, was, wanted, &refusal))
        return refusal;
    if (has_begun(was))
        return edit_illegal(turn, status_text(was->status), NULL);
    schedule_plan(event, wanted);
    if (!edit_differs(&notification_record, was, wanted))
        return answer_ok(turn, &notification_record, was);
    const struct notification *notification =
        edit_apply(turn, &collection_notifications, was->id, wanted);
    sending_tell(turn, "notification.updated", notification);
    return answer_ok(turn, &notification_record, notification);
}

static struct answer notification_cancel(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *was =
        edit_find(turn, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (was == NULL)
        return refusal;
    if (was->status == NOTIFICATION_CANCELLED)
        return answer_ok(turn, &notification_record, was);
    if (has_begun(was))
        return edit_illegal(turn, status_text(was->status), status_text(NOTIFICATION_CANCELLED));
    struct notification *notification = turn_edit(turn, &collection_notifications, was->id);
    notification->status = NOTIFICATION_CANCELLED;
    notification->due_at.set = false;
    sending_tell(turn, "notification.cancelled", notification);
    return answer_ok(turn, &notification_record, notification);
}

static struct answer notification_delete(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct notification *notification =
        edit_find(turn, &collection_notifications, body, ID_NOTIFICATION, &refusal);
    if (notification == NULL)
        return refusal;
    if (notification->status == NOTIFICATION_SENDING)
        return edit_illegal(turn, status_text(notification->status), NULL);
    sending_tell(turn, "notification.deleted", notification);
    turn_remove(turn, &collection_notifications, notification->id);
    return answer_none(turn);
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
