/* schemas: JSON Schemas that OpenAPI and AsyncAPI share, by name under components/schemas. Records
 * that stand within others, and money, are schemas of their own. What is shown may get new members
 * one day, and says so; what is taken may not. Pure; the caller owns every result. */
#pragma once

#include <jansson.h>

#include "libshared/contract/command.h"
#include "libshared/contract/problem.h"

enum schema_use {
    SCHEMA_SHOWN, /* by the record's name */
    SCHEMA_INPUT, /* …_input */
    SCHEMA_PATCH, /* …_patch */
    SCHEMA_PAGE,  /* …_page */
};
/* {"$ref"}; the schema is made when it is first referred to. */
json_t *schema_ref(json_t *schemas, const struct record *record, enum schema_use use);
json_t *schema_id(enum command_id id); /* of an id in a path or a message */
/* The names of a query string, each with its description. */
json_t *schema_query(const struct record *names);
/* The schema of an answer: the record, a page of it, or NULL. */
json_t *schema_of_reply(json_t *schemas, const struct command *command);
/* The schema of a message: ids and request. */
json_t *schema_of_message(json_t *schemas, const struct command *command);

/* The schema `problem` of all problems, `problem_error` of their errors, and `problem_<code>` for
 * each code. */
void schema_add_problems(json_t *schemas);
/* Leaves out the components that nothing refers to. */
void schema_prune(json_t *document);
/* {"oneOf"} of the problems with this status; 0: of all. */
json_t *schema_of_problems(int status);
