#include "db-svc/rules/people/linking.h"

#include <string.h>

#include "db-svc/rules/decisions.h"
#include "db-svc/rules/people/linking_pages.h"
#include "db-svc/rules/sales/holdings.h"
#include "libshared/base/mem.h"

/* Of all that a batch looks for. */
#define ORDERS_MAX 400

void linking_names(struct names *names, struct turn *turn, const char *event_id, const char *email,
                   const char *attendee_id)
{
    if (email != NULL)
        names_found_any(names, &collection_orders, event_id, "holder",
                        collection_fold_email(turn_arena(turn), email), ORDERS_MAX);
    if (attendee_id != NULL)
        names_found_any(names, &collection_orders, event_id, "holder", attendee_id, ORDERS_MAX);
}

/* ---- to whom they are linked */

struct following {
    struct names *names;
    struct turn *turn;
    const char **emails; /* folded */
    size_t n;
};

static bool is_among(const struct following *following, const char *email)
{
    const char *folded = collection_fold_email(turn_arena(following->turn), email);
    for (size_t i = 0; i < following->n; i++)
        if (strcmp(following->emails[i], folded) == 0)
            return true;
    return false;
}

static void name_linked(void *context, const void *record)
{
    const struct following *following = context;
    const struct order *order = record;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder != NULL && holder->email != NULL && holder->attendee_id != NULL &&
            is_among(following, holder->email))
            names_id(following->names, &collection_attendees, holder->attendee_id);
    }
}

void linking_follows(struct names *names, struct turn *turn, const char *event_id,
                     const char *const *emails, size_t n)
{
    struct following following = {.names = names, .turn = turn};
    following.emails = mem_array(turn_arena(turn), const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        if (emails[i] != NULL)
            following.emails[following.n++] = collection_fold_email(turn_arena(turn), emails[i]);
    turn_each(turn, &collection_orders, event_id, name_linked, &following);
}

/* ---- one ticket */

struct linking {
    struct turn *turn;
    const struct linking_person *people;
    const char **folded; /* their addresses; NULL: erased */
    size_t n;
    size_t orders; /* that were looked at */
};

/* Whether nobody who is there has it. */
static bool is_free(struct turn *turn, const char *attendee_id)
{
    const struct attendee *attendee = turn_read(turn, &collection_attendees, attendee_id);
    return attendee == NULL || attendee->status == ATTENDEE_CANCELLED || attendee->erased_at.set;
}

static bool same_text(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* As the person is called and reached now. A name that whoever assigned it has chosen stays. */
static struct ticket_holder corrected(const struct linking *linking, size_t i,
                                      const struct ticket_holder *holder, const char *folded)
{
    const struct attendee *was = linking->people[i].was, *now = linking->people[i].now;
    struct ticket_holder wanted = *holder;
    if (now->email != NULL && !same_text(folded, linking->folded[i]))
        wanted.email = now->email;
    if (was != NULL && now->name != NULL && same_text(holder->name, was->name))
        wanted.name = now->name;
    return wanted;
}

/* Whose a ticket is from now on. */
static struct ticket_holder wanted_of(const struct linking *linking,
                                      const struct ticket_holder *holder)
{
    const char *folded = collection_fold_email(turn_arena(linking->turn), holder->email);
    struct ticket_holder wanted = *holder;
    for (size_t i = 0; i < linking->n; i++)
        if (same_text(holder->attendee_id, linking->people[i].now->id))
            return corrected(linking, i, holder, folded);
    for (size_t i = 0; i < linking->n; i++)
        if (same_text(folded, linking->folded[i]) && is_free(linking->turn, holder->attendee_id))
            wanted.attendee_id = linking->people[i].now->id;
    return wanted;
}

static bool same_holder(const struct ticket_holder *one, const struct ticket_holder *other)
{
    return same_text(one->email, other->email) && one->name == other->name &&
           one->attendee_id == other->attendee_id;
}

/* ---- orders */

/* Puts the holder into the ticket, which is the turn's own. */
static void put(struct turn *turn, const struct order *order, struct ticket *ticket,
                const struct ticket_holder *wanted)
{
    const struct ticket was = *ticket;
    ticket->attendee = mem_dup(turn_arena(turn), wanted, sizeof *wanted);
    holdings_move(turn, &was, ticket);
    if (!same_text(was.attendee->attendee_id, wanted->attendee_id))
        turn_fact(turn, "ticket.assigned",
                  &(struct fact_body){.event_id = order->event_id,
                                      .order_id = order->id,
                                      .ticket_type_id = ticket->ticket_type_id,
                                      .attendee_id = wanted->attendee_id});
}

static void take_order(void *context, const void *record)
{
    struct linking *linking = context;
    const struct order *was = record;
    struct order *order = NULL;
    linking->orders++;
    for (size_t i = 0; i < was->tickets.n; i++) {
        const struct ticket_holder *holder = was->tickets.at[i].attendee;
        if (holder == NULL || holder->email == NULL)
            continue;
        const struct ticket_holder wanted = wanted_of(linking, holder);
        if (same_holder(holder, &wanted))
            continue;
        if (order == NULL) {
            order = turn_edit(linking->turn, &collection_orders, was->id);
            order->tickets.at = mem_dup(turn_arena(linking->turn), was->tickets.at,
                                        was->tickets.n * sizeof *was->tickets.at);
        }
        put(linking->turn, order, &order->tickets.at[i], &wanted);
    }
}

static struct linking linking_of(struct turn *turn, const struct linking_person *people, size_t n)
{
    struct linking linking = {.turn = turn, .people = people, .n = n};
    linking.folded = mem_array(turn_arena(turn), const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const char *email = people[i].now->email;
        linking.folded[i] = email != NULL ? collection_fold_email(turn_arena(turn), email) : NULL;
    }
    return linking;
}

void linking_take_order(struct turn *turn, const struct order *order,
                        const struct linking_person *people, size_t n)
{
    struct linking linking = linking_of(turn, people, n);
    take_order(&linking, order);
}

void linking_take(struct turn *turn, const char *event_id, const struct linking_person *people,
                  size_t n)
{
    struct linking linking = linking_of(turn, people, n);
    if (n > 0)
        turn_each(turn, &collection_orders, event_id, take_order, &linking);
    if (linking.orders >= ORDERS_MAX)
        linking_ask(turn, event_id, people, n);
}
