#include "db-svc/read/query.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/json_text.h"

int query_load(const struct query *query, const struct collection *collection, const char *id,
               void **ret_record)
{
    return store_load(query->store, query->arena, collection, &id, 1, ret_record);
}

int query_load_of_event(const struct query *query, const struct collection *collection,
                        enum command_id id, void **ret_record)
{
    int r = query_load(query, collection, query->body->ids[id], ret_record);
    if (r < 0 || *ret_record == NULL)
        return r;
    const char *event_id = collection->event_id(*ret_record);
    if (event_id == NULL || strcmp(event_id, query->body->ids[ID_EVENT]) != 0)
        *ret_record = NULL;
    return 0;
}

int query_join_stock(const struct query *query, struct ticket_type *const *types, size_t n,
                     int64_t *ret_revs)
{
    const char **ids = mem_array(query->arena, const char *, n);
    void **stocks = mem_array(query->arena, void *, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = types[i]->id;
    int r = store_load(query->store, query->arena, &collection_stock, ids, n, stocks);
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct stock *stock = stocks[i];
        if (stock == NULL)
            continue;
        types[i]->capacity = stock->capacity;
        types[i]->sold = stock->sold;
        types[i]->held = stock->held;
        types[i]->available = stock->capacity - stock->sold - stock->held;
        types[i]->pool = stock->pool;
        if (ret_revs != NULL)
            ret_revs[i] = stock->rev;
    }
    return r;
}

struct read_answer query_text(const char *body)
{
    return (struct read_answer){.status = 200, .body = body};
}

struct read_answer query_page(const struct query *query, json_t *items, const char *next)
{
    json_t *json =
        json_pack("{sOso}", "items", items, "next", next != NULL ? json_string(next) : json_null());
    return query_text(json_text_take(query->arena, json));
}

struct read_answer query_shown(const struct query *query, const struct record *record,
                               const void *members)
{
    return query_text(record_text(query->arena, record, members));
}

static struct read_answer refuse(const struct query *query, enum problem_code code,
                                 const struct violations *violations)
{
    uint8_t instance[16];
    randombytes_buf(instance, sizeof instance);
    const struct problem problem = {.code = code,
                                    .instance = instance,
                                    .violations = violations,
                                    .parameters = !query->body->command->in_body};
    return (struct read_answer){.status = problem_status(code),
                                .body = problem_body(query->arena, &problem)};
}

struct read_answer query_refused(const struct query *query, enum problem_code code)
{
    return refuse(query, code, NULL);
}

struct read_answer query_not_found(const struct query *query)
{
    return refuse(query, PROBLEM_not_found, NULL);
}

struct read_answer query_invalid(const struct query *query, const struct violations *violations)
{
    return refuse(query, PROBLEM_validation_failed, violations);
}

struct read_answer query_invalid_parameter(const struct query *query, const char *name,
                                           enum violation_code code)
{
    const struct path path = {.name = name};
    struct violations violations = {.arena = query->arena};
    violations_add(&violations, &path, code);
    return query_invalid(query, &violations);
}
