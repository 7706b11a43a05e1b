#include "db-svc/read/listed_attendees.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
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

int listed_attendees_join(const struct query *query, void *const *records, size_t n)
{
    struct types types = {.arena = query->arena};
    int r = store_load_of_events(query->store, query->arena, &collection_ticket_types,
                                 &query->body->ids[ID_EVENT], 1, take_type, &types);
    for (size_t i = 0; r == 0 && i < n; i++)
        name_types(&types, records[i]);
    return r;
}
