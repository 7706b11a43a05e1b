#include "libshared/service/openapi.h"

#include <ctype.h>
#include <string.h>

#include "libshared/service/schemas.h"

static const struct {
    enum api_scope scope;
    const char *name, *opens;
} scopes[] = {
    {API_ADMIN, "admin", "everything"},
    {API_SELL, "sell",
     "placing, holding, confirming, extending, cancelling and refunding orders, one order by its "
     "id "
     "and its tickets"},
    {API_HOLD, "hold", "placing an order that is held, and extending it"},
    {API_GATE, "gate",
     "checking tickets in, undoing that, looking them up, and the offline bundle"},
    {API_ATTEND, "attend", "an event's list of attendees"},
    {API_NOTIFY, "notify", "sending, deliveries and suppressions"},
    {API_READ, "read", "lists, exports, histories, deliveries, suppressions and the ledger"},
};
#define SCOPES (sizeof scopes / sizeof *scopes)

/* Which problems any request may meet, and those that only a key, a body or a command brings. */
static const int always[] = {400, 404, 406, 414, 422, 431, 500, 503, 0}, with_key[] = {401, 403, 0},
                 without_keys[] = {421, 0}, of_streams[] = {429, 0}, with_body[] = {413, 415, 0},
                 of_commands[] = {409, 504, 0}, with_if_match[] = {412, 0}, with_token[] = {410, 0};

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

static void add_path_parameters(json_t *parameters, const struct command *command,
                                const char *pattern)
{
    for (int id = 0; id < IDS; id++) {
        const char *name = command_id_name((enum command_id)id);
        char parameter[40];
        (void)snprintf(parameter, sizeof parameter, "{%s}", name);
        if ((command_all_ids(command) & HAS(id)) != 0 && strstr(pattern, parameter) != NULL)
            (void)json_array_append_new(parameters, json_pack("{sssssbso}", "name", name, "in",
                                                              "path", "required", 1, "schema",
                                                              schema_id((enum command_id)id)));
    }
}

static void add_query_parameters(json_t *parameters, const struct record *names)
{
    json_t *schema = record_schema(names, false);
    const char *name;
    json_t *one;
    json_object_foreach (json_object_get(schema, "properties"), name, one) {
        json_t *parameter = json_pack("{sssssO}", "name", name, "in", "query", "schema", one);
        (void)json_array_append_new(parameters, parameter);
    }
    json_decref(schema);
}

static json_t *parameters_of(const struct route *route, const struct command *command)
{
    json_t *parameters = json_array();
    bool get = strcmp(route->method, "GET") == 0;
    add_path_parameters(parameters, command, route->pattern);
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

/* Takes `schema`. */
static json_t *header_parameter(const char *name, json_t *schema, const char *description)
{
    return json_pack("{ssssssso}", "name", name, "in", "header", "description", description,
                     "schema", schema);
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

static json_t *success(json_t *schemas, const struct route *route, const struct command *command)
{
    json_t *headers = json_object();
    bool writes = command->shape != COMMAND_QUERY;
    if (writes)
        (void)json_object_set_new(headers, "Idempotency-Key",
                                  component("headers", "idempotency_key"));
    if (command->reply != NULL && !command->page)
        (void)json_object_set_new(headers, "ETag", component("headers", "etag"));
    if (creates(command))
        (void)json_object_set_new(headers, "Location", component("headers", "location"));
    json_t *response = json_pack("{ssso}", "description",
                                 command->status == 201   ? "Created."
                                 : command->status == 202 ? "Accepted."
                                 : command->status == 204 ? "Done."
                                                          : "As it is now.",
                                 "headers", headers);
    json_t *schema = route->content_type == NULL ? schema_of_reply(schemas, command) : NULL;
    if (route->content_type != NULL)
        (void)json_object_set_new(response, "content", json_pack("{s{}}", route->content_type));
    if (route->other_type != NULL)
        (void)json_object_set_new(json_object_get(response, "content"), route->other_type,
                                  json_object());
    if (schema != NULL)
        (void)json_object_set_new(response, "content",
                                  json_pack("{s{so}}", "application/json", "schema", schema));
    return response;
}

static json_t *responses_of(json_t *schemas, const struct route *route,
                            const struct command *command, enum openapi_keys keys)
{
    json_t *responses = json_object();
    char status[12];
    (void)snprintf(status, sizeof status, "%d", command->status);
    (void)json_object_set_new(responses, status, success(schemas, route, command));
    if (strcmp(route->method, "GET") == 0 && !command->page)
        (void)json_object_set_new(responses, "304",
                                  json_pack("{ss}", "description", "As the client knows it."));
    add_problems(responses, always);
    if (keys == OPENAPI_NO_KEYS)
        add_problems(responses, without_keys);
    else if (route->scopes != 0)
        add_problems(responses, with_key);
    if (route->streams)
        add_problems(responses, of_streams);
    if (strcmp(route->method, "GET") != 0)
        add_problems(responses, with_body);
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
    for (size_t i = 0; i < SCOPES && route->scopes != API_ALL; i++)
        if (((route->scopes | API_ADMIN) & scopes[i].scope) != 0 && route->scopes != 0)
            (void)json_array_append_new(any, json_pack("{s[s]}", "key", scopes[i].name));
    return any;
}

static json_t *operation_of(json_t *schemas, const struct route *route,
                            const struct command *command, enum openapi_keys keys)
{
    json_t *operation = json_pack(
        "{sss[s]so}", "summary", route->summary != NULL ? route->summary : command->summary, "tags",
        module_name(command->module), "parameters", parameters_of(route, command));
    if (takes_body(route, command))
        (void)json_object_set_new(operation, "requestBody", body_of(schemas, command));
    (void)json_object_set_new(operation, "responses", responses_of(schemas, route, command, keys));
    return operation;
}

static json_t *local_operation(json_t *schemas, const struct route *route)
{
    json_t *operation = json_pack("{sss{s{sss{s{}}}s{ss}}}", "summary", route->summary, "responses",
                                  "200", "description", "As it is now.", "content",
                                  route->content_type, "default", "description", "Otherwise.");
    if (route->takes != NULL)
        (void)json_object_set_new(operation, "requestBody",
                                  json_pack("{sbs{s{so}}}", "required", 1, "content",
                                            "application/json", "schema",
                                            schema_ref(schemas, route->takes, SCHEMA_INPUT)));
    return operation;
}

/* One command may be served by two routes, one address by two methods. */
static json_t *operation_id(const struct route *route, json_t *used)
{
    const char *name = route->command != NULL ? route->command : route->pattern + 1;
    json_t *id;
    if (route->show != NULL) {
        id = json_sprintf("%s.%s", name, strrchr(route->pattern, '/') + 1);
    } else if (json_object_get(used, name) != NULL) {
        const char *last = strrchr(route->pattern, '{');
        id = last != NULL ? json_sprintf("%s.by_%.*s", name, (int)strcspn(last + 1, "}"), last + 1)
                          : json_sprintf("%s.by_%s", name, route->method);
    } else {
        id = json_string(name);
    }
    (void)json_object_set_new(used, json_string_value(id), json_true());
    return id;
}

static json_t *paths_of(json_t *schemas, const struct route *const *tables, enum openapi_keys keys)
{
    json_t *paths = json_object(), *used = json_object();
    for (; *tables != NULL; tables++)
        for (const struct route *route = *tables; route->method != NULL; route++) {
            const struct command *command =
                route->command != NULL ? command_find(route->command) : NULL;
            json_t *operation = command != NULL ? operation_of(schemas, route, command, keys)
                                                : local_operation(schemas, route);
            (void)json_object_set_new(operation, "operationId", operation_id(route, used));
            (void)json_object_set_new(operation, "security", security_of(route, keys));
            char method[10] = "";
            for (size_t i = 0; route->method[i] != '\0' && i < sizeof method - 1; i++)
                method[i] = (char)tolower((unsigned char)route->method[i]);
            json_t *item = json_object_get(paths, route->pattern);
            if (item == NULL) {
                item = json_object();
                (void)json_object_set_new(paths, route->pattern, item);
            }
            (void)json_object_set_new(item, method, operation);
        }
    json_decref(used);
    return paths;
}

/* --- Components --- */

static void add_problem_response(json_t *responses, enum problem_code code)
{
    char name[32];
    (void)snprintf(name, sizeof name, "problem_%d", problem_status(code));
    json_t *response = json_object_get(responses, name);
    if (response == NULL) {
        response = json_pack("{sss{s{so}}}", "description", "", "content", PROBLEM_MEDIA_TYPE,
                             "schema", component("schemas", "problem"));
        (void)json_object_set_new(responses, name, response);
    }
    const char *before = json_string_value(json_object_get(response, "description"));
    json_t *description = json_sprintf("%s%s`%s`: %s", before, *before != '\0' ? "\n" : "",
                                       problem_code_text(code), problem_detail(code));
    (void)json_object_set_new(response, "description", description);
    if (problem_status(code) == 503 || problem_status(code) == 429)
        (void)json_object_set_new(
            response, "headers",
            json_pack("{so}", "Retry-After", component("headers", "retry_after")));
}

static json_t *problem_responses(void)
{
    json_t *responses = json_object();
    for (int code = 0; code < PROBLEMS; code++)
        add_problem_response(responses, (enum problem_code)code);
    return responses;
}

static json_t *header(const char *type, const char *description)
{
    return json_pack("{sss{ss}}", "description", description, "schema", "type", type);
}

static json_t *headers(void)
{
    return json_pack("{sososososo}", "etag",
                     header("string", "The record's version, for If-Match."), "location",
                     header("string", "The address of what was made."), "idempotency_key",
                     header("string", "The key of the command, as given or drawn."), "retry_after",
                     header("integer", "Seconds to wait before the next try."), "allow",
                     header("string", "The methods of this address."));
}

/* A new value. */
static json_t *key_description(void)
{
    json_t *text = json_string("An API key; each operation's security names the scopes of which it "
                               "takes any one, and none is any key. No scope includes another.");
    for (size_t i = 0; i < SCOPES; i++) {
        json_t *more = json_sprintf("%s\n- `%s`: %s", json_string_value(text), scopes[i].name,
                                    scopes[i].opens);
        json_decref(text);
        text = more;
    }
    return text;
}

#define TAG "(W/)?\"[!#-~]*\""

static json_t *parameters(void)
{
    return json_pack(
        "{sososo}", "idempotency_key",
        header_parameter(
            "Idempotency-Key",
            json_pack("{sssiss}", "type", "string", "maxLength", 255, "pattern", "^[ -~]+$"),
            "Names the command: sent again with the same key, the first answer comes "
            "back and nothing happens twice. Drawn if absent."),
        "if_match",
        header_parameter(
            "If-Match",
            json_pack("{ssss}", "type", "string", "pattern", "^([*]|" TAG "( *, *" TAG ")*)$"),
            "The ETags of which the record must still have one."),
        "if_none_match",
        header_parameter("If-None-Match", json_pack("{ss}", "type", "string"),
                         "304 if the record still has this ETag."));
}

enum openapi_keys openapi_keys_of(const struct settings *settings)
{
    if (settings->api_keys_file == NULL)
        return OPENAPI_NO_KEYS;
    return settings->metrics_key_required ? OPENAPI_KEYS_ALL : OPENAPI_KEYS;
}

json_t *openapi_document(const char *service, const char *version,
                         const struct route *const *tables, enum openapi_keys keys)
{
    json_t *schemas = json_pack("{so}", "problem", schema_of_problem());
    json_t *paths = paths_of(schemas, tables, keys);
    return json_pack("{sss{ssss}sos{sosososos{s{ssssso}}}}", "openapi", "3.1.0", "info", "title",
                     service, "version", version, "paths", paths, "components", "schemas", schemas,
                     "parameters", parameters(), "headers", headers(), "responses",
                     problem_responses(), "securitySchemes", "key", "type", "http", "scheme",
                     "bearer", "description", key_description());
}
