/* operations: what became of a command, for whoever sent it over HTTP.
 *
 * An operation's id is made of the API key's name and the Idempotency-Key, so that any instance
 * finds it, and that it is told only to the key that sent it, and to admin. */
#pragma once

#include <stdbool.h>

#include "libshared/service/facade.h"

/* In the arena. */
const char *operation_id(const void *arena, const char *caller, const char *command_id);
/* False: it is no operation's id. The results are in the arena. */
bool operation_parse(const void *arena, const char *id, const char **ret_caller,
                     const char **ret_command_id) __attribute__((warn_unused_result));
/* Serves GET /v1/operations/{operation_id}. */
void operations_serve(struct facade_call *call);
extern const struct route_document operations_document;
