#include "db-svc/rules/people/linking.h"

#include <string.h>

#include "db-svc/rules/attendee_key.h"
#include "db-svc/rules/people/linking_job.h"
#include "db-svc/rules/sales/attendee_tickets.h"
#include "libshared/base/mem.h"

/* The orders that one batch looks through. */
#define ORDERS_MAX 400

struct linking {
    struct decision *decision;
    const struct linking_person *people;
    const char **folded; /* their addresses; NULL: erased */
    size_t n;
    bool by_name; /* the event lets them share an address */
};

/* ---- one ticket */

/* Whether nobody who is there has it. */
static bool is_free(struct decision *decision, const char *attendee_id)
{
    const struct attendee *attendee = decision_read(decision, &collection_attendees, attendee_id);
    return attendee == NULL || attendee->status == ATTENDEE_CANCELLED || attendee->erased_at.set;
}

static bool same_text(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* As the person is called and reached now. A name chosen by the one who assigned the ticket stays.
 */
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

/* The holder of a ticket from now on. */
static struct ticket_holder wanted_of(const struct linking *linking,
                                      const struct ticket_holder *holder)
{
    const char *folded = collection_fold_email(decision_arena(linking->decision), holder->email);
    struct ticket_holder wanted = *holder;
    for (size_t i = 0; i < linking->n; i++)
        if (same_text(holder->attendee_id, linking->people[i].now->id))
            return corrected(linking, i, holder, folded);
    for (size_t i = 0; i < linking->n; i++)
        if (same_text(folded, linking->folded[i]) &&
            (!linking->by_name || attendee_key_same_name(linking->decision, holder->name,
                                                         linking->people[i].now->name)) &&
            is_free(linking->decision, holder->attendee_id))
            wanted.attendee_id = linking->people[i].now->id;
    return wanted;
}

static bool same_holder(const struct ticket_holder *one, const struct ticket_holder *other)
{
    return same_text(one->email, other->email) && one->name == other->name &&
           one->attendee_id == other->attendee_id;
}

/* ---- one order */

/* Puts the holder into the ticket, which is the decision's own. */
static void put(struct decision *decision, const struct order *order, struct ticket *ticket,
                const struct ticket_holder *wanted)
{
    const struct ticket was = *ticket;
    ticket->attendee = mem_dup(decision_arena(decision), wanted, sizeof *wanted);
    attendee_tickets_move(decision, &was, ticket);
    if (!same_text(was.attendee->attendee_id, wanted->attendee_id))
        decision_fact(decision, "ticket.assigned",
                      &(struct fact_body){.event_id = order->event_id,
                                          .order_id = order->id,
                                          .ticket_type_id = ticket->ticket_type_id,
                                          .attendee_id = wanted->attendee_id});
}

static void take_order(const struct linking *linking, const struct order *was)
{
    struct order *order = NULL;
    for (size_t i = 0; i < was->tickets.n; i++) {
        const struct ticket_holder *holder = was->tickets.at[i].attendee;
        if (holder == NULL || holder->email == NULL)
            continue;
        const struct ticket_holder wanted = wanted_of(linking, holder);
        if (same_holder(holder, &wanted))
            continue;
        if (order == NULL) {
            order = decision_edit(linking->decision, &collection_orders, was->id);
            order->tickets.at = mem_dup(decision_arena(linking->decision), was->tickets.at,
                                        was->tickets.n * sizeof *was->tickets.at);
        }
        put(linking->decision, order, &order->tickets.at[i], &wanted);
    }
}

static bool is_among(const struct linking *linking, const char *email)
{
    const char *folded = collection_fold_email(decision_arena(linking->decision), email);
    for (size_t i = 0; i < linking->n; i++)
        if (same_text(linking->folded[i], folded))
            return true;
    return false;
}

/* Wants to whom those tickets are linked that are assigned to the people's addresses. */
static void want_linked(const struct linking *linking, const struct order *order)
{
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder != NULL && holder->email != NULL && holder->attendee_id != NULL &&
            is_among(linking, holder->email))
            decision_want(linking->decision, &collection_attendees, holder->attendee_id);
    }
}

/* ---- orders */

static struct linking linking_of(struct decision *decision, const struct linking_person *people,
                                 size_t n)
{
    struct linking linking = {.decision = decision, .people = people, .n = n};
    linking.by_name = n > 0 && attendee_key_shared(decision, people[0].now->event_id);
    linking.folded = mem_array(decision_arena(decision), const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const char *email = people[i].now->email;
        linking.folded[i] =
            email != NULL ? collection_fold_email(decision_arena(decision), email) : NULL;
    }
    return linking;
}

void linking_take_orders(struct decision *decision, const struct order *const *orders,
                         size_t n_orders, const struct linking_person *people, size_t n)
{
    const struct linking linking = linking_of(decision, people, n);
    for (size_t i = 0; i < n_orders; i++)
        want_linked(&linking, orders[i]);
    for (size_t i = 0; i < n_orders; i++)
        take_order(&linking, orders[i]);
}

/* `term`: a folded address, or an attendee's id. */
static struct store_page page_of(const char *event_id, const char *term)
{
    return (struct store_page){.collection = &collection_orders,
                               .event_id = event_id,
                               .filter = "holder",
                               .term = term,
                               .unordered = true,
                               .limit = ORDERS_MAX};
}

void linking_want(struct decision *decision, const char *event_id, const char *email)
{
    const struct store_page page =
        page_of(event_id, collection_fold_email(decision_arena(decision), email));
    decision_want_page(decision, &page);
}

struct found {
    struct decision *decision;
    const struct order **at;
    size_t n;
};

static void add_found(void *context, const void *record)
{
    struct found *found = context;
    found->at =
        mem_grow(decision_arena(found->decision), found->at, const struct order *, found->n + 1);
    found->at[found->n++] = record;
}

static struct found find(struct decision *decision, const char *event_id,
                         const struct linking_person *people, size_t n)
{
    void *arena = decision_arena(decision);
    struct found found = {.decision = decision};
    struct store_page *pages = mem_array(arena, struct store_page, 2 * n + 1);
    size_t n_pages = 0;
    for (size_t i = 0; i < n; i++) {
        const struct attendee *now = people[i].now;
        if (!people[i].keeps_address)
            pages[n_pages++] = page_of(event_id, collection_fold_email(arena, now->email));
        if (people[i].was != NULL)
            pages[n_pages++] = page_of(event_id, now->id);
    }
    if (n_pages > 0)
        decision_each(decision, pages, n_pages, add_found, &found);
    return found;
}

static void start_job(struct decision *decision, const char *event_id,
                      const struct linking_person *people, size_t n)
{
    struct texts ids = {.at = mem_array(decision_arena(decision), const char *, n), .n = n};
    for (size_t i = 0; i < n; i++)
        ids.at[i] = people[i].now->id;
    linking_job_start(decision, event_id, ids);
}

void linking_take(struct decision *decision, const char *event_id,
                  const struct linking_person *people, size_t n)
{
    const struct found found = find(decision, event_id, people, n);
    linking_take_orders(decision, found.at, found.n, people, n);
    if (found.n >= ORDERS_MAX)
        start_job(decision, event_id, people, n);
}
