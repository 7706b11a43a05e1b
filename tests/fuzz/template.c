/* A template that is right has values in the places of all its fields. */
#include <string.h>

#include "db-svc/rules/messages/template.h"
#include "libshared/base/mem.h"
#include "tests/fuzz/fuzz.h"

#define VALUE "{{other}}"

static const struct template_field fields[] = {{.name = "event.name", .value = VALUE},
                                               {.name = "links", .value = "%", .mark = true},
                                               {.name = "dear", .value = "x", .cost = 9},
                                               {.name = "empty"},
                                               {0}};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    const char *text = mem_strndup(arena, (const char *)bytes, size);
    const bool right = template_check(text, fields) == TEMPLATE_RIGHT;
    const struct template_text rendered = template_render(arena, text, fields);
    const size_t length = strlen(rendered.text);
    for (size_t i = 0; i < rendered.n_marks; i++) {
        HOLDS(rendered.marks[i] < length && rendered.text[rendered.marks[i]] == '%');
        HOLDS(i == 0 || rendered.marks[i] > rendered.marks[i - 1]);
    }
    if (right) {
        HOLDS(template_cost(text, fields) <= TEMPLATE_FIELDS_MAX);
        HOLDS(length <= strlen(text) + TEMPLATE_FIELDS_MAX * strlen(VALUE));
    }
    mem_free(arena);
    return 0;
}
