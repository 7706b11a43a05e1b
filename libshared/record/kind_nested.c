/* Kinds that hold others: nested records, lists, texts and maps of text. */
#include "libshared/record/kind.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

static void decode_nested(struct decoder *decoder, const struct field *field, const json_t *in,
                          void *member)
{
    void *nested = mem_zeroed(decoder->arena, field->of->size);
    if (record_decode(decoder, field->of, in, nested))
        *(void **)member = nested;
}

static void write_nested(const struct field *field, const void *member, struct sink *sink,
                         const char *name)
{
    sink->ops->begin(sink, name, false);
    record_write(field->of, *(const void *const *)member, (enum record_part)sink->left_out, sink);
    sink->ops->end(sink);
}

static void read_nested(const struct field *field, const struct source *source, const void *arena,
                        void *member)
{
    struct source *in = source->ops->open(source, arena);
    if (in == NULL)
        return;
    void *nested = mem_zeroed(arena, field->of->size);
    record_read(field->of, in, arena, nested);
    *(void **)member = nested;
}

static json_t *schema_nested(const struct field *field)
{
    return kind_record_schema(field->of);
}

const struct kind kind_nested = {.name = "nested",
                                 .decode = decode_nested,
                                 .is_set = kind_pointer_is_set,
                                 .write = write_nested,
                                 .read = read_nested,
                                 .schema = schema_nested};

/* Whether `in` is a list of an allowed length. */
static bool check_list(struct decoder *decoder, const struct field *field, const json_t *in)
{
    if (!json_is_array(in)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return false;
    }
    int64_t n = (int64_t)json_array_size(in);
    if (n < field->min)
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_short, field->min);
    else if (field->max > 0 && n > field->max)
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_long, field->max);
    return n >= field->min && (field->max == 0 || n <= field->max);
}

typedef LIST_OF(char) any_list;

static void decode_list(struct decoder *decoder, const struct field *field, const json_t *in,
                        void *member)
{
    if (!check_list(decoder, field, in))
        return;
    const struct path *outer = decoder->path;
    size_t n = json_array_size(in), size = field->of->size;
    any_list list = {.at = mem_zeroed(decoder->arena, n * size + 1), .n = n};
    for (size_t i = 0; i < n; i++) {
        struct path path = {.parent = outer, .index = i};
        decoder->path = &path;
        (void)!record_decode(decoder, field->of, json_array_get(in, i), list.at + i * size);
    }
    decoder->path = outer;
    *(any_list *)member = list;
}

static bool list_is_set(const void *member)
{
    return ((const any_list *)member)->at != NULL;
}

static void write_list(const struct field *field, const void *member, struct sink *sink,
                       const char *name)
{
    const any_list *list = member;
    sink->ops->begin(sink, name, true);
    for (size_t i = 0; i < list->n; i++) {
        sink->ops->begin(sink, NULL, false);
        record_write(field->of, list->at + i * field->of->size, (enum record_part)sink->left_out,
                     sink);
        sink->ops->end(sink);
    }
    sink->ops->end(sink);
}

static void read_list(const struct field *field, const struct source *source, const void *arena,
                      void *member)
{
    any_list list = {.at = mem_grow_bytes(arena, NULL, field->of->size, 1)};
    struct source *in = source->ops->open(source, arena);
    const char *name;
    while (in != NULL && in->ops->next(in, &name)) {
        struct source *one = in->ops->open(in, arena);
        if (one == NULL)
            continue;
        list.at = mem_grow_bytes(arena, list.at, field->of->size, list.n + 1);
        record_read(field->of, one, arena, list.at + list.n++ * field->of->size);
    }
    *(any_list *)member = list;
}

static json_t *list_schema(const struct field *field, json_t *items)
{
    json_t *schema = json_pack("{ssso}", "type", "array", "items", items);
    if (field->min > 0)
        (void)json_object_set_new(schema, "minItems", json_integer(field->min));
    if (field->max > 0)
        (void)json_object_set_new(schema, "maxItems", json_integer(field->max));
    return schema;
}

static json_t *schema_list(const struct field *field)
{
    return list_schema(field, schema_nested(field));
}

const struct kind kind_list = {.name = "list",
                               .decode = decode_list,
                               .is_set = list_is_set,
                               .write = write_list,
                               .read = read_list,
                               .schema = schema_list};

static void decode_texts_as(struct decoder *decoder, const struct field *field, const json_t *in,
                            struct texts *texts, const struct kind *of)
{
    if (!check_list(decoder, field, in))
        return;
    const struct path *outer = decoder->path;
    size_t n = json_array_size(in);
    struct field item = {.prefix = field->prefix, .names = field->names, .max = 1000};
    *texts = (struct texts){.at = mem_array(decoder->arena, const char *, n + 1), .n = n};
    for (size_t i = 0; i < n; i++) {
        struct path path = {.parent = outer, .index = i};
        decoder->path = &path;
        of->decode(decoder, &item, json_array_get(in, i), &texts->at[i]);
    }
    decoder->path = outer;
}

static void decode_texts(struct decoder *decoder, const struct field *field, const json_t *in,
                         void *member)
{
    decode_texts_as(decoder, field, in, member, &kind_string);
}

static void decode_ids(struct decoder *decoder, const struct field *field, const json_t *in,
                       void *member)
{
    decode_texts_as(decoder, field, in, member, &kind_id);
}

static void decode_ticket_codes(struct decoder *decoder, const struct field *field,
                                const json_t *in, void *member)
{
    decode_texts_as(decoder, field, in, member, &kind_ticket_code);
}

static void write_texts(const struct field *field, const void *member, struct sink *sink,
                        const char *name)
{
    (void)field;
    const struct texts *texts = member;
    sink->ops->begin(sink, name, true);
    for (size_t i = 0; i < texts->n; i++)
        sink->ops->string(sink, NULL, texts->at[i]);
    sink->ops->end(sink);
}

static void read_texts(const struct field *field, const struct source *source, const void *arena,
                       void *member)
{
    (void)field;
    struct texts texts = {.at = mem_grow(arena, NULL, const char *, 1)};
    struct source *in = source->ops->open(source, arena);
    const char *name, *text;
    while (in != NULL && in->ops->next(in, &name)) {
        if (!in->ops->string(in, arena, &text))
            continue;
        texts.at = mem_grow(arena, texts.at, const char *, texts.n + 1);
        texts.at[texts.n++] = text;
    }
    *(struct texts *)member = texts;
}

static json_t *schema_texts(const struct field *field)
{
    const struct field item = {.names = field->names, .max = 1000};
    return list_schema(field, kind_string.schema(&item));
}

static json_t *schema_ticket_codes(const struct field *field)
{
    const struct field item = {.max = 1000};
    return list_schema(field, kind_ticket_code.schema(&item));
}

static json_t *schema_ids(const struct field *field)
{
    return list_schema(field, kind_id_schema(field));
}

const struct kind kind_texts = {.name = "texts",
                                .free_text = true,
                                .decode = decode_texts,
                                .is_set = list_is_set,
                                .write = write_texts,
                                .read = read_texts,
                                .schema = schema_texts};
const struct kind kind_ids = {.name = "ids",
                              .decode = decode_ids,
                              .is_set = list_is_set,
                              .write = write_texts,
                              .read = read_texts,
                              .schema = schema_ids};

const struct kind kind_ticket_codes = {.name = "ticket_codes",
                                       .free_text = true,
                                       .decode = decode_ticket_codes,
                                       .is_set = list_is_set,
                                       .write = write_texts,
                                       .read = read_texts,
                                       .schema = schema_ticket_codes};

#define MAP_MAX 20
#define MAP_NAME_MAX 64
#define MAP_VALUE_MAX 500

static void decode_map_member(struct decoder *decoder, const char *name, const json_t *value,
                              struct string_map *map)
{
    const struct field item = {.max = MAP_VALUE_MAX};
    const struct path *outer = decoder->path;
    struct path path = {.parent = outer, .name = name};
    const char *text = NULL;
    decoder->path = &path;
    if (text_length(name) > MAP_NAME_MAX)
        violations_add_limit(decoder->violations, &path, VIOLATION_too_long, MAP_NAME_MAX);
    else if (!text_is_line(name))
        violations_add(decoder->violations, &path, VIOLATION_invalid_text);
    else
        kind_string.decode(decoder, &item, value, &text);
    decoder->path = outer;
    map->names[map->n] = mem_strdup(decoder->arena, name);
    map->values[map->n++] = text;
}

static void decode_map(struct decoder *decoder, const struct field *field, const json_t *in,
                       void *member)
{
    (void)field;
    if (!json_is_object(in)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return;
    }
    size_t n = json_object_size(in);
    if (n > MAP_MAX) {
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_long, MAP_MAX);
        return;
    }
    struct string_map *map = member;
    *map = (struct string_map){.names = mem_array(decoder->arena, const char *, n + 1),
                               .values = mem_array(decoder->arena, const char *, n + 1)};
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)in, name, value)
        decode_map_member(decoder, name, value, map);
}

static bool map_is_set(const void *member)
{
    return ((const struct string_map *)member)->names != NULL;
}

static void write_map(const struct field *field, const void *member, struct sink *sink,
                      const char *name)
{
    (void)field;
    const struct string_map *map = member;
    sink->ops->begin(sink, name, false);
    for (size_t i = 0; i < map->n; i++)
        sink->ops->string(sink, map->names[i], map->values[i]);
    sink->ops->end(sink);
}

static void read_map(const struct field *field, const struct source *source, const void *arena,
                     void *member)
{
    (void)field;
    struct string_map map = {.names = mem_array(arena, const char *, MAP_MAX + 1),
                             .values = mem_array(arena, const char *, MAP_MAX + 1)};
    struct source *in = source->ops->open(source, arena);
    const char *name;
    while (in != NULL && map.n < MAP_MAX && in->ops->next(in, &name)) {
        map.names[map.n] = mem_strdup(arena, name);
        if (in->ops->string(in, arena, &map.values[map.n]))
            map.n++;
    }
    *(struct string_map *)member = map;
}

static json_t *schema_map(const struct field *field)
{
    (void)field;
    const struct field item = {.max = MAP_VALUE_MAX}, name = {.max = MAP_NAME_MAX};
    return json_pack("{sssososi}", "type", "object", "additionalProperties",
                     kind_string.schema(&item), "propertyNames", kind_string.schema(&name),
                     "maxProperties", MAP_MAX);
}

const struct kind kind_map = {.name = "map",
                              .free_text = true,
                              .decode = decode_map,
                              .is_set = map_is_set,
                              .write = write_map,
                              .read = read_map,
                              .schema = schema_map};
