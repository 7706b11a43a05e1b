#include "libshared/record/record.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/record/kind.h"

static void *member_of(void *members, const struct field *field)
{
    return (char *)members + field->offset;
}

static const void *member_in(const void *members, const struct field *field)
{
    return (const char *)members + field->offset;
}

bool record_requires(const struct record *record)
{
    for (size_t i = 0; i < record->n; i++)
        if ((record->fields[i].flags & REQUIRED) != 0)
            return true;
    return false;
}

const struct field *record_field(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->n; i++)
        if (text_is(record->fields[i].name, name))
            return &record->fields[i];
    return NULL;
}

const char *record_enum_text(const char *const *names, int value)
{
    return names[value];
}

const char *string_map_find(const struct string_map *map, const char *name)
{
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->names[i], name) == 0)
            return map->values[i];
    return NULL;
}

bool texts_have(const struct texts *texts, const char *text)
{
    for (size_t i = 0; text != NULL && i < texts->n; i++)
        if (strcmp(texts->at[i], text) == 0)
            return true;
    return false;
}

static bool on_wire(const struct field *field)
{
    return field != NULL && (field->flags & STORED_ONLY) == 0;
}

static void refuse_unknown(struct decoder *decoder, const struct record *record,
                           const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)object, name, value) {
        if (!on_wire(record_field(record, name))) {
            struct path path = {.parent = decoder->path, .name = name};
            violations_add(decoder->violations, &path, VIOLATION_unknown_member);
        }
    }
}

static void decode_field(struct decoder *decoder, const struct field *field, const json_t *value,
                         void *member)
{
    const struct path *outer = decoder->path;
    struct path path = {.parent = outer, .name = field->name};
    decoder->path = &path;
    if (value != NULL && !json_is_null(value))
        field->kind->decode(decoder, field, value, member);
    else if ((field->flags & REQUIRED) != 0)
        violations_add(decoder->violations, &path, VIOLATION_required);
    decoder->path = outer;
}

/* The record that is edited, and its JSON as shown; NULL: none. */
struct edited {
    const void *stored;
    const json_t *shown;
};

/* A member that stays is not checked anew: it was right when it was stored. */
static bool stays(const struct edited *edited, const struct field *field, const json_t *value)
{
    if (edited->shown == NULL || value == NULL)
        return false;
    const json_t *shown = json_object_get(edited->shown, field->name);
    return shown != NULL && json_equal(value, shown) != 0;
}

static void decode_members(struct decoder *decoder, const struct record *record,
                           const json_t *object, const struct edited *edited, void *ret)
{
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        if ((field->flags & (READ_ONLY | STORED_ONLY)) != 0)
            continue;
        const json_t *value = json_object_get(object, field->name);
        if (stays(edited, field, value))
            memcpy(member_of(ret, field), member_in(edited->stored, field), field->size);
        else
            decode_field(decoder, field, value, member_of(ret, field));
    }
}

static bool is_faulty(const struct decoder *decoder, const char *name, struct violations found)
{
    struct path path = {.parent = decoder->path, .name = name};
    return violations_have(&found, &path);
}

/* Whether a fault was found in what the rule is about. */
static bool is_spoilt(const struct decoder *decoder, const struct rule *rule,
                      struct violations found)
{
    if (rule->of == NULL || found.n == 0)
        return found.n > 0;
    bool faulty = false;
    char *names = mem_strdup(decoder->arena, rule->of), *rest = names;
    for (const char *name; !faulty && (name = strsep(&rest, " ")) != NULL;)
        faulty = is_faulty(decoder, name, found);
    mem_free(names);
    return faulty;
}

/* `before`: how many faults there were before the record's. */
static void check_rules(struct decoder *decoder, const struct record *record, size_t before,
                        const void *members)
{
    struct violations *all = decoder->violations,
                      found = {.arena = all->arena, .n = all->n - before};
    for (const struct rule *rule = record->rules; rule != NULL && rule->check != NULL; rule++) {
        if (found.n > 0)
            found.at = &all->at[before]; /* the list moves as it grows */
        if (!is_spoilt(decoder, rule, found))
            rule->check(members, decoder);
    }
}

/* Decodes over what *ret holds: members that are absent are unset. */
static bool decode_over(struct decoder *decoder, const struct record *record, const json_t *object,
                        const struct edited *edited, void *ret)
{
    size_t before = decoder->violations->n;
    if (!json_is_object(object)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return false;
    }
    if (!decoder->tolerant)
        refuse_unknown(decoder, record, object);
    decode_members(decoder, record, object, edited, ret);
    check_rules(decoder, record, before, ret);
    return decoder->violations->n == before;
}

bool record_decode(struct decoder *decoder, const struct record *record, const json_t *object,
                   void *ret)
{
    memset(ret, 0, record->size);
    return decode_over(decoder, record, object, &(const struct edited){0}, ret);
}

json_t *record_merge_patch(const json_t *target, const json_t *patch)
{
    if (!json_is_object(patch))
        return json_deep_copy(patch);
    json_t *merged = json_is_object(target) ? json_deep_copy(target) : json_object();
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)patch, name, value) {
        if (json_is_null(value))
            (void)json_object_del(merged, name);
        else
            (void)json_object_set_new(merged, name,
                                      record_merge_patch(json_object_get(merged, name), value));
    }
    return merged;
}

static void compare_read_only(struct decoder *decoder, const struct record *record,
                              const json_t *change, const json_t *was)
{
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        const json_t *value = json_object_get(change, field->name);
        if ((field->flags & READ_ONLY) == 0 || (field->flags & STORED_ONLY) != 0 || value == NULL ||
            json_equal(value, json_object_get(was, field->name)))
            continue;
        struct path path = {.parent = decoder->path, .name = field->name};
        violations_add(decoder->violations, &path, VIOLATION_read_only);
    }
}

static void unset_writable(const struct record *record, void *members)
{
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        if ((field->flags & (READ_ONLY | STORED_ONLY)) == 0)
            memset(member_of(members, field), 0, field->size);
    }
}

bool record_edit(struct decoder *decoder, const struct record *record, enum record_edit how,
                 const void *stored, const json_t *change, void *ret)
{
    if (!json_is_object(change)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return false;
    }
    size_t before = decoder->violations->n;
    json_t *was = record_json(record, stored);
    compare_read_only(decoder, record, change, was);
    json_t *wanted =
        how == RECORD_MERGE ? record_merge_patch(was, change) : json_incref((json_t *)change);
    memcpy(ret, stored, record->size);
    unset_writable(record, ret);
    bool decoded = decode_over(decoder, record, wanted, &(const struct edited){stored, was}, ret);
    json_decref(wanted);
    json_decref(was);
    return decoded && decoder->violations->n == before;
}

void record_write(const struct record *record, const void *members, enum record_part part,
                  struct sink *sink)
{
    sink->left_out = (unsigned)part;
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        const void *member = member_in(members, field);
        if ((field->flags & ((unsigned)part | INPUT_ONLY)) != 0)
            continue;
        if (field->kind->is_set == NULL || field->kind->is_set(member))
            field->kind->write(field, member, sink, field->name);
    }
}

json_t *record_json(const struct record *record, const void *members)
{
    struct json_sink sink;
    json_sink_open(&sink);
    record_write(record, members, RECORD_WIRE, &sink.sink);
    return json_sink_close(&sink);
}

json_t *record_member_json(const struct field *field, const void *members)
{
    const void *member = member_in(members, field);
    struct json_sink sink;
    if ((field->flags & ((unsigned)RECORD_WIRE | INPUT_ONLY)) != 0 ||
        (field->kind->is_set != NULL && !field->kind->is_set(member)))
        return NULL;
    json_sink_open(&sink);
    sink.sink.left_out = (unsigned)RECORD_WIRE;
    field->kind->write(field, member, &sink.sink, field->name);
    json_t *object = json_sink_close(&sink);
    json_t *json = json_incref(json_object_get(object, field->name));
    json_decref(object);
    return json;
}

const char *record_text(const void *arena, const struct record *record, const void *members)
{
    struct text_sink sink;
    text_sink_open(&sink, arena);
    record_write(record, members, RECORD_WIRE, &sink.sink);
    return text_sink_close(&sink);
}

void record_read(const struct record *record, struct source *source, const void *arena, void *ret)
{
    memset(ret, 0, record->size);
    const char *name;
    size_t guess = 0; /* elements were stored in the table's order */
    while (source->ops->next(source, &name)) {
        for (size_t tried = 0; tried < record->n; tried++, guess = (guess + 1) % record->n) {
            const struct field *field = &record->fields[guess % record->n];
            if (text_is(field->name, name)) {
                field->kind->read(field, source, arena, member_of(ret, field));
                guess++;
                break;
            }
        }
        guess %= record->n;
    }
    if (record->complete != NULL)
        record->complete(ret);
}

/* On a schema in the making only. */
#define ERASABLE_MARK "erasable"
#define SHOWN_MARK "shown"
#define ONE_MARK "one"

static bool is_always_shown(const struct field *field)
{
    return (field->flags & SHOWN) != 0 || field->kind->is_set == NULL;
}

json_t *kind_record_schema(const struct record *record)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        if (!on_wire(field))
            continue;
        json_t *schema = field->kind->schema(field);
        if ((field->flags & READ_ONLY) != 0)
            (void)json_object_set_new(schema, "readOnly", json_true());
        if ((field->flags & INPUT_ONLY) != 0)
            (void)json_object_set_new(schema, "writeOnly", json_true());
        if (field->summary != NULL)
            (void)json_object_set_new(schema, "description", json_string(field->summary));
        (void)json_object_set_new(properties, field->name, schema);
        if ((field->flags & REQUIRED) != 0)
            (void)json_array_append_new(required, json_string(field->name));
        if ((field->flags & ERASABLE) != 0)
            (void)json_object_set_new(schema, ERASABLE_MARK, json_true());
        if (is_always_shown(field))
            (void)json_object_set_new(schema, SHOWN_MARK, json_true());
    }
    json_t *schema =
        json_pack("{sssssosbso}", "type", "object", "title", record->name, "properties", properties,
                  "additionalProperties", 0, "required", required);
    if (record->exactly_one)
        (void)json_object_set_new(schema, ONE_MARK, json_true());
    return schema;
}

static void make_nullable(json_t *schema)
{
    json_t *type = json_object_get(schema, "type");
    if (json_is_string(type))
        (void)json_object_set_new(schema, "type", json_pack("[Os]", type, "null"));
    json_t *values = json_object_get(schema, "enum");
    if (values != NULL)
        (void)json_array_append_new(values, json_null());
}

/* The length of the list: it is not there. */
static size_t index_of(const json_t *list, const char *text)
{
    size_t i = 0;
    while (i < json_array_size(list) &&
           strcmp(json_string_value(json_array_get(list, i)), text) != 0)
        i++;
    return i;
}

static void require(json_t *required, const char *name, bool is)
{
    size_t at = index_of(required, name);
    if (is && at == json_array_size(required))
        (void)json_array_append_new(required, json_string(name));
    else if (!is)
        (void)json_array_remove(required, at);
}

/* Exactly one of the members is there and not null. */
static void demand_one(json_t *schema, bool input)
{
    json_t *ways = json_array();
    const char *name;
    json_t *property;
    if (json_object_del(schema, ONE_MARK) == 0 && input) {
        json_object_foreach (json_object_get(schema, "properties"), name, property)
            (void)json_array_append_new(ways, json_pack("{s[s]s{s{s{ss}}}}", "required", name,
                                                        "properties", name, "not", "type", "null"));
        (void)json_object_set(schema, "oneOf", ways);
    }
    json_decref(ways);
}

/* Leaves out what is not sent, or not shown; what may be absent may also be sent as null. */
static void narrow(json_t *schema, bool input)
{
    json_t *required = json_object_get(schema, "required");
    json_t *properties = json_object_get(schema, "properties"), *property;
    const char *name;
    void *next;
    json_object_foreach_safe(properties, next, name, property)
    {
        narrow(property, input);
        narrow(json_object_get(property, "items"), input);
        bool shown = json_object_del(property, SHOWN_MARK) == 0;
        bool erasable = json_object_del(property, ERASABLE_MARK) == 0;
        if (!input && (shown || erasable))
            require(required, name, !erasable);
        if (json_is_true(json_object_get(property, input ? "readOnly" : "writeOnly"))) {
            require(required, name, false);
            (void)json_object_del(properties, name);
        } else if (input && index_of(required, name) == json_array_size(required)) {
            make_nullable(property);
        }
    }
    demand_one(schema, input);
}

json_t *record_schema(const struct record *record, bool input)
{
    json_t *schema = kind_record_schema(record);
    narrow(schema, input);
    return schema;
}
