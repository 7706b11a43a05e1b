#include "libshared/service/openapi.h"

#include <ctype.h>
#include <string.h>

#include "libshared/service/examples.h"
#include "libshared/service/openapi_parts.h"
#include "libshared/service/openapi_route.h"
#include "libshared/service/schemas.h"

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
    json_t *operation = command != NULL ? openapi_command_operation(schemas, route, command, keys)
                                        : openapi_local_operation(schemas, route, keys);
    (void)json_object_set_new(operation, "operationId", operation_id(route, used));
    (void)json_object_set_new(operation, "description", openapi_route_description(route, command));
    (void)json_object_set_new(operation, "security", openapi_security(route, keys));
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

/* The tags that its operations have. */
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
    examples_add(schemas);
    json_t *document = json_pack("{sssos[{ssss}]sososo}", "openapi", "3.1.0", "info",
                                 openapi_info(service, version), "servers", "url", "/",
                                 "description", "This service.", "tags", tags_of(paths), "paths",
                                 paths, "components", openapi_components(schemas));
    schema_prune(document);
    return document;
}
