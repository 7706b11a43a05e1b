#include "db-svc/rules/messages/automatic.h"

#include <string.h>

#include "db-svc/rules/messages/audience.h"
#include "db-svc/rules/messages/schedule.h"
#include "db-svc/rules/messages/sending.h"
#include "db-svc/rules/messages/wording.h"
#include "libshared/base/mem.h"
#include "libshared/contract/notification.h"

static const struct event_messages none;

static const struct event_messages *messages_of(const struct event *event)
{
    return event != NULL && event->messages != NULL ? event->messages : &none;
}

static enum wording_kind wording_kind(const struct notification *notification)
{
    static const enum wording_kind kinds[] = {
        [AUTOMATIC_WELCOME] = WORDING_WELCOME,     [AUTOMATIC_TICKETS] = WORDING_TICKETS,
        [AUTOMATIC_POSTPONED] = WORDING_POSTPONED, [AUTOMATIC_CANCELLED] = WORDING_CANCELLED,
        [AUTOMATIC_REMINDER] = WORDING_REMINDER,
    };
    return notification->audience->ticket.set ? WORDING_TICKET : kinds[notification->automatic];
}

/* The first language's text is the notification's own, the others' are besides. */
static void write_texts(struct turn *turn, struct notification *notification)
{
    enum wording_kind kind = wording_kind(notification);
    size_t n = 0;
    while (wording_languages[n] != NULL)
        n++;
    struct notification_text *texts = mem_array(turn_arena(turn), struct notification_text, n);
    for (size_t i = 0; i < n; i++) {
        const struct wording wording = wording_of(kind, wording_languages[i]);
        texts[i] =
            (struct notification_text){wording_languages[i], wording.subject, wording.message};
    }
    notification->locale = texts[0].locale;
    notification->subject = texts[0].subject;
    notification->message = texts[0].message;
    notification->texts.at = texts + 1;
    notification->texts.n = n - 1;
}

static void attach(struct turn *turn, struct notification *notification)
{
    static const char *const what[] = {ATTACH_CALENDAR, ATTACH_TICKETS};
    notification->attach.at = mem_dup(turn_arena(turn), what, sizeof what);
    notification->attach.n = notification->automatic == AUTOMATIC_TICKETS   ? 2
                             : notification->automatic == AUTOMATIC_WELCOME ? 1
                                                                            : 0;
}

static struct notification *add(struct turn *turn, const char *event_id, enum automatic automatic,
                                const struct audience *audience)
{
    struct notification *notification =
        turn_add(turn, &collection_notifications, turn_id(turn, NOTIFICATION_PREFIX));
    notification->event_id = event_id;
    notification->automatic = automatic;
    notification->channel = CHANNEL_EMAIL;
    notification->audience = mem_dup(turn_arena(turn), audience, sizeof *audience);
    notification->partition = turn_partition(turn);
    notification->counts = mem_new(turn_arena(turn), struct notification_counts);
    write_texts(turn, notification);
    attach(turn, notification);
    return notification;
}

static void send(struct turn *turn, const char *event_id, enum automatic automatic,
                 const struct audience *audience)
{
    struct notification *notification = add(turn, event_id, automatic, audience);
    sending_tell(turn, "notification.created", notification);
    audience_begin(turn, notification);
}

void automatic_welcome(struct turn *turn, const struct event *event,
                       const struct attendee *attendee)
{
    if (!messages_of(event)->welcome.value)
        return;
    const char *const id[] = {attendee->id};
    send(turn, event->id, AUTOMATIC_WELCOME,
         &(struct audience){.attendees = {.at = mem_dup(turn_arena(turn), id, sizeof id), .n = 1}});
}

void automatic_tickets(struct turn *turn, const struct order *order)
{
    const struct event *event = turn_read(turn, &collection_events, order->event_id);
    if (messages_of(event)->tickets.value)
        send(turn, event->id, AUTOMATIC_TICKETS, &(struct audience){.order_id = order->id});
}

void automatic_ticket(struct turn *turn, const struct order *order, int64_t number)
{
    const struct event *event = turn_read(turn, &collection_events, order->event_id);
    if (messages_of(event)->tickets.value)
        send(turn, event->id, AUTOMATIC_TICKETS,
             &(struct audience){.order_id = order->id, .ticket = {true, number}});
}

static const struct audience everyone = {.everyone = {.set = true, .value = true}};

static void tell_change(struct turn *turn, const struct event *was, const struct event *event)
{
    if (was == NULL || was->status == event->status || !messages_of(event)->changes.value)
        return;
    if (event->status == EVENT_POSTPONED)
        send(turn, event->id, AUTOMATIC_POSTPONED, &everyone);
    else if (event->status == EVENT_CANCELLED)
        send(turn, event->id, AUTOMATIC_CANCELLED, &everyone);
}

/* How long before its start the event reminds of itself; NULL: not at all, or that is past. */
static const char *reminds(struct turn *turn, const struct event *event)
{
    struct notification like = {.before_start = messages_of(event)->reminder};
    if (like.before_start == NULL || event->status == EVENT_CANCELLED ||
        event->status == EVENT_FINISHED)
        return NULL;
    schedule_plan(event, &like);
    return like.due_at.set && like.due_at.ms <= turn_now(turn) ? NULL : like.before_start;
}

static void cancel_reminder(struct turn *turn, struct event *event)
{
    struct notification *reminder = turn_edit(turn, &collection_notifications, event->reminder_id);
    reminder->status = NOTIFICATION_CANCELLED;
    reminder->due_at.set = false;
    event->reminder_id = NULL;
    sending_tell(turn, "notification.cancelled", reminder);
}

/* One that has gone out is past; then there is another. */
static void set_reminder(struct turn *turn, struct event *event)
{
    const char *before_start = reminds(turn, event);
    const struct notification *was = turn_read(turn, &collection_notifications, event->reminder_id);
    bool stands = was != NULL && was->status == NOTIFICATION_SCHEDULED;
    if (before_start == NULL) {
        if (stands)
            cancel_reminder(turn, event);
        return;
    }
    struct notification *reminder = stands ? turn_edit(turn, &collection_notifications, was->id)
                                           : add(turn, event->id, AUTOMATIC_REMINDER, &everyone);
    reminder->before_start = before_start;
    schedule_plan(event, reminder);
    event->reminder_id = reminder->id;
    sending_tell(turn, stands ? "notification.updated" : "notification.created", reminder);
}

static bool same_text(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* A reminder that waits moves by itself, and one that somebody took back stays so. */
static bool needs_another(struct turn *turn, const struct event *was, const struct event *event)
{
    const struct notification *last =
        turn_read(turn, &collection_notifications, event->reminder_id);
    if (was == NULL || was->starts_at == event->starts_at)
        return false;
    return event->reminder_id == NULL || (last != NULL && (last->status == NOTIFICATION_SENDING ||
                                                           last->status == NOTIFICATION_SENT));
}

void automatic_follow(struct turn *turn, const struct event *was, struct event *event)
{
    tell_change(turn, was, event);
    if (!same_text(messages_of(was)->reminder, messages_of(event)->reminder) ||
        needs_another(turn, was, event))
        set_reminder(turn, event);
}
