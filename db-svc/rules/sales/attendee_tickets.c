#include "db-svc/rules/sales/attendee_tickets.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"

/* NULL: nobody's on a list, or void. */
static const char *owner(const struct ticket *ticket)
{
    bool counts = ticket != NULL && ticket->attendee != NULL && ticket->status != TICKET_VOID;
    return counts ? ticket->attendee->attendee_id : NULL;
}

void attendee_tickets_want(struct decision *decision, const struct ticket *ticket)
{
    (void)decision_want(decision, &collection_attendees, owner(ticket));
}

/* Their tickets of that type, in a list of its own that has room for it. */
static struct attendee_tickets *of_type(struct decision *decision, struct attendee *attendee,
                                        const char *ticket_type_id)
{
    size_t n = attendee->tickets.n, i = 0;
    struct attendee_tickets *list =
        mem_array(decision_arena(decision), struct attendee_tickets, n + 1);
    if (n > 0)
        memcpy(list, attendee->tickets.at, n * sizeof *list);
    attendee->tickets.at = list;
    while (i < n && strcmp(list[i].ticket_type_id, ticket_type_id) != 0)
        i++;
    if (i == n)
        list[attendee->tickets.n++].ticket_type_id = ticket_type_id;
    return &list[i];
}

static void drop_none(struct attendee *attendee)
{
    size_t n = 0;
    for (size_t i = 0; i < attendee->tickets.n; i++)
        if (attendee->tickets.at[i].tickets > 0)
            attendee->tickets.at[n++] = attendee->tickets.at[i];
    attendee->tickets.n = n;
}

static void count(struct decision *decision, const struct ticket *ticket, int by)
{
    const char *id = owner(ticket);
    if (id == NULL || decision_read(decision, &collection_attendees, id) == NULL)
        return;
    struct attendee *attendee = decision_change(decision, &collection_attendees, id);
    struct attendee_tickets *of = of_type(decision, attendee, ticket->ticket_type_id);
    of->tickets += by;
    of->checked_in += ticket->status == TICKET_CHECKED_IN ? by : 0;
    drop_none(attendee);
}

static bool counts_the_same(const struct ticket *was, const struct ticket *now)
{
    const char *before = owner(was), *after = owner(now);
    return before != NULL && after != NULL && strcmp(before, after) == 0 &&
           was->status == now->status;
}

void attendee_tickets_move(struct decision *decision, const struct ticket *was,
                           const struct ticket *now)
{
    if (counts_the_same(was, now))
        return;
    count(decision, was, -1);
    count(decision, now, +1);
}
