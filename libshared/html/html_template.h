/* html_template: pages of HTML as files that a designer can edit.
 *
 * {{name}} gives way to a text, escaped; {{{name}}} to a member that is HTML already, and to
 * nothing else. {{#name}}...{{/name}} stands once for each object of a list, or once if a text is
 * not empty or a flag is true; within an object its members are found first. {{^name}}...{{/name}}
 * stands if there is none. {{! a remark }} is left out. This is a subset of Mustache.
 *
 * A template is checked as a whole when it is read: afterwards nothing of it can be wrong. Pure;
 * any thread; a template and what it gives live in the arenas given. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The names that a template may use. */
struct html_member {
    const char *name;                  /* NULL ends the list */
    const struct html_member *members; /* of each object of a list; NULL: a text or a flag */
    bool is_html;                      /* put in as it is */
};

struct html_template;

/* A fault in a template. */
struct html_fault {
    size_t line; /* from 1 */
    const char *what, *name;
};

/* NULL: *ret_fault says why. `text` is copied; `members` must live as long. */
const struct html_template *html_template_read(const void *arena, const char *text,
                                               const struct html_member *members,
                                               struct html_fault *ret_fault);
/* A name that is not in `values` is empty. */
char *html_template_render(const void *arena, const struct html_template *template,
                           const json_t *values);

/* Text as it stands in HTML, in attributes as well. */
void html_put(FILE *out, const char *text, size_t length);
