#include "db-svc/rules/roster.h"

void roster_names(struct names *names, const char *event_id)
{
    names_id(names, &collection_rosters, event_id);
}

int64_t roster_present(struct turn *turn, const char *event_id)
{
    const struct roster *roster = turn_read(turn, &collection_rosters, event_id);
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

void roster_move(struct turn *turn, const char *event_id, enum attendee_status from,
                 enum attendee_status to)
{
    bool there = turn_read(turn, &collection_rosters, event_id) != NULL;
    struct roster *roster = there ? turn_change(turn, &collection_rosters, event_id)
                                  : turn_add(turn, &collection_rosters, event_id);
    roster->event_id = event_id;
    count(roster, from, -1);
    count(roster, to, +1);
}
