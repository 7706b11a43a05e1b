/* Components that nothing refers to are left out of a document. */
#include "libshared/service/schemas.h"

#include <string.h>

static void note_references(const json_t *value, json_t *seen)
{
    const char *name;
    size_t i;
    json_t *one;
    const json_t *ref = json_object_get(value, "$ref");
    if (json_is_string(ref))
        (void)json_object_set_new(seen, json_string_value(ref), json_true());
    json_object_foreach ((json_t *)value, name, one)
        note_references(one, seen);
    json_array_foreach ((json_t *)value, i, one)
        note_references(one, seen);
}

/* Whether something was left out: what that referred to may be next. */
static bool prune_kind(json_t *components, const char *kind, const json_t *seen)
{
    json_t *group = json_object_get(components, kind), *one;
    const char *name;
    void *next;
    bool any = false;
    json_object_foreach_safe(group, next, name, one)
    {
        json_t *target = json_sprintf("#/components/%s/%s", kind, name);
        if (json_object_get(seen, json_string_value(target)) == NULL) {
            (void)json_object_del(group, name);
            any = true;
        }
        json_decref(target);
    }
    return any;
}

void schema_prune(json_t *document)
{
    static const char *const kinds[] = {"responses", "headers",       "parameters",
                                        "messages",  "messageTraits", "schemas"};
    json_t *components = json_object_get(document, "components");
    bool any = true;
    while (any) {
        json_t *seen = json_object();
        note_references(document, seen);
        any = false;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            any = prune_kind(components, kinds[i], seen) || any;
        json_decref(seen);
    }
}
