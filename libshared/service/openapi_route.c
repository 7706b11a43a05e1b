#include "libshared/service/openapi_route.h"

#include <string.h>

#include "libshared/service/openapi_parts.h"
#include "libshared/service/schemas.h"

static const int always[] = {400, 404, 406, 408, 414, 422, 431, 500, 503, 0},
                 with_key[] = {401, 403, 0}, without_keys[] = {421, 0}, of_streams[] = {429, 0},
                 with_body[] = {413, 415, 0};

void openapi_add_problems(json_t *responses, const int *statuses)
{
    for (; *statuses != 0; statuses++) {
        char status[12], name[32];
        (void)snprintf(status, sizeof status, "%d", *statuses);
        (void)snprintf(name, sizeof name, "problem_%d", *statuses);
        (void)json_object_set_new(responses, status, openapi_component("responses", name));
    }
}

void openapi_add_path_parameters(json_t *parameters, const char *pattern)
{
    for (int id = 0; id < IDS; id++) {
        const char *name = command_id_name((enum command_id)id);
        char parameter[40];
        (void)snprintf(parameter, sizeof parameter, "{%s}", name);
        if (strstr(pattern, parameter) == NULL)
            continue;
        json_t *schema = schema_id((enum command_id)id);
        (void)json_array_append_new(parameters, json_pack("{sssssbsOso}", "name", name, "in",
                                                          "path", "required", 1, "description",
                                                          json_object_get(schema, "description"),
                                                          "schema", schema));
    }
}

void openapi_add_query_parameters(json_t *parameters, const struct record *names)
{
    json_t *schema = schema_query(names);
    const char *name;
    json_t *one;
    json_object_foreach (json_object_get(schema, "properties"), name, one) {
        json_t *parameter = json_pack("{sssssOsO}", "name", name, "in", "query", "description",
                                      json_object_get(one, "description"), "schema", one);
        (void)json_array_append_new(parameters, parameter);
    }
    json_decref(schema);
}

static void add_parameters(json_t *parameters, const struct route_parameter *one, const char *in)
{
    for (; one != NULL && one->name != NULL; one++)
        (void)json_array_append_new(parameters, json_pack("{sssssss{ss}}", "name", one->name, "in",
                                                          in, "description", one->summary, "schema",
                                                          "type", one->type));
}

void openapi_add_own_parameters(json_t *parameters, const struct route_document *document)
{
    add_parameters(parameters, document->query, "query");
    add_parameters(parameters, document->headers, "header");
}

json_t *openapi_text_content(const char *type)
{
    return json_pack("{s{s{ss}}}", type, "schema", "type", "string");
}

static const char *description_of_status(int status)
{
    return status == 201   ? "Created."
           : status == 202 ? "Accepted."
           : status == 204 ? "Done."
                           : "As it is now.";
}

json_t *openapi_response(int status, json_t *headers_take, json_t *content_take)
{
    json_t *response =
        json_pack("{ssso}", "description", description_of_status(status), "headers", headers_take);
    if (content_take != NULL)
        (void)json_object_set_new(response, "content", content_take);
    return response;
}

void openapi_add_common_problems(json_t *responses, const struct route *route,
                                 enum openapi_keys keys)
{
    openapi_add_problems(responses, always);
    if (keys == OPENAPI_NO_KEYS)
        openapi_add_problems(responses, without_keys);
    else if (route->scopes != 0 || (route->guarded && keys == OPENAPI_KEYS_ALL))
        openapi_add_problems(responses, with_key);
    if (route->streams)
        openapi_add_problems(responses, of_streams);
    if (strcmp(route->method, "GET") != 0)
        openapi_add_problems(responses, with_body);
}

/* Any one of the scopes does: each is an alternative. */
json_t *openapi_security(const struct route *route, enum openapi_keys keys)
{
    json_t *any = json_array();
    if (keys == OPENAPI_NO_KEYS)
        return any;
    if (route->scopes == API_ALL || (route->guarded && keys == OPENAPI_KEYS_ALL))
        (void)json_array_append_new(any, json_pack("{s[]}", "key"));
    for (size_t i = 0; i < OPENAPI_SCOPES && route->scopes != API_ALL; i++)
        if (((route->scopes | API_ADMIN) & openapi_scopes[i].scope) != 0 && route->scopes != 0)
            (void)json_array_append_new(any, json_pack("{s[s]}", "key", openapi_scopes[i].name));
    return any;
}

static json_t *who_may(const struct route *route)
{
    if (route->scopes == 0)
        return json_string("Needs no key.");
    if (route->scopes == API_ALL)
        return json_string("Needs a key, of any scope.");
    json_t *text = json_string("Needs a key with scope `admin`");
    for (size_t i = 0; i < OPENAPI_SCOPES; i++)
        if (openapi_scopes[i].scope != API_ADMIN &&
            (route->scopes & openapi_scopes[i].scope) != 0) {
            json_t *more =
                json_sprintf("%s or `%s`", json_string_value(text), openapi_scopes[i].name);
            json_decref(text);
            text = more;
        }
    json_t *whole = json_sprintf("%s.", json_string_value(text));
    json_decref(text);
    return whole;
}

json_t *openapi_route_description(const struct route *route, const struct command *command)
{
    const struct route_document *document = route->document;
    const char *more = document != NULL ? document->description : NULL;
    json_t *who = who_may(route);
    if (document != NULL && document->over_kafka != NULL) {
        json_t *whole = json_sprintf("%s %s Over Kafka: %s", more, json_string_value(who),
                                     document->over_kafka);
        json_decref(who);
        return whole;
    }
    json_t *text = command != NULL
                       ? json_sprintf("%s%s%s Over Kafka: `%s` on `%s`.", more != NULL ? more : "",
                                      more != NULL ? " " : "", json_string_value(who),
                                      command->type, command_topic(command))
                       : json_sprintf("%s%s%s", more != NULL ? more : "", more != NULL ? " " : "",
                                      json_string_value(who));
    json_decref(who);
    return text;
}
