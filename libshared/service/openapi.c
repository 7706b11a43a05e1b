#include "libshared/service/openapi.h"

#include <ctype.h>
#include <string.h>

#include "libshared/service/openapi_parts.h"
#include "libshared/service/schemas.h"

/* Which problems any request may meet, and those that only a key, a body or a command brings. */
static const int always[] = {400, 404, 406, 408, 414, 422, 431, 500, 503, 0},
                 with_key[] = {401, 403, 0}, without_keys[] = {421, 0}, of_streams[] = {429, 0},
                 with_body[] = {413, 415, 0}, of_commands[] = {409, 504, 0},
                 with_if_match[] = {412, 0}, with_token[] = {410, 0},
                 of_callbacks[] = {401, 403, 0};

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

static json_t *component(const char *kind, const char *name)
{
    return json_pack("{so}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

static void add_problems(json_t *responses, const int *statuses)
{
    for (; *statuses != 0; statuses++) {
        char status[12], name[32];
        (void)snprintf(status, sizeof status, "%d", *statuses);
        (void)snprintf(name, sizeof name, "problem_%d", *statuses);
        (void)json_object_set_new(responses, status, component("responses", name));
    }
}

/* --- Parameters --- */

static void add_path_parameters(json_t *parameters, const char *pattern)
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

static void add_query_parameters(json_t *parameters, const struct record *names)
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

static void add_own_ids(json_t *parameters, const struct route_parameter *id)
{
    for (; id != NULL && id->name != NULL; id++)
        (void)json_array_append_new(
            parameters, json_pack("{ss ss sb ss s{ss}}", "name", id->name, "in", "path", "required",
                                  1, "description", id->summary, "schema", "type", id->type));
}

static void add_own_parameters(json_t *parameters, const struct route_parameter *query)
{
    for (; query != NULL && query->name != NULL; query++)
        (void)json_array_append_new(
            parameters, json_pack("{sssssss{ss}}", "name", query->name, "in", "query",
                                  "description", query->summary, "schema", "type", query->type));
}

static json_t *parameters_of(const struct route *route, const struct command *command)
{
    json_t *parameters = json_array();
    bool get = strcmp(route->method, "GET") == 0;
    add_path_parameters(parameters, route->pattern);
    if (get && command->request != NULL)
        add_query_parameters(parameters, command->request);
    if (get && !command->page)
        (void)json_array_append_new(parameters, component("parameters", "if_none_match"));
    if (command->shape != COMMAND_QUERY)
        (void)json_array_append_new(parameters, component("parameters", "idempotency_key"));
    if (takes_if_match(command))
        (void)json_array_append_new(parameters, component("parameters", "if_match"));
    return parameters;
}

/* --- Bodies and answers --- */

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

static json_t *text_content(const char *type)
{
    return json_pack("{s{s{ss}}}", type, "schema", "type", "string");
}

static json_t *content_of(json_t *schemas, const struct route *route, const struct command *command)
{
    json_t *schema = route->content_type == NULL ? schema_of_reply(schemas, command) : NULL;
    if (schema != NULL)
        return json_pack("{s{so}}", "application/json", "schema", schema);
    if (route->content_type == NULL)
        return NULL;
    json_t *content = text_content(route->content_type);
    if (route->other_type != NULL) {
        json_t *other = text_content(route->other_type);
        (void)json_object_update(content, other);
        json_decref(other);
    }
    return content;
}

static const char *description_of_status(int status)
{
    return status == 201   ? "Created."
           : status == 202 ? "Accepted."
           : status == 204 ? "Done."
                           : "As it is now.";
}

/* Takes `content`; NULL: none. */
static json_t *response(int status, json_t *headers_take, json_t *content_take)
{
    json_t *response =
        json_pack("{ssso}", "description", description_of_status(status), "headers", headers_take);
    if (content_take != NULL)
        (void)json_object_set_new(response, "content", content_take);
    return response;
}

static json_t *success(json_t *schemas, const struct route *route, const struct command *command)
{
    json_t *headers = json_object();
    if (command->shape != COMMAND_QUERY)
        (void)json_object_set_new(headers, "Idempotency-Key",
                                  component("headers", "idempotency_key"));
    if (command->shape != COMMAND_QUERY)
        (void)json_object_set_new(headers, "Operation-Id", component("headers", "operation_id"));
    if (command->reply != NULL && !command->page && route->content_type == NULL)
        (void)json_object_set_new(headers, "ETag", component("headers", "etag"));
    if (creates(command))
        (void)json_object_set_new(headers, "Location", component("headers", "location"));
    return response(command->status, headers, content_of(schemas, route, command));
}

/* What any row may be refused with. */
static void add_common_problems(json_t *responses, const struct route *route,
                                enum openapi_keys keys)
{
    add_problems(responses, always);
    if (keys == OPENAPI_NO_KEYS)
        add_problems(responses, without_keys);
    else if (route->scopes != 0 || (route->guarded && keys == OPENAPI_KEYS_ALL))
        add_problems(responses, with_key);
    if (route->streams)
        add_problems(responses, of_streams);
    if (strcmp(route->method, "GET") != 0)
        add_problems(responses, with_body);
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
    add_common_problems(responses, route, keys);
    if (command->shape != COMMAND_QUERY)
        add_problems(responses, of_commands);
    if (takes_if_match(command))
        add_problems(responses, with_if_match);
    if (command->event_of != NULL)
        add_problems(responses, with_token);
    return responses;
}

/* --- Operations --- */

/* Any one of the scopes does: each is an alternative. */
static json_t *security_of(const struct route *route, enum openapi_keys keys)
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

static json_t *description_of_route(const struct route *route, const struct command *command)
{
    const struct route_document *document = route->document;
    const char *more = document != NULL ? document->description : NULL;
    json_t *who = who_may(route);
    json_t *text = command != NULL
                       ? json_sprintf("%s%s%s Over Kafka: `%s` on `%s`.", more != NULL ? more : "",
                                      more != NULL ? " " : "", json_string_value(who),
                                      command->type, command_topic(command))
                       : json_sprintf("%s%s%s", more != NULL ? more : "", more != NULL ? " " : "",
                                      json_string_value(who));
    json_decref(who);
    return text;
}

static json_t *operation_of(json_t *schemas, const struct route *route,
                            const struct command *command, enum openapi_keys keys)
{
    const struct route_document *document = route->document;
    json_t *parameters = parameters_of(route, command);
    if (document != NULL)
        add_own_parameters(parameters, document->query);
    json_t *operation = json_pack("{sss[s]so}", "summary",
                                  route->summary != NULL ? route->summary : command->summary,
                                  "tags", module_name(command->module), "parameters", parameters);
    if (takes_body(route, command))
        (void)json_object_set_new(operation, "requestBody", body_of(schemas, command));
    (void)json_object_set_new(operation, "responses", responses_of(schemas, route, command, keys));
    return operation;
}

/* --- Rows that the service answers by itself --- */

static json_t *local_content(json_t *schemas, const struct route *route)
{
    const struct route_document *document = route->document;
    if (document->shows != NULL)
        return json_pack(
            "{s{so}}", "application/json", "schema",
            schema_ref(schemas, document->shows, document->page ? SCHEMA_PAGE : SCHEMA_SHOWN));
    if (document->json)
        return json_pack("{s{s{ss}}}", route->content_type, "schema", "type", "object");
    return document->status == 204 ? NULL : text_content(route->content_type);
}

static json_t *local_headers(const struct route_document *document)
{
    json_t *headers = json_object();
    if (document->begins || document->keyed)
        (void)json_object_set_new(headers, "Idempotency-Key",
                                  component("headers", "idempotency_key"));
    if (document->begins)
        (void)json_object_set_new(headers, "Location", component("headers", "location"));
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
        responses, status, response(code, local_headers(document), local_content(schemas, route)));
    add_common_problems(responses, route, keys);
    if (strcmp(route->method, "GET") != 0)
        add_problems(responses, of_commands);
    if (strncmp(route->pattern, "/v1/callbacks", 13) == 0)
        add_problems(responses, of_callbacks);
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
    return json_pack("{sbso}", "required", 1, "content", content);
}

static json_t *local_operation(json_t *schemas, const struct route *route, enum openapi_keys keys)
{
    static const struct route_document none = {.tag = "service", .json = true};
    struct route local = *route;
    if (local.document == NULL)
        local.document = &none;
    const struct route_document *document = local.document;
    json_t *parameters = json_array();
    add_path_parameters(parameters, route->pattern);
    add_own_ids(parameters, document->path);
    add_own_parameters(parameters, document->query);
    if (document->parameters != NULL)
        add_query_parameters(parameters, document->parameters);
    if (document->begins || document->keyed)
        (void)json_array_append_new(parameters, component("parameters", "idempotency_key"));
    json_t *operation =
        json_pack("{sss[s]so}", "summary", route->summary, "tags",
                  document->tag != NULL ? document->tag : "service", "parameters", parameters);
    if (document->takes != NULL || document->takes_type != NULL)
        (void)json_object_set_new(operation, "requestBody", local_body(schemas, document));
    (void)json_object_set_new(operation, "responses", local_responses(schemas, &local, keys));
    return operation;
}

/* --- Names --- */

/* One command may be served by two routes. */
static json_t *operation_id(const struct route *route, json_t *used)
{
    char name[100];
    (void)snprintf(name, sizeof name, "%s",
                   route->document != NULL && route->document->name != NULL ? route->document->name
                   : route->command != NULL                                 ? route->command
                                                                            : route->pattern + 1);
    for (char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at))
            *at = '_';
    const char *last = strrchr(route->pattern, '{');
    json_t *id = json_object_get(used, name) == NULL
                     ? json_string(name)
                     : json_sprintf("%s_of_%.*s", name, (int)strcspn(last + 1, "}"), last + 1);
    (void)json_object_set_new(used, json_string_value(id), json_true());
    return id;
}

static json_t *item_of(json_t *paths, const char *pattern)
{
    json_t *item = json_object_get(paths, pattern);
    if (item == NULL) {
        item = json_object();
        (void)json_object_set_new(paths, pattern, item);
    }
    return item;
}

static void add_operation(json_t *paths, json_t *schemas, json_t *used, const struct route *route,
                          enum openapi_keys keys)
{
    const struct command *command = route->command != NULL ? command_find(route->command) : NULL;
    json_t *operation = command != NULL ? operation_of(schemas, route, command, keys)
                                        : local_operation(schemas, route, keys);
    (void)json_object_set_new(operation, "operationId", operation_id(route, used));
    (void)json_object_set_new(operation, "description", description_of_route(route, command));
    (void)json_object_set_new(operation, "security", security_of(route, keys));
    char method[10] = "";
    for (size_t i = 0; route->method[i] != '\0' && i < sizeof method - 1; i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    (void)json_object_set_new(item_of(paths, route->pattern), method, operation);
}

static json_t *paths_of(json_t *schemas, const struct route *const *tables, enum openapi_keys keys)
{
    json_t *paths = json_object(), *used = json_object();
    for (; *tables != NULL; tables++)
        for (const struct route *route = *tables; route->method != NULL; route++)
            add_operation(paths, schemas, used, route, keys);
    json_decref(used);
    return paths;
}

enum openapi_keys openapi_keys_of(const struct settings *settings)
{
    if (settings->api_keys_file == NULL)
        return OPENAPI_NO_KEYS;
    return settings->metrics_key_required ? OPENAPI_KEYS_ALL : OPENAPI_KEYS;
}

/* Of the tags that its operations have. */
static json_t *tags_of(const json_t *paths)
{
    json_t *tags = json_array(), *seen = json_object(), *item, *operation;
    const char *path, *method;
    json_object_foreach ((json_t *)paths, path, item)
        json_object_foreach (item, method, operation) {
            const char *tag =
                json_string_value(json_array_get(json_object_get(operation, "tags"), 0));
            if (json_object_get(seen, tag) != NULL)
                continue;
            (void)json_object_set_new(seen, tag, json_true());
            (void)json_array_append_new(tags, json_pack("{ssss}", "name", tag, "description",
                                                        openapi_tag_description(tag)));
        }
    json_decref(seen);
    return tags;
}

json_t *openapi_document(const char *service, const char *version,
                         const struct route *const *tables, enum openapi_keys keys)
{
    json_t *schemas = json_object();
    schema_add_problems(schemas);
    json_t *paths = paths_of(schemas, tables, keys);
    json_t *document = json_pack("{sssos[{ssss}]sososo}", "openapi", "3.1.0", "info",
                                 openapi_info(service, version), "servers", "url", "/",
                                 "description", "This service.", "tags", tags_of(paths), "paths",
                                 paths, "components", openapi_components(schemas));
    schema_prune(document);
    return document;
}
