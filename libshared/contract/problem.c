#include "libshared/contract/problem.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/json_text.h"

static const struct {
    const char *code;
    int status;
    const char *title, *detail;
} problems[] = {
#define PROBLEM(code, status, title, detail) {#code, status, title, detail},
#include "libshared/contract/problems.def"
#undef PROBLEM
};

enum problem_code problem_find(const char *code)
{
    for (int i = 0; code != NULL && i < PROBLEMS; i++)
        if (strcmp(problems[i].code, code) == 0)
            return (enum problem_code)i;
    return PROBLEM_internal_error;
}

int problem_status(enum problem_code code)
{
    return problems[code].status;
}

const char *problem_code_text(enum problem_code code)
{
    return problems[code].code;
}

const char *problem_title(enum problem_code code)
{
    return problems[code].title;
}

const char *problem_detail(enum problem_code code)
{
    return problems[code].detail;
}

const char *problem_body(const void *arena, const struct problem *problem)
{
    const char *code = problem_code_text(problem->code);
    char uuid[UUID_SIZE];
    id_uuid(uuid, problem->instance);
    json_t *body = json_pack("{sossssss}", "type", json_sprintf("/problems/%s", code), "title",
                             problem_title(problem->code), "detail", problem_detail(problem->code),
                             "code", code);
    (void)json_object_set_new(body, "status", json_integer(problem_status(problem->code)));
    (void)json_object_set_new(body, "instance", json_sprintf("urn:uuid:%s", uuid));
    if (problem->violations != NULL && problem->violations->n > 0)
        (void)json_object_set_new(body, "errors",
                                  violations_json(problem->violations, problem->parameters));
    if (problem->members != NULL)
        (void)json_object_update(body, problem->members);
    return json_text_take(arena, body);
}

const char *problem_without_errors(const void *arena, const char *body)
{
    json_t *problem = json_loads(body, 0, NULL);
    (void)json_object_del(problem, "errors");
    return json_text_take(arena, problem);
}
