/* What the holder of a token may do to the one registration that it names: confirm it, cancel it,
 * or withdraw its consent to marketing. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/people/attendee.h"
#include "libshared/contract/event.h"

/* Of whom the token is. NULL: it is no token of this event, for this, and for the person's present
 * address: which of these it is, is nobody's business. */
static const struct attendee *holder(struct turn *turn, const struct command_body *body,
                                     enum self_service_purpose purpose,
                                     struct self_service_token *token)
{
    const struct self_service_request *request = body->request;
    if (!self_service_read(turn_arena(turn), request->token, token) || token->purpose != purpose ||
        strcmp(token->event_id, body->ids[ID_EVENT]) != 0)
        return NULL;
    const struct attendee *attendee = turn_read(turn, &collection_attendees, token->attendee_id);
    bool own = attendee != NULL && attendee->email != NULL &&
               strcmp(attendee->event_id, token->event_id) == 0 &&
               self_service_genuine(turn_self_service(turn), token, attendee->email);
    return own ? attendee : NULL;
}

/* Leaves no receipt: anybody may send what is no token, as often as they like. */
static struct answer refuse(struct turn *turn, enum problem_code code)
{
    struct answer answer = answer_refuse(turn, code);
    answer.forgotten = true;
    return answer;
}

/* Of whom the token is, and of which event. NULL: *ret_refusal is the answer. */
static const struct attendee *admit(struct turn *turn, const struct command_body *body,
                                    enum self_service_purpose purpose,
                                    const struct event **ret_event, struct answer *ret_refusal)
{
    struct self_service_token token;
    const struct attendee *attendee = holder(turn, body, purpose, &token);
    *ret_event = turn_read(turn, &collection_events, body->ids[ID_EVENT]);
    if (attendee == NULL || *ret_event == NULL)
        *ret_refusal = refuse(turn, PROBLEM_invalid_token);
    else if (turn_now(turn) >= token.expires_at)
        *ret_refusal = refuse(turn, PROBLEM_token_expired);
    else
        return attendee;
    return NULL;
}

static struct answer show(struct turn *turn, const struct event *event,
                          const struct attendee *attendee)
{
    const struct self_service_state state = {.status = attendee->status, .event_name = event->name};
    return answer_ok(turn, &self_service_state_record, &state);
}

static struct answer serve(struct turn *turn, const struct command_body *body,
                           enum self_service_purpose purpose, enum attendee_status status)
{
    struct answer refusal;
    const struct event *event;
    const struct attendee *attendee = admit(turn, body, purpose, &event, &refusal);
    if (attendee != NULL)
        attendee = attendee_become(turn, attendee, status, &refusal);
    return attendee != NULL ? show(turn, event, attendee) : refusal;
}

static struct answer self_service_confirm(struct turn *turn, const struct command_body *body)
{
    return serve(turn, body, SELF_SERVICE_CONFIRM, ATTENDEE_CONFIRMED);
}

static struct answer self_service_cancel(struct turn *turn, const struct command_body *body)
{
    return serve(turn, body, SELF_SERVICE_CANCEL, ATTENDEE_CANCELLED);
}

static struct answer self_service_unsubscribe(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct event *event;
    const struct attendee *attendee = admit(turn, body, SELF_SERVICE_UNSUBSCRIBE, &event, &refusal);
    if (attendee == NULL)
        return refusal;
    return show(turn, event, attendee_withdraw_consent(turn, attendee, "unsubscribe"));
}

const struct handler self_service_handlers[] = {
    {"attendee.confirm_by_token", self_service_confirm},
    {"attendee.cancel_by_token", self_service_cancel},
    {"attendee.unsubscribe_by_token", self_service_unsubscribe},
    {0},
};
