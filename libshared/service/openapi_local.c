#include "libshared/service/openapi_route.h"

#include <string.h>

#include "libshared/service/openapi_parts.h"
#include "libshared/service/schemas.h"

static const int of_commands[] = {409, 504, 0}, of_callbacks[] = {401, 403, 0};

static void add_own_ids(json_t *parameters, const struct route_parameter *id)
{
    for (; id != NULL && id->name != NULL; id++)
        (void)json_array_append_new(
            parameters, json_pack("{ss ss sb ss s{ss}}", "name", id->name, "in", "path", "required",
                                  1, "description", id->summary, "schema", "type", id->type));
}

static json_t *local_content(json_t *schemas, const struct route *route)
{
    const struct route_document *document = route->document;
    if (document->shows != NULL)
        return json_pack(
            "{s{so}}", "application/json", "schema",
            schema_ref(schemas, document->shows, document->page ? SCHEMA_PAGE : SCHEMA_SHOWN));
    if (document->schema != NULL)
        return json_pack("{s{so}}", "application/json", "schema",
                         json_loads(document->schema, 0, NULL));
    if (document->json)
        return json_pack("{s{s{ss}}}", route->content_type, "schema", "type", "object");
    return document->status == 204 ? NULL : openapi_text_content(route->content_type);
}

static json_t *local_headers(const struct route_document *document)
{
    json_t *headers = json_object();
    if (document->begins || document->keyed)
        (void)json_object_set_new(headers, "Idempotency-Key",
                                  openapi_component("headers", "idempotency_key"));
    if (document->begins)
        (void)json_object_set_new(headers, "Location", openapi_component("headers", "location"));
    return headers;
}

static json_t *local_responses(json_t *schemas, const struct route *route, enum openapi_keys keys)
{
    const struct route_document *document = route->document;
    const int code = document->status != 0 ? document->status : 200;
    json_t *responses = json_object();
    char status[12];
    (void)snprintf(status, sizeof status, "%d", code);
    (void)json_object_set_new(
        responses, status,
        openapi_response(code, local_headers(document), local_content(schemas, route)));
    openapi_add_common_problems(responses, route, keys);
    if (strcmp(route->method, "GET") != 0)
        openapi_add_problems(responses, of_commands);
    if (document->refuses != NULL)
        openapi_add_problems(responses, document->refuses);
    if (strncmp(route->pattern, "/v1/callbacks", 13) == 0)
        openapi_add_problems(responses, of_callbacks);
    return responses;
}

static json_t *local_body(json_t *schemas, const struct route_document *document)
{
    json_t *content = json_object();
    if (document->takes != NULL)
        (void)json_object_set_new(
            content, "application/json",
            json_pack("{so}", "schema", schema_ref(schemas, document->takes, SCHEMA_INPUT)));
    if (document->takes_type != NULL)
        (void)json_object_set_new(content, document->takes_type,
                                  json_pack("{s{ss}ss*}", "schema", "type", "string", "example",
                                            document->takes_example));
    const char *const *type = document->takes_files;
    for (; type != NULL && *type != NULL; type++) /* no schema: it is binary */
        (void)json_object_set_new(content, *type, json_object());
    return json_pack("{sbso}", "required", 1, "content", content);
}

json_t *openapi_local_operation(json_t *schemas, const struct route *route, enum openapi_keys keys)
{
    static const struct route_document none = {.tag = "service", .json = true};
    struct route local = *route;
    if (local.document == NULL)
        local.document = &none;
    const struct route_document *document = local.document;
    json_t *parameters = json_array();
    openapi_add_path_parameters(parameters, route->pattern);
    add_own_ids(parameters, document->path);
    openapi_add_own_parameters(parameters, document);
    if (document->parameters != NULL)
        openapi_add_query_parameters(parameters, document->parameters);
    if (document->begins || document->keyed)
        (void)json_array_append_new(parameters, openapi_component("parameters", "idempotency_key"));
    json_t *operation =
        json_pack("{sss[s]so}", "summary", route->summary, "tags",
                  document->tag != NULL ? document->tag : "service", "parameters", parameters);
    if (document->takes != NULL || document->takes_type != NULL || document->takes_files != NULL)
        (void)json_object_set_new(operation, "requestBody", local_body(schemas, document));
    (void)json_object_set_new(operation, "responses", local_responses(schemas, &local, keys));
    return operation;
}
