/* query: one query being answered. Internal to this room. */
#pragma once

#include "db-svc/read/read.h"
#include "libshared/contract/problem.h"
#include "libshared/contract/ticket_type.h"

struct query {
    struct store *store;
    void *arena;
    const struct settings *settings;
    const char *cluster; /* NULL: not known yet */
    const struct command_body *body;
    int64_t now;
};

/* Each gives the answer to one type of query: 0 or -errno. */
typedef int query_answer(const struct query *query, struct read_answer *ret_answer);

/* The record of that id, or NULL. */
int query_load(const struct query *query, const struct collection *collection, const char *id,
               void **ret_record) __attribute__((warn_unused_result));
/* The same by an id of the query; NULL too if it is another event's. */
int query_load_of_event(const struct query *query, const struct collection *collection,
                        enum command_id id, void **ret_record) __attribute__((warn_unused_result));
/* Shows the types' stock. A type's capacity and pool are shown as its stock has them: what is shown
 * together adds up. `ret_revs`: of each stock; NULL: not asked. */
int query_join_stock(const struct query *query, struct ticket_type *const *types, size_t n,
                     int64_t *ret_revs) __attribute__((warn_unused_result));

struct read_answer query_shown(const struct query *query, const struct record *record,
                               const void *members);
struct read_answer query_text(const char *body);
/* A page of a list: its items, and the cursor of the next (NULL: there is none). */
struct read_answer query_page(const struct query *query, json_t *items, const char *next);
struct read_answer query_refused(const struct query *query, enum problem_code code);
struct read_answer query_not_found(const struct query *query);
struct read_answer query_invalid(const struct query *query, const struct violations *violations);
/* 422 for this name of the query. */
struct read_answer query_invalid_parameter(const struct query *query, const char *name,
                                           enum violation_code code);
