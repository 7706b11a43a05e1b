/* Attendees: one registration an e-mail address and event, until it is cancelled. */
#include "db-svc/rules/people/attendee.h"

#include <string.h>

#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/rules.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/people/linking.h"
#include "db-svc/rules/people/registration.h"
#include "db-svc/rules/people/roster.h"
#include "db-svc/rules/people/trail.h"
#include "db-svc/rules/people/unlinking.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"

static const char *status_text(enum attendee_status status)
{
    return record_enum_text(attendee_status_names, (int)status);
}

static bool is_full(struct turn *turn, const struct event *event)
{
    return event->attendee_limit.set &&
           roster_present(turn, event->id) >= event->attendee_limit.value;
}

static struct answer refuse_full(struct turn *turn, const struct event *event)
{
    return answer_refuse_with(turn, PROBLEM_full,
                              json_pack("{sI}", "limit", (json_int_t)event->attendee_limit.value));
}

DECISION(attendee_register, attendee_record)
{
    struct answer refusal;
    registration_want(turn, body->ids[ID_EVENT], request->email);
    linking_want(turn, body->ids[ID_EVENT], request->email);
    const struct event *event = edit_event(turn, body, &refusal);
    if (event == NULL || !registration_open(turn, event, &refusal))
        return refusal;
    struct attendee wanted = *request;
    registration_prepare(turn, event, &wanted);
    if (!registration_claim(turn, &wanted, NULL))
        return answer_refuse(turn, PROBLEM_duplicate_email);
    if (is_full(turn, event))
        return refuse_full(turn, event);
    const struct attendee *attendee = registration_add(turn, &wanted);
    linking_take(turn, event->id, &(struct linking_person){.now = attendee}, 1);
    automatic_welcome(turn, event, attendee);
    return answer_created(
        turn, &attendee_record, attendee,
        mem_printf(turn_arena(turn), "/v1/events/%s/attendees/%s", event->id, attendee->id));
}

static bool is_called_otherwise(const struct attendee *was, const struct attendee *now)
{
    return strcmp(was->email, now->email) != 0 || strcmp(was->name, now->name) != 0;
}

static struct answer attendee_edit(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct attendee *was =
        edit_find(turn, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (was == NULL)
        return refusal;
    if (was->erased_at.set)
        return edit_illegal(turn, "erased", NULL);
    struct attendee *wanted = edit_wanted(turn, &attendee_record, body, was, &refusal);
    if (wanted == NULL)
        return refusal;
    registration_date_consent(turn, wanted, was->marketing_consent);
    if (!registration_claim(turn, wanted, was->id))
        return answer_refuse(turn, PROBLEM_duplicate_email);
    if (!edit_differs(&attendee_record, was, wanted))
        return answer_ok(turn, &attendee_record, was);
    const struct attendee *attendee = edit_apply(turn, &collection_attendees, was->id, wanted);
    registration_tell(turn, "attendee.updated", attendee);
    if (is_called_otherwise(was, attendee))
        linking_take(turn, was->event_id,
                     &(struct linking_person){.now = attendee,
                                              .was = was,
                                              .keeps_address =
                                                  json_object_get(body->change, "email") == NULL},
                     1);
    return answer_ok(turn, &attendee_record, attendee);
}

const struct attendee *attendee_become(struct turn *turn, const struct attendee *was,
                                       enum attendee_status status, struct answer *ret_refusal)
{
    if (was->status == status)
        return was;
    bool erased = was->erased_at.set && status == ATTENDEE_CONFIRMED;
    if (was->status > status || erased) {
        *ret_refusal =
            edit_illegal(turn, erased ? "erased" : status_text(was->status), status_text(status));
        return NULL;
    }
    struct attendee *attendee = turn_edit(turn, &collection_attendees, was->id);
    roster_move(turn, was->event_id, was->status, status);
    attendee->status = status;
    if (status == ATTENDEE_CANCELLED)
        attendee->key = NULL; /* the address may register again */
    registration_tell(
        turn, status == ATTENDEE_CANCELLED ? "attendee.cancelled" : "attendee.confirmed", attendee);
    return attendee;
}

const struct attendee *attendee_withdraw_consent(struct turn *turn, const struct attendee *was,
                                                 const char *source)
{
    if (was->marketing_consent != NULL && !was->marketing_consent->given.value)
        return was;
    struct attendee *attendee = turn_edit(turn, &collection_attendees, was->id);
    attendee->marketing_consent = mem_new(turn_arena(turn), struct consent);
    *attendee->marketing_consent =
        (struct consent){.given = {true, false}, .at = {true, turn_now(turn)}, .source = source};
    registration_tell(turn, "attendee.updated", attendee);
    return attendee;
}

static struct answer become(struct turn *turn, const struct command_body *body,
                            enum attendee_status status)
{
    struct answer refusal;
    const struct attendee *attendee =
        edit_find(turn, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (attendee != NULL)
        attendee = attendee_become(turn, attendee, status, &refusal);
    return attendee != NULL ? answer_ok(turn, &attendee_record, attendee) : refusal;
}

static struct answer attendee_confirm(struct turn *turn, const struct command_body *body)
{
    return become(turn, body, ATTENDEE_CONFIRMED);
}

static struct answer attendee_cancel(struct turn *turn, const struct command_body *body)
{
    return become(turn, body, ATTENDEE_CANCELLED);
}

static struct answer attendee_delete(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct attendee *attendee =
        edit_find(turn, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (attendee == NULL)
        return refusal;
    trail_keep_origin(turn, attendee);
    registration_tell(turn, "attendee.deleted", attendee);
    roster_move(turn, attendee->event_id, attendee->status, ATTENDEE_UNSET);
    turn_remove(turn, &collection_attendees, attendee->id);
    unlinking_take(turn, attendee->event_id, attendee->id, 1);
    return answer_none(turn);
}

const struct handler attendee_handlers[] = {
    {"attendee.register", attendee_register, &attendee_record},
    {"attendee.replace", attendee_edit},
    {"attendee.update", attendee_edit},
    {"attendee.confirm", attendee_confirm},
    {"attendee.cancel", attendee_cancel},
    {"attendee.delete", attendee_delete},
    {0},
};
