#include "db-svc/rules/turn.h"
#include "db-svc/rules/wants.h"

#include "libshared/base/mem.h"

static struct wants *of(struct names *names)
{
    return (struct wants *)names;
}

void names_id(struct names *names, const struct collection *collection, const char *id)
{
    (void)wants_id(of(names), collection, id);
}

void names_pool(struct names *names, const char *event_id, const char *name)
{
    if (event_id != NULL && name != NULL)
        names_id(names, &collection_pools, pool_id(of(names)->arena, event_id, name));
}

void names_key(struct names *names, const struct collection *collection, const char *key)
{
    (void)wants_key(of(names), collection, key);
}

void names_page(struct names *names, const struct collection *collection, const char *event_id,
                const char *after, const char *status, size_t limit)
{
    if (event_id != NULL)
        (void)wants_page(of(names), &(struct store_page){.collection = collection,
                                                         .event_id = event_id,
                                                         .after = after,
                                                         .status = status,
                                                         .limit = limit});
}

void names_some(struct names *names, const struct collection *collection, const char *event_id,
                size_t limit)
{
    (void)wants_page(of(names), &(struct store_page){.collection = collection,
                                                     .event_id = event_id,
                                                     .unordered = true,
                                                     .limit = limit});
}

void names_found(struct names *names, const struct collection *collection, const char *event_id,
                 const char *filter, const char *term, size_t limit)
{
    (void)wants_page(of(names), &(struct store_page){.collection = collection,
                                                     .event_id = event_id,
                                                     .filter = filter,
                                                     .term = term,
                                                     .limit = limit});
}

void names_found_any(struct names *names, const struct collection *collection, const char *event_id,
                     const char *filter, const char *term, size_t limit)
{
    (void)wants_page(of(names), &(struct store_page){.collection = collection,
                                                     .event_id = event_id,
                                                     .filter = filter,
                                                     .term = term,
                                                     .unordered = true,
                                                     .limit = limit});
}

void names_found_after(struct names *names, const struct collection *collection,
                       const char *event_id, const char *filter, const struct texts *terms,
                       const char *after, size_t limit)
{
    (void)wants_page(of(names), &(struct store_page){.collection = collection,
                                                     .event_id = event_id,
                                                     .filter = filter,
                                                     .terms = *terms,
                                                     .after = after,
                                                     .limit = limit});
}

void names_waiting(struct names *names, const struct collection *collection, const char *event_id,
                   const char *text, size_t limit)
{
    (void)wants_page(of(names), &(struct store_page){.collection = collection,
                                                     .event_id = event_id,
                                                     .waits_for = text,
                                                     .limit = limit});
}

void job_names(struct names *names, const char *job_id)
{
    names_id(names, &collection_jobs, job_id);
}

void edit_names(struct names *names, const struct collection *collection,
                const struct command_body *body, enum command_id id)
{
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    names_id(names, collection, body->ids[id]);
}
