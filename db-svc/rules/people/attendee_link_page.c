/* attendee.link_page: a page of the orders whose tickets may be these people's. */
#include <string.h>

#include "db-svc/rules/job.h"
#include "db-svc/rules/people/linking.h"
#include "db-svc/rules/people/linking_job.h"
#include "db-svc/rules/rules.h"
#include "libshared/base/mem.h"
#include "libshared/contract/linking.h"

#define LINKING_PAGE 100 /* orders */

/* By what their tickets are found: the addresses, and the ids. */
struct sought {
    struct linking_person *people;
    size_t n;
    struct texts terms;
};

static struct sought sought(struct decision *decision, const struct command_body *body)
{
    const struct link_page *page = body->request;
    void *arena = decision_arena(decision);
    size_t n = page->attendees.n;
    struct sought sought = {.people = mem_array(arena, struct linking_person, n),
                            .terms = {.at = mem_array(arena, const char *, 2 * n)}};
    for (size_t i = 0; i < n; i++)
        decision_want(decision, &collection_attendees, page->attendees.at[i]);
    for (size_t i = 0; i < n; i++) {
        const struct attendee *attendee =
            decision_read(decision, &collection_attendees, page->attendees.at[i]);
        if (attendee == NULL || attendee->email == NULL ||
            strcmp(attendee->event_id, body->ids[ID_EVENT]) != 0)
            continue;
        sought.people[sought.n++].now = attendee;
        sought.terms.at[sought.terms.n++] = collection_fold_email(arena, attendee->email);
        sought.terms.at[sought.terms.n++] = attendee->id;
    }
    return sought;
}

/* Others may be loaded too, but none is missing in between. */
struct looking {
    const char *after;
    const struct order *at[LINKING_PAGE];
    size_t n;
};

static void look_at(void *context, const void *record)
{
    struct looking *looking = context;
    const struct order *order = record;
    if (looking->n < LINKING_PAGE &&
        (looking->after == NULL || strcmp(order->id, looking->after) > 0))
        looking->at[looking->n++] = order;
}

DECISION(attendee_link_page, link_page_record)
{
    struct link_page page = *request;
    const struct sought who = sought(decision, body);
    struct looking looking = {.after = page.after};
    if (who.n > 0)
        decision_each(decision,
                      &(struct store_page){.collection = &collection_orders,
                                           .event_id = body->ids[ID_EVENT],
                                           .after = page.after,
                                           .filter = "holder",
                                           .terms = who.terms,
                                           .limit = LINKING_PAGE},
                      1, look_at, &looking);
    linking_take_orders(decision, looking.at, looking.n, who.people, who.n);
    if (looking.n == LINKING_PAGE) {
        page.after = looking.at[LINKING_PAGE - 1]->id;
        linking_job_go_on(decision, body->ids[ID_EVENT], &page);
    } else {
        job_end(decision, page.job);
    }
    return answer_none(decision);
}

const struct handler attendee_link_page_handlers[] = {
    {"attendee.link_page", attendee_link_page, &link_page_record, .changes = LINKING_PAGE},
    {0},
};
