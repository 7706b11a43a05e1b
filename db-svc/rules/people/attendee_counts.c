#include "db-svc/rules/people/attendee_counts.h"

int64_t attendee_counts_present(struct decision *decision, const char *event_id)
{
    const struct attendee_counters *counters =
        decision_read(decision, &collection_attendee_counters, event_id);
    return counters != NULL ? counters->unconfirmed + counters->confirmed : 0;
}

static void count(struct attendee_counters *counters, enum attendee_status status, int64_t by)
{
    int64_t *counts[] = {
        [ATTENDEE_UNCONFIRMED] = &counters->unconfirmed,
        [ATTENDEE_CONFIRMED] = &counters->confirmed,
        [ATTENDEE_CANCELLED] = &counters->cancelled,
    };
    if (status != ATTENDEE_UNSET)
        *counts[status] += by;
}

static struct attendee_counters *attendee_counts_of(struct decision *decision, const char *event_id)
{
    bool there = decision_read(decision, &collection_attendee_counters, event_id) != NULL;
    struct attendee_counters *counters =
        there ? decision_change(decision, &collection_attendee_counters, event_id)
              : decision_add(decision, &collection_attendee_counters, event_id);
    counters->event_id = event_id;
    return counters;
}

void attendee_counts_move(struct decision *decision, const char *event_id,
                          enum attendee_status from, enum attendee_status to)
{
    struct attendee_counters *counters = attendee_counts_of(decision, event_id);
    count(counters, from, -1);
    count(counters, to, +1);
}

void attendee_counts_add(struct decision *decision, const struct attendee *attendee)
{
    struct attendee_counters *counters = attendee_counts_of(decision, attendee->event_id);
    count(counters, attendee->status, +1);
    if (counters->made++ % ANCHOR_EVERY != 0)
        return;
    struct list_anchor *mark = decision_add(decision, &collection_list_anchors, attendee->id);
    mark->event_id = attendee->event_id;
}
