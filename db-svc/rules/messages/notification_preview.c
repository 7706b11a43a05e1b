/* A text as one attendee would get it, before it is sent to all. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/messages/content.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/send_time_fields.h"
#include "db-svc/rules/messages/message_answers.h"
#include "db-svc/rules/messages/message_links.h"
#include "db-svc/rules/messages/message_tickets.h"
#include "db-svc/rules/messages/translations.h"

/* The delivery as it would be. */
static struct delivery like(const struct preview *preview, const struct attendee *attendee)
{
    return (struct delivery){.event_id = attendee->event_id,
                             .attendee_id = attendee->id,
                             .recipient = attendee->name,
                             .address = channel_address(preview->channel, CONTACTS_OF(attendee)),
                             .channel = preview->channel,
                             .about = ABOUT_ATTENDEE};
}

static struct answer show(struct decision *decision, const struct preview *preview,
                          const struct event *event, const struct attendee *attendee)
{
    void *arena = decision_arena(decision);
    const struct delivery delivery = like(preview, attendee);
    const struct notification_text chosen = translations_choose(
        arena, &(const struct translations_written)TEXTS_OF(preview), attendee->locale);
    const struct outgoing_message_tickets tickets =
        outgoing_message_tickets(decision, &delivery, NULL);
    for (size_t i = 0; i < tickets.n; i++)
        tickets.at[i].code = "\u2026"; /* for its holder alone */
    const struct content content = {.event = event,
                                    .delivery = &delivery,
                                    .attendee = attendee,
                                    .tickets = tickets.at,
                                    .n_tickets = tickets.n,
                                    .locale = chosen.locale};
    const struct outgoing_message_links links = message_links_like(decision);
    const struct send_time_fields fields = {
        .confirm_link = links.confirm,
        .cancel_link = links.cancel,
        .unsubscribe_link = links.unsubscribe,
        .order_link = links.order,
        .tickets = tickets.at,
        .n_tickets = tickets.n,
        .answers = message_answers(arena, event, &tickets, chosen.locale)};
    const struct template_text subject = content_render(arena, chosen.subject, &content);
    const struct template_text message = content_render(arena, chosen.message, &content);
    const struct preview_text text = {
        .recipient = delivery.recipient,
        .address = delivery.address,
        .subject = send_time_fields_fill(arena, &subject, &fields),
        .message = send_time_fields_fill(arena, &message, &fields),
        .channel = preview->channel,
    };
    struct answer answer = answer_ok(decision, &preview_text_record, &text);
    answer.no_receipt = true;
    return answer;
}

DECISION(notification_preview, preview_record)
{
    struct answer refusal;
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL)
        return refusal;
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, request->attendee_id);
    struct decoder decoder = decision_decoder(decision);
    translations_check(&decoder, &(const struct translations_written)TEXTS_OF(request));
    if (attendee == NULL || strcmp(attendee->event_id, event->id) != 0)
        violations_add(decoder.violations, &(struct path){.name = "attendee_id"},
                       VIOLATION_other_event);
    else if (attendee->erased_at.set)
        violations_add(decoder.violations, &(struct path){.name = "attendee_id"},
                       VIOLATION_not_allowed);
    return decoder.violations->n > 0 ? answer_invalid(decision, decoder.violations)
                                     : show(decision, request, event, attendee);
}

const struct handler notification_preview_handlers[] = {
    {"notification.preview", notification_preview, &preview_record},
    {0},
};
