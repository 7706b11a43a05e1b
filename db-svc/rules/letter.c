#include "db-svc/rules/letter.h"

#include "db-svc/rules/content.h"
#include "db-svc/rules/texts.h"

void letter_names(struct names *names, const struct delivery *delivery)
{
    names_id(names, &collection_events, delivery->event_id);
    names_id(names, &collection_attendees, delivery->attendee_id);
    names_id(names, &collection_orders, delivery->order_id);
}

void letter_write(struct turn *turn, struct delivery *delivery)
{
    if (delivery->message != NULL)
        return;
    const struct notification *notification =
        turn_read(turn, &collection_notifications, delivery->notification_id);
    const struct notification_text text = texts_choose(
        turn_arena(turn), &(const struct texts_written)TEXTS_OF(notification), delivery->locale);
    const struct content content = {
        .event = turn_read(turn, &collection_events, delivery->event_id),
        .delivery = delivery,
        .attendee = turn_read(turn, &collection_attendees, delivery->attendee_id),
        .order = turn_read(turn, &collection_orders, delivery->order_id),
        .locale = text.locale,
    };
    delivery->subject = content_render(turn_arena(turn), text.subject, &content);
    delivery->message = content_render(turn_arena(turn), text.message, &content);
}
