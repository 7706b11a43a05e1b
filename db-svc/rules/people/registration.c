#include "db-svc/rules/people/registration.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/people/roster.h"
#include "db-svc/rules/people/trail.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

void registration_tell(struct turn *turn, const char *fact, const struct attendee *attendee)
{
    trail_changed(turn, attendee);
    turn_fact(turn, fact,
              &(struct fact_body){
                  .event_id = attendee->event_id,
                  .attendee_id = attendee->id,
                  .status = record_enum_text(attendee_status_names, (int)attendee->status)});
}

void registration_want(struct turn *turn, const char *event_id, const char *email)
{
    turn_want(turn, &collection_rosters, event_id);
    turn_want_key(turn, &collection_attendees, edit_attendee_key(turn, event_id, email));
}

bool registration_claim(struct turn *turn, struct attendee *attendee, const char *own_id)
{
    attendee->email_folded = text_fold_email(turn_arena(turn), attendee->email);
    attendee->key = NULL;
    if (attendee->status == ATTENDEE_CANCELLED)
        return true;
    attendee->key = edit_attendee_key(turn, attendee->event_id, attendee->email);
    const struct attendee *other = turn_find(turn, &collection_attendees, attendee->key);
    return other == NULL || (own_id != NULL && strcmp(other->id, own_id) == 0);
}

void registration_date_consent(struct turn *turn, struct attendee *attendee,
                               const struct consent *was)
{
    if (attendee->marketing_consent == NULL)
        return;
    struct consent *consent =
        mem_dup(turn_arena(turn), attendee->marketing_consent, sizeof *consent);
    bool changed = was != NULL && was->given.value != consent->given.value;
    bool as_before = was != NULL && was->at.ms == consent->at.ms;
    if (!consent->at.set || (changed && as_before))
        consent->at = (struct opt_time){true, turn_now(turn)};
    attendee->marketing_consent = consent;
}

/* When a postponed event will be is yet to be said. */
static bool is_past(struct turn *turn, const struct event *event)
{
    return event->status != EVENT_POSTPONED && event_time_is_over(event, turn_now(turn));
}

bool registration_open(struct turn *turn, const struct event *event, struct answer *ret_refusal)
{
    if (event->status == EVENT_CANCELLED)
        *ret_refusal = answer_refuse_with(turn, PROBLEM_illegal_transition,
                                          json_pack("{ss}", "event_status", "cancelled"));
    else if (event->status == EVENT_FINISHED)
        *ret_refusal = answer_refuse(turn, PROBLEM_event_over);
    else if (is_past(turn, event))
        *ret_refusal =
            answer_refuse_with(turn, PROBLEM_event_over,
                               json_pack("{so}", "over_at", edit_time(event_time_end(event))));
    else
        return true;
    return false;
}

void registration_prepare(struct turn *turn, const struct event *event, struct attendee *wanted)
{
    wanted->event_id = event->id;
    wanted->status = ATTENDEE_UNCONFIRMED;
    registration_date_consent(turn, wanted, NULL);
}

const struct attendee *registration_add(struct turn *turn, const struct attendee *wanted)
{
    struct attendee *attendee =
        edit_add(turn, &collection_attendees, turn_id(turn, ATTENDEE_PREFIX), wanted);
    attendee->origin = trail_origin(turn);
    roster_add(turn, attendee);
    registration_tell(turn, "attendee.registered", attendee);
    return attendee;
}
