/* query: a query string as names and values (application/x-www-form-urlencoded).
 *
 * Pure; all lives in the given arena. Order is kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct query_pair {
    const char *name;
    const char *value; /* NULL: a broken escape, a NUL, or not UTF-8 */
};

struct query {
    struct query_pair *pairs; /* ends with a NULL name */
    size_t count;
};

/* -EINVAL, *ret_query untouched: in a name a broken escape, a NUL or what is not UTF-8, or over
 * QUERY_MAX pairs. */
int query_parse(const void *arena, const char *text, struct query *ret_query)
    __attribute__((warn_unused_result));
#define QUERY_MAX 100
/* The value, or NULL. */
const char *query_get(const struct query *query, const char *name);
/* Whether the pair is the second of its name. */
bool query_repeats(const struct query *query, size_t pair);
