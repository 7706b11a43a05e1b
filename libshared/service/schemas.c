#include "libshared/service/schemas.h"

#include <string.h>

#include "libshared/contract/order.h"
#include "libshared/contract/problem.h"

/* In a merge patch nothing is required, however deep; what stands in lists is whole. */
static void drop_required(json_t *schema)
{
    (void)json_object_del(schema, "required");
    const char *name;
    json_t *property;
    json_object_foreach (json_object_get(schema, "properties"), name, property)
        drop_required(property);
}

static json_t *patch_schema(const struct record *record)
{
    json_t *schema = record_schema(record, true);
    drop_required(schema);
    return schema;
}

static json_t *page_schema(json_t *schemas, const struct record *record)
{
    return json_pack("{sss[ss]s{s{ssso}s{s[ss]ss}}}", "type", "object", "required", "items", "next",
                     "properties", "items", "type", "array", "items",
                     schema_ref(schemas, record, SCHEMA_SHOWN), "next", "type", "string", "null",
                     "description", "The cursor of the next page; null: this is the last.");
}

static json_t *make(json_t *schemas, const struct record *record, enum schema_use use)
{
    switch (use) {
    case SCHEMA_SHOWN:
        return record_schema(record, false);
    case SCHEMA_INPUT:
        return record_schema(record, true);
    case SCHEMA_PATCH:
        return patch_schema(record);
    case SCHEMA_PAGE:
        return page_schema(schemas, record);
    }
    return NULL;
}

json_t *schema_ref(json_t *schemas, const struct record *record, enum schema_use use)
{
    static const char *const suffixes[] = {"", "_input", "_patch", "_page"};
    char name[100];
    (void)snprintf(name, sizeof name, "%s%s", record->name, suffixes[use]);
    if (json_object_get(schemas, name) == NULL)
        (void)json_object_set_new(schemas, name, make(schemas, record, use));
    return json_pack("{so}", "$ref", json_sprintf("#/components/schemas/%s", name));
}

json_t *schema_id(enum command_id id)
{
    if (command_id_prefix(id) == NULL)
        return json_pack("{sssisi}", "type", "integer", "minimum", 1, "maximum", ORDER_TICKETS_MAX);
    const struct field field = {.kind = &kind_id, .prefix = command_id_prefix(id)};
    return kind_id.schema(&field);
}

json_t *schema_of_reply(json_t *schemas, const struct command *command)
{
    if (command->reply == NULL)
        return NULL;
    return schema_ref(schemas, command->reply, command->page ? SCHEMA_PAGE : SCHEMA_SHOWN);
}

static json_t *rest_of_message(json_t *schemas, const struct command *command)
{
    if (command->shape == COMMAND_UPDATE)
        return json_pack("{sss{so}s[s]sb}", "type", "object", "properties", "patch",
                         schema_ref(schemas, command->request, SCHEMA_PATCH), "required", "patch",
                         "additionalProperties", 0);
    if (command->request == NULL)
        return json_pack("{sss{}s[]sb}", "type", "object", "properties", "required",
                         "additionalProperties", 0);
    return record_schema(command->request, true);
}

json_t *schema_of_message(json_t *schemas, const struct command *command)
{
    json_t *schema = rest_of_message(schemas, command);
    for (int id = 0; id < IDS; id++) {
        const char *name = command_id_name((enum command_id)id);
        if ((command_all_ids(command) & HAS(id)) != 0)
            (void)json_object_set_new(json_object_get(schema, "properties"), name,
                                      schema_id((enum command_id)id));
        if ((command->ids & HAS(id)) != 0)
            (void)json_array_append_new(json_object_get(schema, "required"), json_string(name));
    }
    return schema;
}

static json_t *text_schema(const char *format)
{
    return format == NULL ? json_pack("{ss}", "type", "string")
                          : json_pack("{ssss}", "type", "string", "format", format);
}

static json_t *fault_schema(void)
{
    return json_pack("{sss[ss]s{sososososos{ss}}}", "type", "object", "required", "code", "detail",
                     "properties", "pointer", text_schema(NULL), "parameter", text_schema(NULL),
                     "header", text_schema(NULL), "code", text_schema(NULL), "detail",
                     text_schema(NULL), "limit", "type", "integer");
}

json_t *schema_of_problem(void)
{
    json_t *codes = json_array();
    for (int code = 0; code < PROBLEMS; code++)
        (void)json_array_append_new(codes, json_string(problem_code_text((enum problem_code)code)));
    return json_pack("{sssss[ssssss]s{sososos{ss}sos{ssso}s{ssso}}}", "type", "object",
                     "description", "Problem details (RFC 9457).", "required", "type", "title",
                     "status", "detail", "instance", "code", "properties", "type",
                     text_schema("uri-reference"), "title", text_schema(NULL), "detail",
                     text_schema(NULL), "status", "type", "integer", "instance", text_schema("uri"),
                     "code", "type", "string", "enum", codes, "errors", "type", "array", "items",
                     fault_schema());
}
