/* examples: of commands, answers, facts, refusals and ids, as the recorded run has them. Pure; the
 * caller owns every result, and NULL is none. */
#pragma once

#include <jansson.h>

#include "libshared/contract/command.h"
#include "libshared/contract/problem.h"

/* A message's body; without one in the run, the ids that it needs. */
json_t *example_of_message(const struct command *command);
json_t *example_of_fact(const char *type);
/* One that says no more than its table does is made from it. */
json_t *example_of_problem(enum problem_code code);
/* Adds to each schema of a record what the run shows of it: as taken, as patched, as shown. */
void examples_add(json_t *schemas);
