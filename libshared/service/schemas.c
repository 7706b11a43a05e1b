#include "libshared/service/schemas.h"

#include <stdio.h>
#include <string.h>

#include "libshared/contract/order.h"
#include "libshared/service/descriptions.h"

static json_t *ref_to(const char *name)
{
    return json_pack("{so}", "$ref", json_sprintf("#/components/schemas/%s", name));
}

/* --- Records within records --- */

static void settle(json_t *schemas, json_t *schema, enum schema_use use);

static bool is_nullable(const json_t *schema)
{
    return json_is_array(json_object_get(schema, "type"));
}

/* Gives the schema, without its null, a name of its own; of two with one name the same is meant. */
static const char *name_it(json_t *schemas, json_t *schema, enum schema_use use, char *name,
                           size_t size)
{
    static const char *const suffixes[] = {"", "_input", "_patch", ""};
    const char *title = json_string_value(json_object_get(schema, "title"));
    (void)snprintf(name, size, "%s%s", title, suffixes[use]);
    if (json_object_get(schemas, name) == NULL) {
        json_t *whole = json_copy(schema);
        (void)json_object_set_new(whole, "type", json_string("object"));
        (void)json_object_del(whole, "readOnly");
        (void)json_object_del(whole, "writeOnly");
        (void)json_object_del(whole, "description");
        (void)json_object_set_new(schemas, name, whole);
        settle(schemas, whole, use);
    }
    return name;
}

/* A new value to stand in the place of a record: what refers to it, with what is said here only. */
static json_t *stand_in(json_t *schemas, json_t *schema, enum schema_use use)
{
    char name[100];
    json_t *place = ref_to(name_it(schemas, schema, use, name, sizeof name));
    if (is_nullable(schema))
        place = json_pack("{s[o{ss}]}", "anyOf", place, "type", "null");
    static const char *const kept[] = {"description", "readOnly", "writeOnly"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        (void)json_object_set(place, kept[i], json_object_get(schema, kept[i]));
    return place;
}

static bool is_named(const json_t *schema)
{
    return json_object_get(schema, "title") != NULL;
}

static void settle_property(json_t *schemas, json_t *properties, const char *name, json_t *property,
                            enum schema_use use)
{
    json_t *items = json_object_get(property, "items");
    if (is_named(items))
        (void)json_object_set_new(
            property, "items", stand_in(schemas, items, use == SCHEMA_PATCH ? SCHEMA_INPUT : use));
    if (is_named(property))
        (void)json_object_set_new(properties, name, stand_in(schemas, property, use));
}

static void settle(json_t *schemas, json_t *schema, enum schema_use use)
{
    json_t *properties = json_object_get(schema, "properties"), *property;
    const char *title = json_string_value(json_object_get(schema, "title")), *name;
    void *next;
    json_object_foreach_safe(properties, next, name, property)
    {
        const char *description = description_of(title, name);
        if (json_object_get(property, "description") == NULL && description != NULL)
            (void)json_object_set_new(property, "description", json_string(description));
        settle_property(schemas, properties, name, property, use);
    }
    if (use == SCHEMA_SHOWN)
        (void)json_object_del(schema, "additionalProperties");
}

/* --- Records --- */

/* In a merge patch nothing is required, however deep; what stands in lists is whole. */
static void drop_required(json_t *schema)
{
    (void)json_object_del(schema, "required");
    (void)json_object_del(schema, "oneOf");
    const char *name;
    json_t *property;
    json_object_foreach (json_object_get(schema, "properties"), name, property)
        drop_required(property);
}

static json_t *page_schema(json_t *schemas, const struct record *record)
{
    return json_pack("{sss[ss]s{s{ssssso}s{s[ss]ss}}}", "type", "object", "required", "items",
                     "next", "properties", "items", "type", "array", "description",
                     "The items of this page.", "items", schema_ref(schemas, record, SCHEMA_SHOWN),
                     "next", "type", "string", "null", "description",
                     "The cursor of the next page; null: this is the last.");
}

static json_t *make(json_t *schemas, const struct record *record, enum schema_use use)
{
    if (use == SCHEMA_PAGE)
        return page_schema(schemas, record);
    json_t *schema = record_schema(record, use != SCHEMA_SHOWN);
    if (use == SCHEMA_PATCH)
        drop_required(schema);
    return schema;
}

json_t *schema_ref(json_t *schemas, const struct record *record, enum schema_use use)
{
    static const char *const suffixes[] = {"", "_input", "_patch", "_page"};
    char name[100];
    (void)snprintf(name, sizeof name, "%s%s", record->name, suffixes[use]);
    if (json_object_get(schemas, name) == NULL) {
        json_t *schema = make(schemas, record, use);
        (void)json_object_set_new(schemas, name, schema);
        if (use != SCHEMA_PAGE)
            settle(schemas, schema, use);
    }
    return ref_to(name);
}

json_t *schema_query(const struct record *names)
{
    json_t *schema = record_schema(names, false), *none = json_object();
    settle(none, schema, SCHEMA_SHOWN);
    json_decref(none);
    return schema;
}

json_t *schema_id(enum command_id id)
{
    json_t *schema;
    if (command_id_prefix(id) == NULL) {
        schema =
            json_pack("{sssisi}", "type", "integer", "minimum", 1, "maximum", ORDER_TICKETS_MAX);
    } else {
        const struct field field = {.kind = &kind_id, .prefix = command_id_prefix(id)};
        schema = kind_id.schema(&field);
    }
    (void)json_object_set_new(schema, "description",
                              json_string(description_of(NULL, command_id_name(id))));
    return schema;
}

json_t *schema_of_reply(json_t *schemas, const struct command *command)
{
    if (command->reply == NULL)
        return NULL;
    return schema_ref(schemas, command->reply, command->page ? SCHEMA_PAGE : SCHEMA_SHOWN);
}

/* --- Messages --- */

static json_t *rest_of_message(json_t *schemas, const struct command *command)
{
    if (command->shape == COMMAND_UPDATE)
        return json_pack("{sss{s{ssso}}s[s]sb}", "type", "object", "properties", "patch",
                         "description", "A merge patch (RFC 7396) of the record.", "$ref",
                         json_sprintf("#/components/schemas/%s_patch", command->request->name),
                         "required", "patch", "additionalProperties", 0);
    if (command->request == NULL)
        return json_pack("{sss{}s[]sb}", "type", "object", "properties", "required",
                         "additionalProperties", 0);
    json_t *schema = record_schema(command->request, true);
    (void)json_object_del(schema, "title");
    settle(schemas, schema, SCHEMA_INPUT);
    return schema;
}

/* Facades send the number of a ticket as their path has it. */
static json_t *id_of_message(enum command_id id)
{
    json_t *schema = schema_id(id);
    if (command_id_prefix(id) != NULL)
        return schema;
    json_t *both =
        json_pack("{sOs[o{ssss}]}", "description", json_object_get(schema, "description"), "anyOf",
                  json_copy(schema), "type", "string", "pattern", "^[1-9][0-9]{0,2}$");
    json_decref(schema);
    return both;
}

json_t *schema_of_message(json_t *schemas, const struct command *command)
{
    if (command->shape == COMMAND_UPDATE)
        json_decref(schema_ref(schemas, command->request, SCHEMA_PATCH));
    json_t *schema = rest_of_message(schemas, command);
    if (command->may_ids != 0) /* which stand for the request */
        (void)json_array_clear(json_object_get(schema, "required"));
    for (int id = 0; id < IDS; id++) {
        const char *name = command_id_name((enum command_id)id);
        if ((command_all_ids(command) & HAS(id)) != 0)
            (void)json_object_set_new(json_object_get(schema, "properties"), name,
                                      id_of_message((enum command_id)id));
        if ((command->ids & HAS(id)) != 0)
            (void)json_array_append_new(json_object_get(schema, "required"), json_string(name));
    }
    return schema;
}
