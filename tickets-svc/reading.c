#include "tickets-svc/reading.h"

#include <errno.h>

/* Without the members that a later db-svc may add. */
static json_t *known_members(const struct record *record, const json_t *object)
{
    json_t *known = json_object();
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        json_t *value = json_object_get(object, field->name);
        if (value == NULL)
            continue;
        if (field->of == NULL || !json_is_array(value)) {
            (void)json_object_set(known, field->name, value);
            continue;
        }
        json_t *list = json_array(), *item;
        size_t n;
        json_array_foreach (value, n, item)
            (void)json_array_append_new(list, known_members(field->of, item));
        (void)json_object_set_new(known, field->name, list);
    }
    return known;
}

int reading_decode(void *arena, const struct record *record, const json_t *json, void *ret)
{
    if (!json_is_object(json))
        return -EBADMSG;
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    json_t *known = known_members(record, json);
    bool well = record_decode(&decoder, record, known, ret);
    json_decref(known);
    return well ? 0 : -EBADMSG;
}
