/* schemas: the JSON Schemas that the OpenAPI and the AsyncAPI document share. Pure. */
#pragma once

#include <jansson.h>

#include "libshared/contract/command.h"

enum schema_use {
    SCHEMA_SHOWN,
    SCHEMA_INPUT,
    SCHEMA_PATCH, /* a merge patch of it */
    SCHEMA_PAGE,  /* of a list of it */
};

/* {"$ref": …} to the schema, which is added to `schemas` (of #/components/schemas). The caller owns
 * the result, here and below. */
json_t *schema_ref(json_t *schemas, const struct record *record, enum schema_use use);
json_t *schema_id(enum command_id id);
/* What a 2xx shows; NULL: nothing. */
json_t *schema_of_reply(json_t *schemas, const struct command *command);
/* What the message of a command or query holds: its ids and what else. */
json_t *schema_of_message(json_t *schemas, const struct command *command);
json_t *schema_of_problem(void);
