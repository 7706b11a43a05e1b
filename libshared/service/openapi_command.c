#include "libshared/service/openapi_route.h"

#include <string.h>

#include "libshared/service/openapi_parts.h"
#include "libshared/service/schemas.h"

static const int of_commands[] = {409, 504, 0}, with_if_match[] = {412, 0}, with_token[] = {410, 0};

static bool creates(const struct command *command)
{
    return command->status == 201 || command->status == 202;
}

/* If-Match is of use where the command names the record that it changes. */
static bool takes_if_match(const struct command *command)
{
    bool names_it =
        command->module == MODULE_EVENTS || (command->ids & ~(unsigned)HAS(ID_EVENT)) != 0;
    return command->shape != COMMAND_QUERY && !creates(command) && names_it;
}

static json_t *parameters_of(const struct route *route, const struct command *command)
{
    json_t *parameters = json_array();
    bool get = strcmp(route->method, "GET") == 0;
    openapi_add_path_parameters(parameters, route->pattern);
    if (get && command->request != NULL)
        openapi_add_query_parameters(parameters, command->request);
    if (route->parameters != NULL)
        openapi_add_query_parameters(parameters, route->parameters);
    if (get && !command->page && (route->document == NULL || route->document->headers == NULL))
        (void)json_array_append_new(parameters, openapi_component("parameters", "if_none_match"));
    if (command->shape != COMMAND_QUERY)
        (void)json_array_append_new(parameters, openapi_component("parameters", "idempotency_key"));
    if (takes_if_match(command))
        (void)json_array_append_new(parameters, openapi_component("parameters", "if_match"));
    return parameters;
}

static bool takes_body(const struct route *route, const struct command *command)
{
    return strcmp(route->method, "GET") != 0 && strcmp(route->method, "DELETE") != 0 &&
           command->request != NULL;
}

static json_t *body_of(json_t *schemas, const struct command *command)
{
    bool update = command->shape == COMMAND_UPDATE;
    json_t *schema = schema_ref(schemas, command->request, update ? SCHEMA_PATCH : SCHEMA_INPUT);
    json_t *content = json_pack("{s{sO}}", "application/json", "schema", schema);
    if (update)
        (void)json_object_set_new(content, "application/merge-patch+json",
                                  json_pack("{sO}", "schema", schema));
    json_decref(schema);
    return json_pack("{sbso}", "required", update || record_requires(command->request), "content",
                     content);
}

static json_t *content_of(json_t *schemas, const struct route *route, const struct command *command)
{
    json_t *schema = route->content_type == NULL ? schema_of_reply(schemas, command) : NULL;
    if (schema != NULL)
        return json_pack("{s{so}}", "application/json", "schema", schema);
    if (route->content_type == NULL)
        return NULL;
    json_t *content = openapi_text_content(route->content_type);
    if (route->other_type != NULL) {
        json_t *other = openapi_text_content(route->other_type);
        (void)json_object_update(content, other);
        json_decref(other);
    }
    return content;
}

static json_t *success(json_t *schemas, const struct route *route, const struct command *command)
{
    json_t *headers = json_object();
    if (command->shape != COMMAND_QUERY)
        (void)json_object_set_new(headers, "Idempotency-Key",
                                  openapi_component("headers", "idempotency_key"));
    if (command->shape != COMMAND_QUERY)
        (void)json_object_set_new(headers, "Operation-Id",
                                  openapi_component("headers", "operation_id"));
    if (command->reply != NULL && !command->page && route->content_type == NULL)
        (void)json_object_set_new(headers, "ETag", openapi_component("headers", "etag"));
    if (creates(command))
        (void)json_object_set_new(headers, "Location", openapi_component("headers", "location"));
    return openapi_response(command->status, headers, content_of(schemas, route, command));
}

static json_t *responses_of(json_t *schemas, const struct route *route,
                            const struct command *command, enum openapi_keys keys)
{
    json_t *responses = json_object();
    char status[12];
    (void)snprintf(status, sizeof status, "%d", command->status);
    (void)json_object_set_new(responses, status, success(schemas, route, command));
    if (strcmp(route->method, "GET") == 0 && !command->page && route->content_type == NULL)
        (void)json_object_set_new(responses, "304",
                                  json_pack("{ss}", "description", "As the client knows it."));
    openapi_add_common_problems(responses, route, keys);
    if (command->shape != COMMAND_QUERY)
        openapi_add_problems(responses, of_commands);
    if (takes_if_match(command))
        openapi_add_problems(responses, with_if_match);
    if (command->event_of != NULL)
        openapi_add_problems(responses, with_token);
    if (route->document != NULL && route->document->refuses != NULL)
        openapi_add_problems(responses, route->document->refuses);
    return responses;
}

json_t *openapi_command_operation(json_t *schemas, const struct route *route,
                                  const struct command *command, enum openapi_keys keys)
{
    const struct route_document *document = route->document;
    json_t *parameters = parameters_of(route, command);
    if (document != NULL)
        openapi_add_own_parameters(parameters, document);
    json_t *operation = json_pack("{sss[s]so}", "summary",
                                  route->summary != NULL ? route->summary : command->summary,
                                  "tags", module_name(command->module), "parameters", parameters);
    if (takes_body(route, command))
        (void)json_object_set_new(operation, "requestBody", body_of(schemas, command));
    (void)json_object_set_new(operation, "responses", responses_of(schemas, route, command, keys));
    return operation;
}
