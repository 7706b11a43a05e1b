#include "db-svc/rules/people/registration.h"

#include "db-svc/rules/attendee_key.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/people/attendee_counts.h"
#include "db-svc/rules/people/audit_trail.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

void registration_emit(struct decision *decision, const char *fact, const struct attendee *attendee)
{
    audit_trail_changed(decision, attendee);
    decision_fact(decision, fact,
                  &(struct fact_body){
                      .event_id = attendee->event_id,
                      .attendee_id = attendee->id,
                      .status = record_enum_text(attendee_status_names, (int)attendee->status)});
}

void registration_want(struct decision *decision, const char *event_id, const char *email)
{
    decision_want(decision, &collection_attendee_counters, event_id);
    attendee_key_want(decision, event_id, email, NULL);
}

bool registration_claim(struct decision *decision, struct attendee *attendee, const char *own_id)
{
    attendee->email_folded = text_fold_email(decision_arena(decision), attendee->email);
    attendee->key = NULL;
    return attendee->status == ATTENDEE_CANCELLED || attendee_key_claim(decision, attendee, own_id);
}

void registration_date_consent(struct decision *decision, struct attendee *attendee,
                               const struct consent *was)
{
    if (attendee->marketing_consent == NULL)
        return;
    struct consent *consent =
        mem_dup(decision_arena(decision), attendee->marketing_consent, sizeof *consent);
    bool changed = was != NULL && was->given.value != consent->given.value;
    bool as_before = was != NULL && was->at.ms == consent->at.ms;
    if (!consent->at.set || (changed && as_before))
        consent->at = (struct opt_time){true, decision_now(decision)};
    attendee->marketing_consent = consent;
}

/* When a postponed event will be is yet to be said. */
static bool is_past(struct decision *decision, const struct event *event)
{
    return event->status != EVENT_POSTPONED && event_time_is_over(event, decision_now(decision));
}

bool registration_open(struct decision *decision, const struct event *event,
                       struct answer *ret_refusal)
{
    if (event->status == EVENT_CANCELLED)
        *ret_refusal = answer_refuse_with(decision, PROBLEM_illegal_transition,
                                          json_pack("{ss}", "event_status", "cancelled"));
    else if (event->status == EVENT_FINISHED)
        *ret_refusal = answer_refuse(decision, PROBLEM_event_over);
    else if (is_past(decision, event))
        *ret_refusal =
            answer_refuse_with(decision, PROBLEM_event_over,
                               json_pack("{so}", "over_at", edit_time(event_time_end(event))));
    else
        return true;
    return false;
}

void registration_prepare(struct decision *decision, const struct event *event,
                          struct attendee *wanted)
{
    wanted->event_id = event->id;
    wanted->status = ATTENDEE_UNCONFIRMED;
    registration_date_consent(decision, wanted, NULL);
}

const struct attendee *registration_add(struct decision *decision, const struct attendee *wanted)
{
    struct attendee *attendee =
        edit_add(decision, &collection_attendees, decision_id(decision, ATTENDEE_PREFIX), wanted);
    attendee->origin = audit_trail_origin(decision);
    attendee_counts_add(decision, attendee);
    registration_emit(decision, "attendee.registered", attendee);
    return attendee;
}
