/* router: a path to the row of a table that serves it.
 *
 * Patterns are literal segments and {names}: "/v1/events/{event_id}/orders". A literal wins over a
 * name, and its methods are the only ones allowed there: no id is such a word. Paths come
 * percent-encoded; parameters go out decoded. GET rows serve HEAD. A trailing slash or an empty
 * segment is another path. Rows are borrowed for good. Building may be done once, matching from any
 * thread. Results live in the given arena. */
#pragma once

#include <stddef.h>

struct router;

struct router_row {
    const char *method; /* "GET", …; NULL ends a table */
    const char *pattern;
    const void *target; /* the owner's: what serves it */
};

#define ROUTER_PARAMETERS 4
#define ROUTER_PARAMETER_BYTES 255

struct router_parameter {
    const char *name, *value;
};

enum router_outcome {
    ROUTER_FOUND,
    ROUTER_NO_PATH,   /* 404; also a parameter that is empty, too long or not UTF-8 */
    ROUTER_NO_METHOD, /* 405 with `allow` */
    ROUTER_OPTIONS,   /* OPTIONS on a path that has rows, none of them OPTIONS: 204 with `allow` */
};

struct router_match {
    const struct router_row *row;                              /* NULL unless found */
    struct router_parameter parameters[ROUTER_PARAMETERS + 1]; /* ends with a NULL name */
    const char *allow; /* "GET, HEAD, OPTIONS"; NULL if there is no such path */
};

/* Two rows of one method and pattern, or a pattern that is none, end the process: they are
 * constants of the program. */
struct router *router_new(const void *arena, const struct router_row *rows);
enum router_outcome router_match(const struct router *router, const void *arena, const char *method,
                                 const char *path, struct router_match *ret_match);
/* The parameter's value, or NULL. */
const char *router_parameter(const struct router_match *match, const char *name);
