#include "libshared/record/violation.h"

#include <string.h>

#include "libshared/base/mem.h"

static const struct {
    const char *text, *detail;
} codes[] = {
#define VIOLATION(code, detail) {#code, detail},
#include "libshared/record/violations.def"
#undef VIOLATION
};

const char *violation_code_text(enum violation_code code)
{
    return codes[code].text;
}

/* RFC 6901 section 4: ~ and / of a name are escaped. */
static char *escape(const void *arena, const char *name)
{
    char *out = mem_zeroed(arena, 2 * strlen(name) + 1);
    char *end = out;
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            *end++ = '~';
            *end++ = *name == '~' ? '0' : '1';
        } else {
            *end++ = *name;
        }
    }
    return out;
}

static const char *pointer(const void *arena, const struct path *path)
{
    if (path == NULL)
        return "#";
    const char *parent = pointer(arena, path->parent);
    if (path->name == NULL)
        return mem_printf(arena, "%s/%zu", parent, path->index);
    return mem_printf(arena, "%s/%s", parent, escape(arena, path->name));
}

static struct violation *append(struct violations *violations, const struct path *path,
                                enum violation_code code)
{
    violations->at =
        mem_grow(violations->arena, violations->at, struct violation, violations->n + 1);
    struct violation *added = &violations->at[violations->n++];
    *added = (struct violation){.pointer = pointer(violations->arena, path), .code = code};
    return added;
}

void violations_add(struct violations *violations, const struct path *path,
                    enum violation_code code)
{
    (void)append(violations, path, code);
}

void violations_add_parameter(struct violations *violations, const char *name,
                              enum violation_code code)
{
    const struct path path = {.name = name};
    append(violations, &path, code)->parameter = mem_strdup(violations->arena, name);
}

void violations_add_header(struct violations *violations, const char *name,
                           enum violation_code code)
{
    append(violations, NULL, code)->header = name;
}

void violations_add_limit(struct violations *violations, const struct path *path,
                          enum violation_code code, int64_t limit)
{
    struct violation *added = append(violations, path, code);
    added->bounded = true;
    added->limit = limit;
}

bool violations_have(const struct violations *violations, const struct path *path)
{
    const char *place = pointer(violations->arena, path);
    size_t length = strlen(place);
    for (size_t i = 0; i < violations->n; i++) {
        const char *found = violations->at[i].pointer;
        if (strncmp(found, place, length) == 0 && (found[length] == '\0' || found[length] == '/'))
            return true;
    }
    return false;
}

json_t *violations_json(const struct violations *violations, bool parameters)
{
    json_t *list = json_array();
    for (size_t i = 0; i < violations->n; i++) {
        const struct violation *v = &violations->at[i];
        const char *parameter = v->parameter == NULL && parameters && strlen(v->pointer) > 2
                                    ? v->pointer + 2
                                    : v->parameter;
        const char *place = v->header != NULL   ? "header"
                            : parameter != NULL ? "parameter"
                                                : "pointer";
        const char *name = v->header != NULL   ? v->header
                           : parameter != NULL ? parameter
                                               : v->pointer;
        json_t *one = json_pack("{ssssss}", place, name, "code", codes[v->code].text, "detail",
                                codes[v->code].detail);
        if (v->bounded)
            (void)json_object_set_new(one, "limit", json_integer(v->limit));
        (void)json_array_append_new(list, one);
    }
    return list;
}
