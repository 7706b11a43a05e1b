#include "db-svc/rules/messages/letter.h"

#include <string.h>

#include "db-svc/rules/messages/calendar.h"
#include "db-svc/rules/messages/content.h"
#include "db-svc/rules/messages/late.h"
#include "db-svc/rules/messages/letter_links.h"
#include "db-svc/rules/messages/letter_tickets.h"
#include "db-svc/rules/messages/texts.h"
#include "libshared/base/mem.h"

static bool attaches(const struct notification *notification, const char *what)
{
    for (size_t i = 0; i < notification->attach.n; i++)
        if (strcmp(notification->attach.at[i], what) == 0)
            return true;
    return false;
}

bool letter_tells_tickets(const struct notification *notification)
{
    bool tells = attaches(notification, ATTACH_TICKETS) ||
                 content_tells_tickets(notification->subject) ||
                 content_tells_tickets(notification->message);
    for (size_t i = 0; i < notification->texts.n; i++)
        tells = tells || content_tells_tickets(notification->texts.at[i].subject) ||
                content_tells_tickets(notification->texts.at[i].message);
    return tells;
}

void letter_want(struct turn *turn, const struct delivery *delivery)
{
    turn_want(turn, &collection_events, delivery->event_id);
    turn_want(turn, &collection_attendees, delivery->attendee_id);
    turn_want(turn, &collection_orders, delivery->order_id);
    letter_tickets_want(turn, delivery);
}

static const struct notification *notification_of(struct turn *turn,
                                                  const struct delivery *delivery)
{
    return turn_read(turn, &collection_notifications, delivery->notification_id);
}

static struct letter_tickets tickets_of(struct turn *turn, const struct delivery *delivery,
                                        const struct notification *notification)
{
    const struct audience *audience = notification != NULL ? notification->audience : NULL;
    return letter_tickets(turn, delivery, audience != NULL ? audience->ticket_type_id : NULL);
}

bool letter_is_pointless(struct turn *turn, const struct delivery *delivery)
{
    enum delivery_about about = delivery->about;
    if (about != ABOUT_TICKET && about != ABOUT_ORDER && about != ABOUT_BUYER)
        return false;
    return tickets_of(turn, delivery, notification_of(turn, delivery)).n == 0;
}

/* A delivery's texts, and where something is put into them as they go out. */
struct letter_text {
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

static void keep_text(const void *arena, struct delivery *delivery, const struct letter_text *kept)
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

void letter_write(struct turn *turn, struct delivery *delivery)
{
    if (delivery->message != NULL)
        return;
    const struct notification *notification = notification_of(turn, delivery);
    const struct notification_text text = texts_choose(
        turn_arena(turn), &(const struct texts_written)TEXTS_OF(notification), delivery->locale);
    const struct letter_tickets tickets = tickets_of(turn, delivery, notification);
    const struct content content = {
        .event = turn_read(turn, &collection_events, delivery->event_id),
        .delivery = delivery,
        .attendee = turn_read(turn, &collection_attendees, delivery->attendee_id),
        .order = turn_read(turn, &collection_orders, delivery->order_id),
        .tickets = tickets.at,
        .n_tickets = tickets.n,
        .locale = text.locale,
    };
    const struct letter_text kept = {
        .subject = content_render(turn_arena(turn), text.subject, &content),
        .message = content_render(turn_arena(turn), text.message, &content)};
    keep_text(turn_arena(turn), delivery, &kept);
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

/* Of a delivery whose marks are not known; without its template there are none. */
static struct letter_text find_text(const void *arena, const struct delivery *delivery,
                                    const struct notification *notification)
{
    struct notification_text text = {.message = NULL};
    if (notification != NULL)
        text = texts_choose(arena, &(const struct texts_written)TEXTS_OF(notification),
                            delivery->locale);
    return (struct letter_text){
        .subject = late_find(arena, delivery->subject, content_marks(text.subject)),
        .message = late_find(arena, delivery->message, content_marks(text.message))};
}

static struct letter_text kept_text(const void *arena, const struct delivery *delivery,
                                    const struct notification *notification)
{
    const struct delivery_marks *marks = delivery->marks;
    if (marks == NULL)
        return find_text(arena, delivery, notification);
    return (struct letter_text){
        .subject = text_of(arena, delivery->subject, marks->subject.at, marks->subject.n),
        .message = text_of(arena, delivery->message, marks->message.at, marks->message.n)};
}

void letter_enclose(struct turn *turn, const struct delivery *delivery, const char *sender,
                    struct delivery_order *order)
{
    void *arena = turn_arena(turn);
    const struct event *event = turn_read(turn, &collection_events, delivery->event_id);
    const struct notification *notification = notification_of(turn, delivery);
    const struct letter_tickets tickets = tickets_of(turn, delivery, notification);
    const struct letter_links links = letter_links(turn, delivery);
    const struct late late = {.confirm_link = links.confirm,
                              .cancel_link = links.cancel,
                              .unsubscribe_link = links.unsubscribe,
                              .tickets = tickets.at,
                              .n_tickets = tickets.n};
    const struct letter_text kept = kept_text(arena, delivery, notification);
    order->subject = late_fill(arena, &kept.subject, &late);
    order->message = late_fill(arena, &kept.message, &late);
    if (notification == NULL) /* deleted meanwhile: the text goes alone */
        return;
    if (attaches(notification, ATTACH_TICKETS) && tickets.n > 0) {
        order->tickets.at = tickets.at;
        order->tickets.n = tickets.n;
    }
    if (attaches(notification, ATTACH_CALENDAR) && event != NULL)
        order->calendar = calendar_text(arena, event, sender, turn_now(turn));
    if (notification->marketing.value)
        order->unsubscribe = links.unsubscribe_post;
}
