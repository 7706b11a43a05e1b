#include "db-svc/read/listed_attendees.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

struct types {
    const void *arena;
    const struct ticket_type **at;
    size_t n;
};

static void take_type(void *context, void *record)
{
    struct types *types = context;
    types->at = mem_grow(types->arena, types->at, const struct ticket_type *, types->n + 1);
    types->at[types->n++] = record;
}

/* NULL: the type is gone. */
static const char *name_of(const struct types *types, const char *id)
{
    for (size_t i = 0; i < types->n; i++)
        if (strcmp(types->at[i]->id, id) == 0)
            return types->at[i]->name;
    return NULL;
}

static void name_types(const struct types *types, struct attendee *attendee)
{
    if (attendee->tickets.n == 0)
        attendee->tickets.at = NULL;
    for (size_t i = 0; i < attendee->tickets.n; i++)
        attendee->tickets.at[i].ticket_type =
            name_of(types, attendee->tickets.at[i].ticket_type_id);
}

/* ---- what was answered */

#define PEOPLE_MAX 50 /* whose orders are loaded at once */

struct answering {
    const void *arena;
    const struct event *event;
    struct attendee *const *people;
    size_t n;
};

static struct attendee *person_of(const struct answering *answering, const struct ticket *ticket)
{
    const char *id = ticket->attendee != NULL ? ticket->attendee->attendee_id : NULL;
    for (size_t i = 0; id != NULL && ticket->status != TICKET_VOID && i < answering->n; i++)
        if (strcmp(answering->people[i]->id, id) == 0)
            return answering->people[i];
    return NULL;
}

static void take_order(void *context, void *record)
{
    const struct answering *answering = context;
    const struct order *order = record;
    for (size_t i = 0; i < order->tickets.n; i++) {
        struct attendee *person = person_of(answering, &order->tickets.at[i]);
        if (person != NULL)
            listed_answers_add(answering->arena, &person->questions, &order->tickets.at[i].answers);
    }
}

/* Of a few people; their orders are gone when it returns. */
static int join_answers(const struct query *query, struct answering *answering)
{
    void *scratch = mem_arena(query->arena, 0);
    struct texts ids = {.at = mem_array(scratch, const char *, answering->n)};
    for (size_t i = 0; i < answering->n; i++) {
        struct attendee *person = answering->people[i];
        person->questions = listed_answers_to(answering->arena, &answering->event->questions);
        if (person->tickets.n > 0)
            ids.at[ids.n++] = person->id;
    }
    const struct store_page orders = {.collection = &collection_orders,
                                      .event_id = answering->event->id,
                                      .filter = "attendee_id",
                                      .terms = ids};
    int r = ids.n > 0 ? store_load_page(query->store, scratch, &orders, take_order, answering) : 0;
    mem_free(scratch);
    return r;
}

static int join_all_answers(const struct query *query, void *const *records, size_t n)
{
    void *event;
    int r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event);
    if (r < 0 || event == NULL || ((const struct event *)event)->questions.n == 0)
        return r;
    for (size_t i = 0; r == 0 && i < n; i += PEOPLE_MAX) {
        struct answering answering = {.arena = query->arena,
                                      .event = event,
                                      .people = (struct attendee *const *)records + i,
                                      .n = n - i < PEOPLE_MAX ? n - i : PEOPLE_MAX};
        r = join_answers(query, &answering);
    }
    return r;
}

int listed_attendees_join(const struct query *query, void *const *records, size_t n)
{
    struct types types = {.arena = query->arena};
    int r = store_load_of_events(query->store, query->arena, &collection_ticket_types,
                                 &query->body->ids[ID_EVENT], 1, take_type, &types);
    for (size_t i = 0; r == 0 && i < n; i++)
        name_types(&types, records[i]);
    return r < 0 ? r : join_all_answers(query, records, n);
}
