/* The commands that the holder of a token may send for the one registration that it names: confirm
 * it, cancel it, or withdraw its consent to marketing. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/people/attendee.h"
#include "libshared/contract/event.h"

/* The attendee of the token. NULL: it is no token of this event, for this, and for the person's
 * present address: which of these it is, is nobody's business. */
static const struct attendee *holder(struct decision *decision, const struct command_body *body,
                                     enum self_service_purpose purpose,
                                     struct self_service_token *token)
{
    const struct self_service_request *request = body->request;
    if (!self_service_read(decision_arena(decision), request->token, token) ||
        token->purpose != purpose || strcmp(token->event_id, body->ids[ID_EVENT]) != 0)
        return NULL;
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, token->subject_id);
    bool own = attendee != NULL && attendee->email != NULL &&
               strcmp(attendee->event_id, token->event_id) == 0 &&
               self_service_genuine(decision_self_service(decision), token, attendee->email);
    return own ? attendee : NULL;
}

/* Leaves no receipt: anybody may send what is no token, as often as they like. */
static struct answer refuse(struct decision *decision, enum problem_code code)
{
    struct answer answer = answer_refuse(decision, code);
    answer.no_receipt = true;
    return answer;
}

/* The attendee of the token, and the event. NULL: *ret_refusal is the answer. */
static const struct attendee *admit(struct decision *decision, const struct command_body *body,
                                    enum self_service_purpose purpose,
                                    const struct event **ret_event, struct answer *ret_refusal)
{
    struct self_service_token token;
    const struct attendee *attendee = holder(decision, body, purpose, &token);
    *ret_event = decision_read(decision, &collection_events, body->ids[ID_EVENT]);
    if (attendee == NULL || *ret_event == NULL)
        *ret_refusal = refuse(decision, PROBLEM_invalid_token);
    else if (decision_now(decision) >= token.expires_at)
        *ret_refusal = refuse(decision, PROBLEM_token_expired);
    else
        return attendee;
    return NULL;
}

static struct answer show(struct decision *decision, const struct event *event,
                          const struct attendee *attendee)
{
    const struct self_service_state state = {.status = attendee->status, .event_name = event->name};
    return answer_ok(decision, &self_service_state_record, &state);
}

static struct answer serve(struct decision *decision, const struct command_body *body,
                           enum self_service_purpose purpose, enum attendee_status status)
{
    struct answer refusal;
    const struct event *event;
    const struct attendee *attendee = admit(decision, body, purpose, &event, &refusal);
    if (attendee != NULL)
        attendee = attendee_become(decision, attendee, status, &refusal);
    return attendee != NULL ? show(decision, event, attendee) : refusal;
}

static struct answer attendee_confirm_by_token(struct decision *decision,
                                               const struct command_body *body)
{
    return serve(decision, body, SELF_SERVICE_CONFIRM, ATTENDEE_CONFIRMED);
}

static struct answer attendee_cancel_by_token(struct decision *decision,
                                              const struct command_body *body)
{
    return serve(decision, body, SELF_SERVICE_CANCEL, ATTENDEE_CANCELLED);
}

static struct answer attendee_unsubscribe_by_token(struct decision *decision,
                                                   const struct command_body *body)
{
    struct answer refusal;
    const struct event *event;
    const struct attendee *attendee =
        admit(decision, body, SELF_SERVICE_UNSUBSCRIBE, &event, &refusal);
    if (attendee == NULL)
        return refusal;
    return show(decision, event, attendee_withdraw_consent(decision, attendee, "unsubscribe"));
}

const struct handler self_service_handlers[] = {
    {"attendee.confirm_by_token", attendee_confirm_by_token},
    {"attendee.cancel_by_token", attendee_cancel_by_token},
    {"attendee.unsubscribe_by_token", attendee_unsubscribe_by_token},
    {0},
};
