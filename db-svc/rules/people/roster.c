#include "db-svc/rules/people/roster.h"

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

static struct roster *roster_of(struct turn *turn, const char *event_id)
{
    bool there = turn_read(turn, &collection_rosters, event_id) != NULL;
    struct roster *roster = there ? turn_change(turn, &collection_rosters, event_id)
                                  : turn_add(turn, &collection_rosters, event_id);
    roster->event_id = event_id;
    return roster;
}

void roster_move(struct turn *turn, const char *event_id, enum attendee_status from,
                 enum attendee_status to)
{
    struct roster *roster = roster_of(turn, event_id);
    count(roster, from, -1);
    count(roster, to, +1);
}

void roster_add(struct turn *turn, const struct attendee *attendee)
{
    struct roster *roster = roster_of(turn, attendee->event_id);
    count(roster, attendee->status, +1);
    if (roster->made++ % MARK_EVERY != 0)
        return;
    struct mark *mark = turn_add(turn, &collection_marks, attendee->id);
    mark->event_id = attendee->event_id;
}
