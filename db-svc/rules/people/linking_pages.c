#include "db-svc/rules/people/linking_pages.h"

#include <string.h>

#include "db-svc/rules/decisions.h"
#include "libshared/base/mem.h"
#include "libshared/contract/linking.h"

static void ask(struct turn *turn, const char *event_id, const struct texts *attendees,
                const char *after)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < attendees->n; i++)
        (void)json_array_append_new(ids, json_string(attendees->at[i]));
    turn_command(turn, "attendee.link_page", event_id, turn_id(turn, "link"),
                 json_pack("{sssoss*}", "event_id", event_id, "attendees", ids, "after", after));
}

void linking_ask(struct turn *turn, const char *event_id, const struct linking_person *people,
                 size_t n)
{
    struct texts ids = {.at = mem_array(turn_arena(turn), const char *, n), .n = n};
    for (size_t i = 0; i < n; i++)
        ids.at[i] = people[i].now->id;
    ask(turn, event_id, &ids, NULL);
}

void attendee_link_page_names(struct names *names, const struct command_body *body)
{
    const struct link_page *page = body->request;
    for (size_t i = 0; i < page->attendees.n; i++)
        names_id(names, &collection_attendees, page->attendees.at[i]);
}

/* By what their tickets are found: the addresses, and the ids. */
struct sought {
    struct linking_person *people;
    size_t n;
    struct texts emails, terms;
};

static struct sought sought(struct turn *turn, const struct command_body *body)
{
    const struct link_page *page = body->request;
    void *arena = turn_arena(turn);
    size_t n = page->attendees.n;
    struct sought sought = {.people = mem_array(arena, struct linking_person, n),
                            .emails = {.at = mem_array(arena, const char *, n)},
                            .terms = {.at = mem_array(arena, const char *, 2 * n)}};
    for (size_t i = 0; i < n; i++) {
        const struct attendee *attendee =
            turn_read(turn, &collection_attendees, page->attendees.at[i]);
        if (attendee == NULL || attendee->email == NULL ||
            strcmp(attendee->event_id, body->ids[ID_EVENT]) != 0)
            continue;
        sought.people[sought.n++].now = attendee;
        sought.emails.at[sought.emails.n++] = attendee->email;
        sought.terms.at[sought.terms.n++] = collection_fold_email(arena, attendee->email);
        sought.terms.at[sought.terms.n++] = attendee->id;
    }
    return sought;
}

void attendee_link_page_follows(struct names *names, struct turn *turn,
                                const struct command_body *body)
{
    const struct link_page *page = body->request;
    const struct sought who = sought(turn, body);
    if (who.n == 0)
        return;
    names_found_after(names, &collection_orders, body->ids[ID_EVENT], "holder", &who.terms,
                      page->after, LINKING_PAGE);
    linking_follows(names, turn, body->ids[ID_EVENT], who.emails.at, who.emails.n);
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

struct answer attendee_link_page(struct turn *turn, const struct command_body *body)
{
    const struct link_page *page = body->request;
    const struct sought who = sought(turn, body);
    struct looking looking = {.after = page->after};
    if (who.n == 0)
        return answer_none(turn);
    turn_each(turn, &collection_orders, body->ids[ID_EVENT], look_at, &looking);
    for (size_t i = 0; i < looking.n; i++)
        linking_take_order(turn, looking.at[i], who.people, who.n);
    if (looking.n == LINKING_PAGE)
        ask(turn, body->ids[ID_EVENT], &page->attendees, looking.at[LINKING_PAGE - 1]->id);
    return answer_none(turn);
}
