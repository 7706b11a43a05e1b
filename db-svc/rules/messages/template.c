#include "db-svc/rules/messages/template.h"

#include <stdbool.h>
#include <string.h>

#include "libshared/base/mem.h"

/* From the opening braces to behind the closing ones. */
struct place {
    const char *begin, *end;
    const struct template_field *field; /* NULL: there is none of that name */
};

static const struct template_field *find(const struct template_field *fields, const char *name,
                                         size_t length)
{
    for (; fields->name != NULL; fields++)
        if (strlen(fields->name) == length && memcmp(fields->name, name, length) == 0)
            return fields;
    return NULL;
}

/* The first place in `text`; false: there is none. */
static bool find_place(const char *text, const struct template_field *fields,
                       struct place *ret_place)
{
    const char *begin = strstr(text, "{{");
    if (begin == NULL)
        return false;
    const char *name = begin + 2 + strspn(begin + 2, " ");
    size_t length = strcspn(name, " {}");
    const char *close = name + length + strspn(name + length, " ");
    *ret_place = (struct place){.begin = begin, .end = begin + 2};
    if (strncmp(close, "}}", 2) != 0)
        return true;
    ret_place->field = find(fields, name, length);
    if (ret_place->field != NULL)
        ret_place->end = close + 2;
    return true;
}

static int cost_of(const struct template_field *field)
{
    return field->cost > 0 ? field->cost : 1;
}

int template_cost(const char *text, const struct template_field *fields)
{
    struct place place;
    int cost = 0;
    for (; find_place(text, fields, &place); text = place.end)
        if (place.field != NULL)
            cost += cost_of(place.field);
    return cost;
}

enum template_fault template_check(const char *text, const struct template_field *fields)
{
    struct place place;
    int n = 0;
    for (; find_place(text, fields, &place); text = place.end) {
        if (place.field == NULL)
            return TEMPLATE_UNKNOWN_FIELD;
        n += cost_of(place.field);
        if (n > TEMPLATE_FIELDS_MAX)
            return TEMPLATE_TOO_MANY_FIELDS;
    }
    return TEMPLATE_RIGHT;
}

static const char *value_of(const struct place *place)
{
    return place->field->value != NULL ? place->field->value : "";
}

/* What `text` comes to, at most. */
static size_t rendered_size(const char *text, const struct template_field *fields, size_t *ret_n)
{
    size_t size = strlen(text) + 1;
    struct place place;
    *ret_n = 0;
    for (; find_place(text, fields, &place); text = place.end)
        if (place.field != NULL) {
            size += strlen(value_of(&place));
            *ret_n += place.field->mark;
        }
    return size;
}

struct template_text template_render(const void *arena, const char *text,
                                     const struct template_field *fields)
{
    size_t n_marks;
    struct template_text rendered = {.text =
                                         mem_zeroed(arena, rendered_size(text, fields, &n_marks))};
    rendered.marks = mem_array(arena, size_t, n_marks + 1);
    char *out = rendered.text;
    struct place place;
    for (; find_place(text, fields, &place); text = place.end) {
        const char *end = place.field != NULL ? place.begin : place.end;
        out = mempcpy(out, text, (size_t)(end - text));
        if (place.field == NULL)
            continue;
        if (place.field->mark)
            rendered.marks[rendered.n_marks++] = (size_t)(out - rendered.text);
        out = stpcpy(out, value_of(&place));
    }
    (void)stpcpy(out, text);
    return rendered;
}
