/* Problems as schemas: what all have in common, and one for each code. */
#include "libshared/service/schemas.h"

#include <stdio.h>
#include <string.h>

static const struct member {
    enum problem_code code;
    const char *name, *type;
    bool always;
    const char *summary;
} members[] = {
#define PROBLEM_MEMBER(code, name, type, always, summary)                                          \
    {PROBLEM_##code, #name, type, always, summary},
#include "libshared/contract/problem_members.def"
#undef PROBLEM_MEMBER
};
#define MEMBERS (sizeof members / sizeof *members)

static json_t *text(const char *format, const char *description)
{
    return json_pack("{ssssss*}", "type", "string", "description", description, "format", format);
}

/* The codes of a fault: those of members, and for headers those of the problem itself. */
static json_t *fault_codes(void)
{
    static const enum problem_code of_headers[] = {
        PROBLEM_invalid_request, PROBLEM_invalid_idempotency_key, PROBLEM_unsupported_media_type,
        PROBLEM_headers_too_large};
    json_t *codes = json_array();
#define VIOLATION(code, detail) (void)json_array_append_new(codes, json_string(#code));
#include "libshared/record/violations.def"
#undef VIOLATION
    for (size_t i = 0; i < sizeof of_headers / sizeof *of_headers; i++)
        (void)json_array_append_new(codes, json_string(problem_code_text(of_headers[i])));
    return codes;
}

static json_t *fault_schema(void)
{
    return json_pack(
        "{sssss[ss]s{sososos{ssssso}sos{ssss}}}", "type", "object", "description",
        "One thing that is wrong: in the body, in the query string, or in a header.", "required",
        "code", "detail", "properties", "pointer",
        text(NULL, "Where in the body: a JSON pointer (RFC 6901) such as #/items/0/quantity."),
        "parameter", text(NULL, "Which name of the query string."), "header",
        text(NULL, "Which header."), "code", "type", "string", "description", "What is wrong.",
        "enum", fault_codes(), "detail", text(NULL, "The same, for people."), "limit", "type",
        "integer", "description", "The limit that was passed, where the code speaks of one.");
}

static json_t *common_members(json_t *code_take, json_t *status_take)
{
    return json_pack(
        "{sosososososos{sssss{ss}}}", "type", text("uri-reference", "/problems/ and the code."),
        "title", text(NULL, "The code in words."), "status", status_take, "detail",
        text(NULL, "A sentence for people."), "instance",
        text("uri", "This occurrence, as urn:uuid: what to quote to whoever runs this."), "code",
        code_take, "errors", "type", "array", "description", "Everything that is wrong, at once.",
        "items", "$ref", "#/components/schemas/problem_error");
}

static json_t *required(void)
{
    return json_pack("[ssssss]", "type", "title", "status", "detail", "instance", "code");
}

static json_t *any_problem(void)
{
    json_t *codes = json_array();
    for (int code = 0; code < PROBLEMS; code++)
        (void)json_array_append_new(codes, json_string(problem_code_text((enum problem_code)code)));
    return json_pack(
        "{sssssoso}", "type", "object", "description",
        "Any problem (RFC 9457). More codes may come.", "required", required(), "properties",
        common_members(json_pack("{ssssso}", "type", "string", "description",
                                 "What the problem is, for programs.", "enum", codes),
                       json_pack("{ssss}", "type", "integer", "description", "The HTTP status.")));
}

static json_t *member_schema(const struct member *member)
{
    json_t *schema = json_pack("{ssss}", "type", member->type, "description", member->summary);
    if (strcmp(member->type, "array") == 0)
        (void)json_object_set_new(schema, "items", json_object());
    return schema;
}

static json_t *one_problem(enum problem_code code)
{
    json_t *schema = json_pack(
        "{sssssoso}", "type", "object", "description", problem_detail(code), "required", required(),
        "properties",
        common_members(json_pack("{ssssss}", "type", "string", "const", problem_code_text(code),
                                 "description", problem_title(code)),
                       json_pack("{sssiss}", "type", "integer", "const", problem_status(code),
                                 "description", "The HTTP status.")));
    for (size_t i = 0; i < MEMBERS; i++) {
        if (members[i].code != code)
            continue;
        (void)json_object_set_new(json_object_get(schema, "properties"), members[i].name,
                                  member_schema(&members[i]));
        if (members[i].always)
            (void)json_array_append_new(json_object_get(schema, "required"),
                                        json_string(members[i].name));
    }
    return schema;
}

void schema_add_problems(json_t *schemas)
{
    (void)json_object_set_new(schemas, "problem", any_problem());
    (void)json_object_set_new(schemas, "problem_error", fault_schema());
    for (int code = 0; code < PROBLEMS; code++) {
        char name[60];
        (void)snprintf(name, sizeof name, "problem_%s", problem_code_text((enum problem_code)code));
        (void)json_object_set_new(schemas, name, one_problem((enum problem_code)code));
    }
}

json_t *schema_of_problems(int status)
{
    json_t *one_of = json_array(), *mapping = json_object();
    for (int i = 0; i < PROBLEMS; i++) {
        const char *code = problem_code_text((enum problem_code)i);
        if (status != 0 && problem_status((enum problem_code)i) != status)
            continue;
        json_t *target = json_sprintf("#/components/schemas/problem_%s", code);
        (void)json_array_append_new(one_of, json_pack("{sO}", "$ref", target));
        (void)json_object_set_new(mapping, code, target);
    }
    return json_pack("{sos{ssso}}", "oneOf", one_of, "discriminator", "propertyName", "code",
                     "mapping", mapping);
}
