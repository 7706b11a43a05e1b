#include "db-svc/rules/messages/outgoing_message.h"

#include <string.h>

#include "db-svc/rules/messages/calendar.h"
#include "db-svc/rules/messages/content.h"
#include "db-svc/rules/messages/event_card.h"
#include "db-svc/rules/messages/send_time_fields.h"
#include "db-svc/rules/messages/message_answers.h"
#include "db-svc/rules/messages/message_links.h"
#include "db-svc/rules/messages/message_text.h"
#include "db-svc/rules/messages/message_tickets.h"
#include "db-svc/rules/messages/translations.h"
#include "libshared/base/mem.h"

static bool attaches(const struct notification *notification, const char *what)
{
    for (size_t i = 0; i < notification->attach.n; i++)
        if (strcmp(notification->attach.at[i], what) == 0)
            return true;
    return false;
}

static bool show_tickets(const struct notification_text *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (content_shows_tickets(texts[i].subject) || content_shows_tickets(texts[i].message))
            return true;
    return false;
}

static bool own_show_tickets(struct decision *decision, const struct notification *notification)
{
    enum message_kind kind = message_text_kind(notification);
    if (kind == MESSAGE_UNSET)
        return false;
    const struct message_text_list *own =
        message_texts_of(message_text_read(decision, notification->event_id), kind);
    return show_tickets(own->at, own->n);
}

bool outgoing_message_shows_tickets(struct decision *decision,
                                    const struct notification *notification)
{
    return attaches(notification, ATTACH_TICKETS) || content_shows_tickets(notification->subject) ||
           content_shows_tickets(notification->message) ||
           show_tickets(notification->texts.at, notification->texts.n) ||
           own_show_tickets(decision, notification);
}

void outgoing_message_want(struct decision *decision, const struct delivery *delivery)
{
    decision_want(decision, &collection_events, delivery->event_id);
    decision_want(decision, &collection_attendees, delivery->attendee_id);
    decision_want(decision, &collection_orders, delivery->order_id);
    message_text_want(decision, delivery->event_id);
    message_tickets_want(decision, delivery);
}

static const struct notification *notification_of(struct decision *decision,
                                                  const struct delivery *delivery)
{
    return decision_read(decision, &collection_notifications, delivery->notification_id);
}

static struct outgoing_message_tickets tickets_of(struct decision *decision,
                                                  const struct delivery *delivery,
                                                  const struct notification *notification)
{
    const struct audience *audience = notification != NULL ? notification->audience : NULL;
    return outgoing_message_tickets(decision, delivery,
                                    audience != NULL ? audience->ticket_type_id : NULL);
}

bool outgoing_message_is_pointless(struct decision *decision, const struct delivery *delivery)
{
    enum delivery_about about = delivery->about;
    if (about != ABOUT_TICKET && about != ABOUT_ORDER && about != ABOUT_BUYER)
        return false;
    return tickets_of(decision, delivery, notification_of(decision, delivery)).n == 0;
}

/* A delivery's texts, and where something is put into them as they go out. */
struct outgoing_message_text {
    struct template_text subject, message;
};

static struct delivery_mark *marks_of(const void *arena, const struct template_text *text)
{
    if (text->n_marks == 0)
        return NULL;
    struct delivery_mark *marks = mem_array(arena, struct delivery_mark, text->n_marks);
    for (size_t i = 0; i < text->n_marks; i++)
        marks[i].at = (int64_t)text->marks[i];
    return marks;
}

static void keep_text(const void *arena, struct delivery *delivery,
                      const struct outgoing_message_text *kept)
{
    struct delivery_marks *marks = mem_new(arena, struct delivery_marks);
    marks->subject.at = marks_of(arena, &kept->subject);
    marks->subject.n = kept->subject.n_marks;
    marks->message.at = marks_of(arena, &kept->message);
    marks->message.n = kept->message.n_marks;
    delivery->subject = kept->subject.text;
    delivery->message = kept->message.text;
    delivery->marks = marks;
}

/* In the reader's language. */
static struct notification_text text_for(struct decision *decision, const struct delivery *delivery,
                                         const struct notification *notification)
{
    void *arena = decision_arena(decision);
    struct notification_text text;
    enum message_kind kind = message_text_kind(notification);
    const struct message_texts *own =
        kind != MESSAGE_UNSET ? message_text_read(decision, delivery->event_id) : NULL;
    if (message_text_choose(arena, own, kind, delivery->locale, &text))
        return text;
    return translations_choose(arena, &(const struct translations_written)TEXTS_OF(notification),
                               delivery->locale);
}

void outgoing_message_write(struct decision *decision, struct delivery *delivery)
{
    if (delivery->message != NULL)
        return;
    const struct notification *notification = notification_of(decision, delivery);
    const struct notification_text text = text_for(decision, delivery, notification);
    const struct outgoing_message_tickets tickets = tickets_of(decision, delivery, notification);
    const struct content content = {
        .event = decision_read(decision, &collection_events, delivery->event_id),
        .delivery = delivery,
        .attendee = decision_read(decision, &collection_attendees, delivery->attendee_id),
        .order = decision_read(decision, &collection_orders, delivery->order_id),
        .tickets = tickets.at,
        .n_tickets = tickets.n,
        .previous = notification->previous,
        .locale = text.locale,
    };
    const struct outgoing_message_text kept = {
        .subject = content_render(decision_arena(decision), text.subject, &content),
        .message = content_render(decision_arena(decision), text.message, &content)};
    keep_text(decision_arena(decision), delivery, &kept);
}

static struct template_text text_of(const void *arena, const char *text,
                                    const struct delivery_mark *marks, size_t n)
{
    struct template_text kept = {.text = mem_strdup(arena, text),
                                 .marks = mem_array(arena, size_t, n + 1)};
    for (; kept.n_marks < n; kept.n_marks++)
        kept.marks[kept.n_marks] = (size_t)marks[kept.n_marks].at;
    return kept;
}

/* The texts of a delivery whose marks are not known; without its template there are none. */
static struct outgoing_message_text find_text(const void *arena, const struct delivery *delivery,
                                              const struct notification *notification)
{
    struct notification_text text = {.message = NULL};
    if (notification != NULL)
        text = translations_choose(
            arena, &(const struct translations_written)TEXTS_OF(notification), delivery->locale);
    return (struct outgoing_message_text){
        .subject = send_time_fields_find(arena, delivery->subject, content_marks(text.subject)),
        .message = send_time_fields_find(arena, delivery->message, content_marks(text.message))};
}

static struct outgoing_message_text kept_text(const void *arena, const struct delivery *delivery,
                                              const struct notification *notification)
{
    const struct delivery_marks *marks = delivery->marks;
    if (marks == NULL)
        return find_text(arena, delivery, notification);
    return (struct outgoing_message_text){
        .subject = text_of(arena, delivery->subject, marks->subject.at, marks->subject.n),
        .message = text_of(arena, delivery->message, marks->message.at, marks->message.n)};
}

/* As the reader's text is written; NULL: unknown. */
static const char *locale_of(struct decision *decision, const struct delivery *delivery,
                             const struct notification *notification)
{
    return notification != NULL ? text_for(decision, delivery, notification).locale
                                : delivery->locale;
}

/* Text messages have no room for it. */
static struct delivery_event *card_of(struct decision *decision, const struct delivery *delivery,
                                      const struct notification *notification,
                                      const struct event *event)
{
    if (delivery->channel != CHANNEL_EMAIL || event == NULL)
        return NULL;
    return event_card(decision_arena(decision), event, locale_of(decision, delivery, notification));
}

void outgoing_message_enclose(struct decision *decision, const struct delivery *delivery,
                              const char *sender, struct delivery_payload *order)
{
    void *arena = decision_arena(decision);
    const struct event *event = decision_read(decision, &collection_events, delivery->event_id);
    const struct notification *notification = notification_of(decision, delivery);
    const struct outgoing_message_tickets tickets = tickets_of(decision, delivery, notification);
    const struct outgoing_message_links links = outgoing_message_links(decision, delivery);
    const struct send_time_fields fields = {
        .confirm_link = links.confirm,
        .cancel_link = links.cancel,
        .unsubscribe_link = links.unsubscribe,
        .order_link = links.order,
        .tickets = tickets.at,
        .n_tickets = tickets.n,
        .answers =
            message_answers(arena, event, &tickets, locale_of(decision, delivery, notification))};
    const struct outgoing_message_text kept = kept_text(arena, delivery, notification);
    order->subject = send_time_fields_fill(arena, &kept.subject, &fields);
    order->message = send_time_fields_fill(arena, &kept.message, &fields);
    if (notification == NULL) /* deleted meanwhile: the text goes alone */
        return;
    if (event != NULL)
        order->reply_to = event->contact;
    if (notification->automatic != AUTOMATIC_UNSET)
        order->automatic = (struct opt_bool){true, true};
    order->event = card_of(decision, delivery, notification, event);
    if (attaches(notification, ATTACH_TICKETS) && tickets.n > 0) {
        order->tickets.at = tickets.at;
        order->tickets.n = tickets.n;
    }
    if (attaches(notification, ATTACH_CALENDAR) && event != NULL)
        order->calendar = calendar_text(arena, event, sender, decision_now(decision));
    if (notification->marketing.value)
        order->unsubscribe = links.unsubscribe_post;
}
