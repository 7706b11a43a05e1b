/* template: a text with fields between double braces, such as {{event.name}}.
 *
 * No logic: a field gives way to its value, once; what a value holds is not looked at, now or
 * later. Values that are put in later have marks in their places, which are known by where they
 * are, not by what they look like. A value is plain text, as the template is: who makes HTML of it
 * escapes the whole. Pure; any thread; total for any text that ends. Results live in the arena
 * given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_FIELDS_MAX 100 /* a text */

struct template_field {
    const char *name, *value; /* NULL: empty. A NULL name ends the list */
    int cost;                 /* as how many fields it counts; 0: as one */
    bool mark;                /* the value is one, for another to be put in its place */
};

struct template_text {
    char *text;
    size_t *marks; /* where they begin, in bytes, in their order */
    size_t n_marks;
};

enum template_fault {
    TEMPLATE_RIGHT,
    TEMPLATE_UNKNOWN_FIELD, /* or braces that do not close */
    TEMPLATE_TOO_MANY_FIELDS,
};
enum template_fault template_check(const char *text, const struct template_field *fields);

/* What those of the fields cost that are in the text. */
int template_cost(const char *text, const struct template_field *fields);

/* Text that is no field stays as it is. */
struct template_text template_render(const void *arena, const char *text,
                                     const struct template_field *fields);
