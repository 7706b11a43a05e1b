/* violation: what is wrong with an input, every fault at once.
 *
 * A fault has a JSON pointer (RFC 6901, as a URI fragment: "#/items/0/quantity"), a stable code
 * and, where the code speaks of a bound, the bound. The sentence for people is fixed per code, so
 * nothing of the input is echoed. Lists live in one arena; one thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum violation_code {
#define VIOLATION(code, detail) VIOLATION_##code,
#include "libshared/record/violations.def"
#undef VIOLATION
};

struct violation {
    const char *pointer;
    const char *parameter; /* its name, of one that is not of the body; else NULL */
    const char *header;    /* likewise */
    enum violation_code code;
    bool bounded; /* `limit` counts */
    int64_t limit;
};

struct violations {
    void *arena;
    struct violation *at;
    size_t n;
};

/* Where in the input a fault is: a member of an object, or, with a NULL name, an array's index. */
struct path {
    const struct path *parent; /* NULL: the body itself */
    const char *name;
    size_t index;
};

void violations_add(struct violations *violations, const struct path *path,
                    enum violation_code code);
void violations_add_limit(struct violations *violations, const struct path *path,
                          enum violation_code code, int64_t limit);
/* Of a parameter of the query string, whatever its name. */
void violations_add_parameter(struct violations *violations, const char *name,
                              enum violation_code code);
/* Of a header of the request; `name` is borrowed. */
void violations_add_header(struct violations *violations, const char *name,
                           enum violation_code code);
/* Whether there is one at that place of the body, or within it. */
bool violations_have(const struct violations *violations, const struct path *path);
const char *violation_code_text(enum violation_code code);
/* [{"pointer", "code", "detail", "limit"}], or "parameter" or "header" for the pointer. With
 * `parameters`, "#/limit" is said as {"parameter": "limit"}, for what came in a query string. The
 * caller owns the result. */
json_t *violations_json(const struct violations *violations, bool parameters);
