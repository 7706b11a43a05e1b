#include "libshared/service/examples.h"

#include <stdio.h>
#include <string.h>

#include "libshared/base/mem.h"

enum example_kind { COMMAND, ANSWER, FACT, PROBLEM_OF, ID, SCHEMA };
#define PROBLEM PROBLEM_OF

static const struct example {
    enum example_kind kind;
    const char *name, *json;
} examples[] = {
#define EXAMPLE(kind, name, json) {kind, name, json},
#include "libshared/service/examples.def"
#include "libshared/service/examples_shown.def"
#undef EXAMPLE
};
#undef PROBLEM
#define EXAMPLES (sizeof examples / sizeof *examples)

static json_t *find(enum example_kind kind, const char *name)
{
    for (size_t i = 0; i < EXAMPLES; i++)
        if (examples[i].kind == kind && strcmp(examples[i].name, name) == 0)
            return json_loads(examples[i].json, JSON_DECODE_ANY, NULL);
    return NULL;
}

json_t *example_of_fact(const char *type)
{
    return find(FACT, type);
}

static bool adds_members(enum problem_code code)
{
    static const enum problem_code always[] = {
#define PROBLEM_MEMBER(code, name, type, always, summary) (always) ? PROBLEM_##code : PROBLEM_NONE,
#include "libshared/contract/problem_members.def"
#undef PROBLEM_MEMBER
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (always[i] == code)
            return true;
    return false;
}

json_t *example_of_problem(enum problem_code code)
{
    static const uint8_t instance[16] = {0x31};
    json_t *example = find(PROBLEM_OF, problem_code_text(code));
    if (example != NULL || adds_members(code))
        return example;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct problem problem = {.code = code, .instance = instance};
    return json_loads(problem_body(arena, &problem), 0, NULL);
}

/* What a question must have of its request; so far these are ids, a ticket's code, and a
 * link's token. */
static void add_required(json_t *ids, const struct record *request)
{
    if (request == NULL)
        return;
    json_t *schema = record_schema(request, true), *name;
    size_t i;
    json_array_foreach (json_object_get(schema, "required"), i, name)
        (void)json_object_set_new(ids, json_string_value(name), find(ID, json_string_value(name)));
    json_decref(schema);
}

/* Those that its message needs. */
static json_t *ids_of(const struct command *command)
{
    json_t *ids = json_object();
    add_required(ids, command->request);
    for (int id = 0; id < IDS; id++) {
        const char *name = command_id_name((enum command_id)id);
        if ((command->ids & HAS(id)) != 0)
            (void)json_object_set_new(ids, name, find(ID, name));
    }
    return ids;
}

json_t *example_of_message(const struct command *command)
{
    json_t *example = find(COMMAND, command->type);
    if (example != NULL)
        return example;
    /* A question may have no more than its ids. */
    return command->shape == COMMAND_QUERY ? ids_of(command) : NULL;
}

static void set(json_t *schemas, const char *name, const char *suffix, json_t *example_take)
{
    char full[100];
    (void)snprintf(full, sizeof full, "%s%s", name, suffix);
    json_t *schema = json_object_get(schemas, full);
    if (schema != NULL && example_take != NULL && json_object_get(schema, "examples") == NULL)
        (void)json_object_set_new(schema, "examples", json_pack("[o]", example_take));
    else
        json_decref(example_take);
}

/* As a request over HTTP has it: the ids are in the path. */
static json_t *request_of(const struct command *command, json_t *message_take)
{
    json_t *request = message_take;
    if (command->shape == COMMAND_UPDATE) {
        request = json_incref(json_object_get(message_take, "patch"));
        json_decref(message_take);
    }
    for (int id = 0; id < IDS; id++)
        if ((command_all_ids(command) & HAS(id)) != 0)
            (void)json_object_del(request, command_id_name((enum command_id)id));
    return request;
}

static void add_command(json_t *schemas, const struct command *command, const char *json)
{
    if (command->request == NULL)
        return;
    const char *suffix = command->shape == COMMAND_UPDATE ? "_patch" : "_input";
    set(schemas, command->request->name, suffix, request_of(command, json_loads(json, 0, NULL)));
}

static void add_problems(json_t *schemas)
{
    for (int code = 0; code < PROBLEMS; code++) {
        char name[60];
        (void)snprintf(name, sizeof name, "problem_%s", problem_code_text((enum problem_code)code));
        set(schemas, name, "", example_of_problem((enum problem_code)code));
    }
}

void examples_add(json_t *schemas)
{
    for (size_t i = 0; i < EXAMPLES; i++) {
        const struct example *example = &examples[i];
        const bool of_command = example->kind == COMMAND || example->kind == ANSWER;
        const struct command *command = of_command ? command_find(example->name) : NULL;
        if (command != NULL && example->kind == COMMAND)
            add_command(schemas, command, example->json);
        if (command != NULL && example->kind == ANSWER && command->reply != NULL)
            set(schemas, command->reply->name, "", json_loads(example->json, 0, NULL));
        if (example->kind == SCHEMA)
            set(schemas, example->name, "", json_loads(example->json, 0, NULL));
    }
    add_problems(schemas);
}
