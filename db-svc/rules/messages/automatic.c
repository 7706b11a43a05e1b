#include "db-svc/rules/messages/automatic.h"

#include <string.h>

#include "db-svc/rules/messages/audience_expand.h"
#include "db-svc/rules/messages/delivery.h"
#include "db-svc/rules/messages/schedule.h"
#include "db-svc/rules/messages/notification_progress.h"
#include "db-svc/rules/messages/default_texts.h"
#include "db-svc/rules/messages/message_text.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/notification.h"

static const struct event_messages none;

static const struct event_messages *messages_of(const struct event *event)
{
    return event != NULL && event->messages != NULL ? event->messages : &none;
}

/* The first language's text is the notification's own, the others' are besides. */
static void write_texts(struct decision *decision, struct notification *notification)
{
    enum message_kind kind = message_text_kind(notification);
    size_t n = 0;
    while (default_texts_languages[n] != NULL)
        n++;
    struct notification_text *texts =
        mem_array(decision_arena(decision), struct notification_text, n);
    for (size_t i = 0; i < n; i++) {
        const struct default_text text = default_texts_of(kind, default_texts_languages[i]);
        texts[i] =
            (struct notification_text){default_texts_languages[i], text.subject, text.message};
    }
    notification->locale = texts[0].locale;
    notification->subject = texts[0].subject;
    notification->message = texts[0].message;
    notification->texts.at = texts + 1;
    notification->texts.n = n - 1;
}

static void attach(struct decision *decision, struct notification *notification)
{
    static const char *const what[] = {ATTACH_CALENDAR, ATTACH_TICKETS};
    static const size_t n[] = {[AUTOMATIC_REFUNDED] = 0,
                               [AUTOMATIC_TICKETS] = 2,
                               [AUTOMATIC_WELCOME] = 1,
                               [AUTOMATIC_MOVED] = 1,
                               [AUTOMATIC_CANCELLED] = 1};
    notification->attach.at = mem_dup(decision_arena(decision), what, sizeof what);
    notification->attach.n = n[notification->automatic];
}

static struct notification *add(struct decision *decision, const char *event_id,
                                enum automatic automatic, const struct audience *audience)
{
    struct notification *notification = decision_add(decision, &collection_notifications,
                                                     decision_id(decision, NOTIFICATION_PREFIX));
    notification->event_id = event_id;
    notification->automatic = automatic;
    notification->channel = CHANNEL_EMAIL;
    notification->audience = mem_dup(decision_arena(decision), audience, sizeof *audience);
    notification->partition = decision_partition(decision);
    notification->counts = mem_new(decision_arena(decision), struct notification_counts);
    write_texts(decision, notification);
    attach(decision, notification);
    return notification;
}

static void send(struct decision *decision, const char *event_id, enum automatic automatic,
                 const struct audience *audience)
{
    struct notification *notification = add(decision, event_id, automatic, audience);
    notification_progress_emit(decision, "notification.created", notification);
    audience_expand_begin(decision, notification);
}

void automatic_welcome(struct decision *decision, const struct event *event,
                       const struct attendee *attendee)
{
    if (!messages_of(event)->welcome.value)
        return;
    const char *const id[] = {attendee->id};
    send(decision, event->id, AUTOMATIC_WELCOME,
         &(struct audience){
             .attendees = {.at = mem_dup(decision_arena(decision), id, sizeof id), .n = 1}});
}

void automatic_tickets(struct decision *decision, const struct order *order)
{
    const struct event *event = decision_read(decision, &collection_events, order->event_id);
    if (messages_of(event)->tickets.value)
        send(decision, event->id, AUTOMATIC_TICKETS, &(struct audience){.order_id = order->id});
}

void automatic_ticket(struct decision *decision, const struct order *order, int64_t number)
{
    const struct event *event = decision_read(decision, &collection_events, order->event_id);
    if (messages_of(event)->tickets.value)
        send(decision, event->id, AUTOMATIC_TICKETS,
             &(struct audience){.order_id = order->id, .ticket = {true, number}});
}

/* One delivery that is made at once: to an address that no audience has. */
static void send_to(struct decision *decision, const struct order *order, enum automatic automatic,
                    const struct delivery *to)
{
    struct notification *notification =
        add(decision, order->event_id, automatic, &(struct audience){.order_id = order->id});
    notification->status = NOTIFICATION_SENDING;
    notification_progress_emit(decision, "notification.created", notification);
    notification_progress_emit(decision, "notification.sending", notification);
    struct delivery *delivery =
        decision_add(decision, &collection_deliveries, decision_id(decision, DELIVERY_PREFIX));
    delivery->event_id = order->event_id;
    delivery->notification_id = notification->id;
    delivery->order_id = order->id;
    delivery->attendee_id = to->attendee_id;
    delivery->buyer = (struct opt_bool){true, to->buyer.value};
    delivery->elsewhere = to->elsewhere;
    delivery->about = to->about;
    delivery->recipient = to->recipient;
    delivery->address = to->address;
    delivery->locale = to->locale;
    delivery->resends = to->resends;
    delivery->channel = CHANNEL_EMAIL;
    delivery->status = DELIVERY_QUEUED;
    delivery->partition = decision_partition(decision);
    delivery_offer(decision, delivery);
    notification_progress_count(decision, notification->id,
                                &(struct notification_counts){.queued = 1}, true);
}

void automatic_resend(struct decision *decision, const struct order *order,
                      const struct delivery *to)
{
    send_to(decision, order, AUTOMATIC_TICKETS, to);
}

void automatic_address_changed(struct decision *decision, const struct order *was)
{
    const struct event *event = decision_read(decision, &collection_events, was->event_id);
    if (messages_of(event)->tickets.value)
        send_to(decision, was, AUTOMATIC_ADDRESS_CHANGED,
                &(struct delivery){.buyer = {true, true},
                                   .elsewhere = {true, true},
                                   .recipient = was->buyer->name,
                                   .address = was->buyer->email,
                                   .locale = was->buyer->locale});
}

void automatic_refunded(struct decision *decision, const struct order *order)
{
    const struct event *event = decision_read(decision, &collection_events, order->event_id);
    if (messages_of(event)->refunds.value && order->buyer != NULL)
        send_to(decision, order, AUTOMATIC_REFUNDED,
                &(struct delivery){.buyer = {true, true},
                                   .recipient = order->buyer->name,
                                   .address = order->buyer->email,
                                   .locale = order->buyer->locale});
}

static const struct audience everyone = {.everyone = {.set = true, .value = true}};

static void send_change(struct decision *decision, const struct event *was,
                        const struct event *event)
{
    if (was == NULL || was->status == event->status || !messages_of(event)->changes.value ||
        event->silent.value)
        return;
    if (event->status == EVENT_POSTPONED)
        send(decision, event->id, AUTOMATIC_POSTPONED, &everyone);
    else if (event->status == EVENT_CANCELLED)
        send(decision, event->id, AUTOMATIC_CANCELLED, &everyone);
}

/* How long before its start the event reminds of itself; NULL: not at all, or that is past. */
static const char *reminds(struct decision *decision, const struct event *event)
{
    struct notification like = {.before_start = messages_of(event)->reminder};
    if (like.before_start == NULL || event->status == EVENT_CANCELLED ||
        event->status == EVENT_FINISHED)
        return NULL;
    schedule_plan(event, &like);
    return like.due_at.set && like.due_at.ms <= decision_now(decision) ? NULL : like.before_start;
}

static void cancel_reminder(struct decision *decision, struct event *event)
{
    struct notification *reminder =
        decision_edit(decision, &collection_notifications, event->reminder_id);
    reminder->status = NOTIFICATION_CANCELLED;
    reminder->due_at.set = false;
    event->reminder_id = NULL;
    notification_progress_emit(decision, "notification.cancelled", reminder);
}

/* One that has gone out is past; then there is another. */
static void set_reminder(struct decision *decision, struct event *event)
{
    const char *before_start = reminds(decision, event);
    const struct notification *was =
        decision_read(decision, &collection_notifications, event->reminder_id);
    bool stands = was != NULL && was->status == NOTIFICATION_SCHEDULED;
    if (before_start == NULL) {
        if (stands)
            cancel_reminder(decision, event);
        return;
    }
    struct notification *reminder =
        stands ? decision_edit(decision, &collection_notifications, was->id)
               : add(decision, event->id, AUTOMATIC_REMINDER, &everyone);
    reminder->before_start = before_start;
    schedule_plan(event, reminder);
    event->reminder_id = reminder->id;
    notification_progress_emit(decision, stands ? "notification.updated" : "notification.created",
                               reminder);
}

/* A reminder that waits moves by itself, and one that somebody took back stays so. */
static bool needs_another(struct decision *decision, const struct event *was,
                          const struct event *event)
{
    const struct notification *last =
        decision_read(decision, &collection_notifications, event->reminder_id);
    if (was == NULL || was->starts_at == event->starts_at)
        return false;
    return event->reminder_id == NULL || (last != NULL && (last->status == NOTIFICATION_SENDING ||
                                                           last->status == NOTIFICATION_SENT));
}

/* --- Moves --- */

#define NEWS_MS (INT64_C(5) * 60 * 1000)

static bool is_place(const struct event_place *place, const struct event *event)
{
    return place->starts_at == event->starts_at && text_equal(place->location, event->location) &&
           text_equal(place->time_zone, event->time_zone);
}

static struct event_place *place_of(struct decision *decision, const struct event *event)
{
    const struct event_place place = {event->starts_at, event->time_zone, event->location};
    return mem_dup(decision_arena(decision), &place, sizeof place);
}

static void cancel_news(struct decision *decision, struct event *event)
{
    struct notification *news = decision_edit(decision, &collection_notifications, event->news_id);
    news->status = NOTIFICATION_CANCELLED;
    news->due_at.set = false;
    event->news_id = NULL;
    notification_progress_emit(decision, "notification.cancelled", news);
}

static void put_off_news(struct decision *decision, const struct event *event,
                         struct notification *news)
{
    news->send_at = (struct opt_time){true, decision_now(decision) + NEWS_MS};
    schedule_plan(event, news);
}

/* Who is told of a postponed or cancelled event need not hear where it was moved before. */
static void follow_move(struct decision *decision, const struct event *was, struct event *event)
{
    const struct notification *news =
        decision_read(decision, &collection_notifications, event->news_id);
    bool waits = news != NULL && news->status == NOTIFICATION_SCHEDULED && news->previous != NULL;
    bool moved = !is_place(place_of(decision, was), event);
    bool tells = was->status != EVENT_DRAFT && event->status == EVENT_PUBLISHED &&
                 messages_of(event)->changes.value && !event->silent.value;
    if (waits && (event->status != EVENT_PUBLISHED || is_place(news->previous, event))) {
        cancel_news(decision, event);
    } else if (waits && moved && tells) {
        struct notification *again = decision_edit(decision, &collection_notifications, news->id);
        put_off_news(decision, event, again);
        notification_progress_emit(decision, "notification.updated", again);
    } else if (moved && tells) {
        struct notification *first = add(decision, event->id, AUTOMATIC_MOVED, &everyone);
        first->previous = place_of(decision, was);
        put_off_news(decision, event, first);
        event->news_id = first->id;
        notification_progress_emit(decision, "notification.created", first);
    }
}

void automatic_follow(struct decision *decision, const struct event *was, struct event *event)
{
    send_change(decision, was, event);
    if (was != NULL)
        follow_move(decision, was, event);
    event->silent.set = event->silent.value = false; /* of this change alone */
    if (!text_equal(messages_of(was)->reminder, messages_of(event)->reminder) ||
        needs_another(decision, was, event))
        set_reminder(decision, event);
}
