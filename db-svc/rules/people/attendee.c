/* Attendees: one registration an e-mail address and event, until it is cancelled. */
#include "db-svc/rules/people/attendee.h"

#include <string.h>

#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/rules.h"
#include "db-svc/rules/attendee_key.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/people/linking.h"
#include "db-svc/rules/people/registration.h"
#include "db-svc/rules/people/attendee_counts.h"
#include "db-svc/rules/people/audit_trail.h"
#include "db-svc/rules/people/unlinking.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"

static const char *status_text(enum attendee_status status)
{
    return record_enum_text(attendee_status_names, (int)status);
}

static bool is_full(struct decision *decision, const struct event *event)
{
    return event->attendee_limit.set &&
           attendee_counts_present(decision, event->id) >= event->attendee_limit.value;
}

static struct answer refuse_full(struct decision *decision, const struct event *event)
{
    return answer_refuse_with(decision, PROBLEM_full,
                              json_pack("{sI}", "limit", (json_int_t)event->attendee_limit.value));
}

DECISION(attendee_register, attendee_record)
{
    struct answer refusal;
    registration_want(decision, body->ids[ID_EVENT], request->email);
    linking_want(decision, body->ids[ID_EVENT], request->email);
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL || !registration_open(decision, event, &refusal))
        return refusal;
    struct attendee wanted = *request;
    registration_prepare(decision, event, &wanted);
    if (!registration_claim(decision, &wanted, NULL))
        return answer_refuse(decision, PROBLEM_duplicate_email);
    if (is_full(decision, event))
        return refuse_full(decision, event);
    const struct attendee *attendee = registration_add(decision, &wanted);
    linking_take(decision, event->id, &(struct linking_person){.now = attendee}, 1);
    automatic_welcome(decision, event, attendee);
    return answer_created(decision, &attendee_record, attendee,
                          mem_printf(decision_arena(decision), "/v1/events/%s/attendees/%s",
                                     event->id, attendee->id));
}

static bool is_called_otherwise(const struct attendee *was, const struct attendee *now)
{
    return strcmp(was->email, now->email) != 0 || strcmp(was->name, now->name) != 0;
}

/* Whether no other tickets are the person's than before: those of the address, or, where it is
 * shared, of the address and the name. */
static bool finds_no_more(struct decision *decision, const struct command_body *body,
                          const struct attendee *was)
{
    return json_object_get(body->change, "email") == NULL &&
           !attendee_key_shared(decision, was->event_id);
}

static struct answer attendee_edit(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct attendee *was =
        edit_find(decision, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (was == NULL)
        return refusal;
    if (was->erased_at.set)
        return edit_illegal(decision, "erased", NULL);
    struct attendee *wanted = edit_wanted(decision, &attendee_record, body, was, &refusal);
    if (wanted == NULL)
        return refusal;
    registration_date_consent(decision, wanted, was->marketing_consent);
    if (!registration_claim(decision, wanted, was->id))
        return answer_refuse(decision, PROBLEM_duplicate_email);
    if (!edit_differs(&attendee_record, was, wanted))
        return answer_ok(decision, &attendee_record, was);
    const struct attendee *attendee = edit_apply(decision, &collection_attendees, was->id, wanted);
    registration_emit(decision, "attendee.updated", attendee);
    if (is_called_otherwise(was, attendee))
        linking_take(decision, was->event_id,
                     &(struct linking_person){.now = attendee,
                                              .was = was,
                                              .keeps_address = finds_no_more(decision, body, was)},
                     1);
    return answer_ok(decision, &attendee_record, attendee);
}

const struct attendee *attendee_become(struct decision *decision, const struct attendee *was,
                                       enum attendee_status status, struct answer *ret_refusal)
{
    if (was->status == status)
        return was;
    bool erased = was->erased_at.set && status == ATTENDEE_CONFIRMED;
    if (was->status > status || erased) {
        *ret_refusal = edit_illegal(decision, erased ? "erased" : status_text(was->status),
                                    status_text(status));
        return NULL;
    }
    struct attendee *attendee = decision_edit(decision, &collection_attendees, was->id);
    attendee_counts_move(decision, was->event_id, was->status, status);
    attendee->status = status;
    if (status == ATTENDEE_CANCELLED)
        attendee->key = NULL; /* the address may register again */
    registration_emit(decision,
                      status == ATTENDEE_CANCELLED ? "attendee.cancelled" : "attendee.confirmed",
                      attendee);
    return attendee;
}

const struct attendee *attendee_withdraw_consent(struct decision *decision,
                                                 const struct attendee *was, const char *source)
{
    if (was->marketing_consent != NULL && !was->marketing_consent->given.value)
        return was;
    struct attendee *attendee = decision_edit(decision, &collection_attendees, was->id);
    attendee->marketing_consent = mem_new(decision_arena(decision), struct consent);
    *attendee->marketing_consent = (struct consent){
        .given = {true, false}, .at = {true, decision_now(decision)}, .source = source};
    registration_emit(decision, "attendee.updated", attendee);
    return attendee;
}

static struct answer become(struct decision *decision, const struct command_body *body,
                            enum attendee_status status)
{
    struct answer refusal;
    const struct attendee *attendee =
        edit_find(decision, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (attendee != NULL)
        attendee = attendee_become(decision, attendee, status, &refusal);
    return attendee != NULL ? answer_ok(decision, &attendee_record, attendee) : refusal;
}

static struct answer attendee_confirm(struct decision *decision, const struct command_body *body)
{
    return become(decision, body, ATTENDEE_CONFIRMED);
}

static struct answer attendee_cancel(struct decision *decision, const struct command_body *body)
{
    return become(decision, body, ATTENDEE_CANCELLED);
}

static struct answer attendee_delete(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct attendee *attendee =
        edit_find(decision, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (attendee == NULL)
        return refusal;
    audit_trail_keep_origin(decision, attendee);
    registration_emit(decision, "attendee.deleted", attendee);
    attendee_counts_move(decision, attendee->event_id, attendee->status, ATTENDEE_UNSET);
    decision_remove(decision, &collection_attendees, attendee->id);
    unlinking_take(decision, attendee->event_id, attendee->id, 1);
    return answer_none(decision);
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
