/* openapi_route: the operation of one route in an OpenAPI document: that of a route that sends a
 * command or a query, that of a route that the service answers itself, and what both have. Pure;
 * the caller owns the result. */
#pragma once

#include <jansson.h>

#include "libshared/contract/command.h"
#include "libshared/service/facade.h"
#include "libshared/service/openapi.h"

json_t *openapi_command_operation(json_t *schemas, const struct route *route,
                                  const struct command *command, enum openapi_keys keys);
json_t *openapi_local_operation(json_t *schemas, const struct route *route, enum openapi_keys keys);

/* One alternative for each scope, of which a request needs any one. */
json_t *openapi_security(const struct route *route, enum openapi_keys keys);
/* `command`: NULL for a route that the service answers itself. */
json_t *openapi_route_description(const struct route *route, const struct command *command);

void openapi_add_path_parameters(json_t *parameters, const char *pattern);
/* Those of a record's members. */
void openapi_add_query_parameters(json_t *parameters, const struct record *names);
/* Those that the row's documentation names. */
void openapi_add_own_parameters(json_t *parameters, const struct route_document *document);

/* A body of this media type as text. */
json_t *openapi_text_content(const char *type);
/* `content_take` NULL: none. */
json_t *openapi_response(int status, json_t *headers_take, json_t *content_take);
/* `statuses` ends with 0. */
void openapi_add_problems(json_t *responses, const int *statuses);
/* The problems that any route may answer. */
void openapi_add_common_problems(json_t *responses, const struct route *route,
                                 enum openapi_keys keys);
