/* A text as one attendee would get it, before it is sent to all. */
#include "db-svc/rules/decisions.h"

#include <string.h>

#include "db-svc/rules/content.h"
#include "db-svc/rules/edit.h"

void notification_preview_names(struct names *names, const struct command_body *body)
{
    const struct preview *preview = body->request;
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    names_id(names, &collection_attendees, preview->attendee_id);
}

static struct answer show(struct turn *turn, const struct preview *preview,
                          const struct event *event, const struct attendee *attendee)
{
    bool email = preview->channel == CHANNEL_EMAIL;
    const struct delivery delivery = {.recipient = attendee->name,
                                      .address = email ? attendee->email : attendee->phone,
                                      .channel = preview->channel};
    const struct content content = {.event = event, .delivery = &delivery, .attendee = attendee};
    const struct preview_text text = {
        .recipient = delivery.recipient,
        .address = delivery.address,
        .subject = content_render(turn_arena(turn), preview->subject, &content),
        .message = content_render(turn_arena(turn), preview->message, &content),
        .channel = preview->channel,
    };
    struct answer answer = answer_ok(turn, &preview_text_record, &text);
    answer.forgotten = true;
    return answer;
}

struct answer notification_preview(struct turn *turn, const struct command_body *body)
{
    const struct preview *preview = body->request;
    struct answer refusal;
    const struct event *event = edit_event(turn, body, &refusal);
    if (event == NULL)
        return refusal;
    const struct attendee *attendee = turn_read(turn, &collection_attendees, preview->attendee_id);
    struct decoder decoder = turn_decoder(turn);
    content_check(&decoder, "subject", preview->subject);
    content_check(&decoder, "message", preview->message);
    if (attendee == NULL || strcmp(attendee->event_id, event->id) != 0)
        violations_add(decoder.violations, &(struct path){.name = "attendee_id"},
                       VIOLATION_other_event);
    return decoder.violations->n > 0 ? answer_invalid(turn, decoder.violations)
                                     : show(turn, preview, event, attendee);
}
