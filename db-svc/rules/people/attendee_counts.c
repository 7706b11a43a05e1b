#include "db-svc/rules/people/attendee_counts.h"

int64_t attendee_counts_present(struct decision *decision, const char *event_id)
{
    const struct roster *roster = decision_read(decision, &collection_rosters, event_id);
    return roster != NULL ? roster->unconfirmed + roster->confirmed : 0;
}

static void count(struct roster *roster, enum attendee_status status, int64_t by)
{
    int64_t *counts[] = {
        [ATTENDEE_UNCONFIRMED] = &roster->unconfirmed,
        [ATTENDEE_CONFIRMED] = &roster->confirmed,
        [ATTENDEE_CANCELLED] = &roster->cancelled,
    };
    if (status != ATTENDEE_UNSET)
        *counts[status] += by;
}

static struct roster *attendee_counts_of(struct decision *decision, const char *event_id)
{
    bool there = decision_read(decision, &collection_rosters, event_id) != NULL;
    struct roster *roster = there ? decision_change(decision, &collection_rosters, event_id)
                                  : decision_add(decision, &collection_rosters, event_id);
    roster->event_id = event_id;
    return roster;
}

void attendee_counts_move(struct decision *decision, const char *event_id,
                          enum attendee_status from, enum attendee_status to)
{
    struct roster *roster = attendee_counts_of(decision, event_id);
    count(roster, from, -1);
    count(roster, to, +1);
}

void attendee_counts_add(struct decision *decision, const struct attendee *attendee)
{
    struct roster *roster = attendee_counts_of(decision, attendee->event_id);
    count(roster, attendee->status, +1);
    if (roster->made++ % MARK_EVERY != 0)
        return;
    struct mark *mark = decision_add(decision, &collection_marks, attendee->id);
    mark->event_id = attendee->event_id;
}
