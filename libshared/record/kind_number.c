/* Whole numbers, truth values, enumerations and money. */
#include "libshared/record/kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 30.0 is an integer to JSON Schema; 2.5 is a number, but not one that counts, and of what no
 * reader holds exactly nobody knows whether it was one. */
static bool whole_number(const json_t *in, int64_t *ret)
{
    double real = json_number_value(in);
    if (!json_is_integer(in) &&
        (!json_is_real(in) || real < -NUMBER_MAX || real > NUMBER_MAX || real != (int64_t)real))
        return false;
    *ret = json_is_integer(in) ? json_integer_value(in) : (int64_t)real;
    return true;
}

bool kind_take_integer(struct decoder *decoder, const json_t *in, int64_t least, int64_t most,
                       int64_t *ret)
{
    int64_t value;
    if (!whole_number(in, &value)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return false;
    }
    if (value > most)
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_large, most);
    else if (value < least)
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_small, least);
    else
        *ret = value;
    return value >= least && value <= most;
}

static int64_t most_of(const struct field *field)
{
    return field->max != 0 || field->min != 0 ? field->max : NUMBER_MAX;
}

static void decode_int64(struct decoder *decoder, const struct field *field, const json_t *in,
                         void *member)
{
    (void)kind_take_integer(decoder, in, field->min, most_of(field), member);
}

static void write_int64(const struct field *field, const void *member, struct sink *sink,
                        const char *name)
{
    (void)field;
    sink->ops->int64(sink, name, *(const int64_t *)member);
}

static void read_int64(const struct field *field, const struct source *source, const void *arena,
                       void *member)
{
    (void)field, (void)arena;
    (void)source->ops->int64(source, member);
}

static json_t *schema_int64(const struct field *field)
{
    return json_pack("{sssssIsI}", "type", "integer", "format", "int64", "minimum",
                     (json_int_t)field->min, "maximum", (json_int_t)most_of(field));
}

static json_t *int64_from_text(const char *text)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    return errno != 0 || *text == '\0' || *end != '\0' ? json_string(text) : json_integer(value);
}

const struct kind kind_int64 = {.name = "int64",
                                .decode = decode_int64,
                                .write = write_int64,
                                .read = read_int64,
                                .schema = schema_int64,
                                .from_text = int64_from_text};

static void decode_opt_int64(struct decoder *decoder, const struct field *field, const json_t *in,
                             void *member)
{
    struct opt_int64 *number = member;
    number->set = kind_take_integer(decoder, in, field->min, most_of(field), &number->value);
}

static bool opt_int64_is_set(const void *member)
{
    return ((const struct opt_int64 *)member)->set;
}

static void write_opt_int64(const struct field *field, const void *member, struct sink *sink,
                            const char *name)
{
    write_int64(field, &((const struct opt_int64 *)member)->value, sink, name);
}

static void read_opt_int64(const struct field *field, const struct source *source,
                           const void *arena, void *member)
{
    (void)field, (void)arena;
    struct opt_int64 *number = member;
    number->set = source->ops->int64(source, &number->value);
}

const struct kind kind_opt_int64 = {.name = "int64",
                                    .decode = decode_opt_int64,
                                    .is_set = opt_int64_is_set,
                                    .write = write_opt_int64,
                                    .read = read_opt_int64,
                                    .schema = schema_int64,
                                    .from_text = int64_from_text};

static void decode_bool(struct decoder *decoder, const struct field *field, const json_t *in,
                        void *member)
{
    (void)field;
    if (json_is_boolean(in))
        *(bool *)member = json_is_true(in);
    else
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
}

static void write_bool(const struct field *field, const void *member, struct sink *sink,
                       const char *name)
{
    (void)field;
    sink->ops->boolean(sink, name, *(const bool *)member);
}

static void read_bool(const struct field *field, const struct source *source, const void *arena,
                      void *member)
{
    (void)field, (void)arena;
    (void)source->ops->boolean(source, member);
}

static json_t *schema_bool(const struct field *field)
{
    (void)field;
    return json_pack("{ss}", "type", "boolean");
}

static json_t *bool_from_text(const char *text)
{
    if (strcmp(text, "true") == 0)
        return json_true();
    return strcmp(text, "false") == 0 ? json_false() : json_string(text);
}

const struct kind kind_bool = {.name = "bool",
                               .decode = decode_bool,
                               .write = write_bool,
                               .read = read_bool,
                               .schema = schema_bool,
                               .from_text = bool_from_text};

static void decode_opt_bool(struct decoder *decoder, const struct field *field, const json_t *in,
                            void *member)
{
    struct opt_bool *truth = member;
    truth->set = json_is_boolean(in);
    decode_bool(decoder, field, in, &truth->value);
}

static bool opt_bool_is_set(const void *member)
{
    return ((const struct opt_bool *)member)->set;
}

static void write_opt_bool(const struct field *field, const void *member, struct sink *sink,
                           const char *name)
{
    write_bool(field, &((const struct opt_bool *)member)->value, sink, name);
}

static void read_opt_bool(const struct field *field, const struct source *source, const void *arena,
                          void *member)
{
    (void)field, (void)arena;
    struct opt_bool *truth = member;
    truth->set = source->ops->boolean(source, &truth->value);
}

const struct kind kind_opt_bool = {.name = "bool",
                                   .decode = decode_opt_bool,
                                   .is_set = opt_bool_is_set,
                                   .write = write_opt_bool,
                                   .read = read_opt_bool,
                                   .schema = schema_bool,
                                   .from_text = bool_from_text};

/* The first name of every enum is "", the unset value. */
static void decode_enum(struct decoder *decoder, const struct field *field, const json_t *in,
                        void *member)
{
    const char *text = json_string_value(in);
    if (text == NULL) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return;
    }
    for (int i = 1; field->names[i] != NULL; i++)
        if (strcmp(field->names[i], text) == 0) {
            *(int *)member = i;
            return;
        }
    violations_add(decoder->violations, decoder->path, VIOLATION_not_allowed);
}

static bool enum_is_set(const void *member)
{
    return *(const int *)member != 0;
}

static void write_enum(const struct field *field, const void *member, struct sink *sink,
                       const char *name)
{
    sink->ops->string(sink, name, field->names[*(const int *)member]);
}

static void read_enum(const struct field *field, const struct source *source, const void *arena,
                      void *member)
{
    const char *text = NULL;
    if (!source->ops->string(source, arena, &text))
        return;
    for (int i = 0; field->names[i] != NULL; i++)
        if (strcmp(field->names[i], text) == 0)
            *(int *)member = i;
}

static json_t *schema_enum(const struct field *field)
{
    json_t *values = json_array();
    for (int i = 1; field->names[i] != NULL; i++)
        (void)json_array_append_new(values, json_string(field->names[i]));
    return json_pack("{ssso}", "type", "string", "enum", values);
}

const struct kind kind_enum = {.name = "enum",
                               .decode = decode_enum,
                               .is_set = enum_is_set,
                               .write = write_enum,
                               .read = read_enum,
                               .schema = schema_enum};

static void decode_money_member(struct decoder *decoder, const json_t *in, const char *name,
                                struct money *money)
{
    const struct path *outer = decoder->path;
    struct path path = {.parent = outer, .name = name};
    const json_t *value = json_object_get(in, name);
    decoder->path = &path;
    if (value == NULL)
        violations_add(decoder->violations, &path, VIOLATION_required);
    else if (*name == 'a')
        (void)kind_take_integer(decoder, value, 0, 1000000000000, &money->amount);
    else if (!json_is_string(value))
        violations_add(decoder->violations, &path, VIOLATION_wrong_type);
    else if (!kind_currency_valid(json_string_value(value)))
        violations_add(decoder->violations, &path, VIOLATION_invalid_currency);
    else
        memcpy(money->currency, json_string_value(value), sizeof money->currency);
    decoder->path = outer;
}

static void decode_money(struct decoder *decoder, const struct field *field, const json_t *in,
                         void *member)
{
    (void)field;
    if (!json_is_object(in)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return;
    }
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)in, name, value) {
        struct path path = {.parent = decoder->path, .name = name};
        if (strcmp(name, "amount") != 0 && strcmp(name, "currency") != 0)
            violations_add(decoder->violations, &path, VIOLATION_unknown_member);
    }
    decode_money_member(decoder, in, "amount", member);
    decode_money_member(decoder, in, "currency", member);
}

static bool money_is_set(const void *member)
{
    return ((const struct money *)member)->currency[0] != '\0';
}

static void write_money(const struct field *field, const void *member, struct sink *sink,
                        const char *name)
{
    (void)field;
    const struct money *money = member;
    sink->ops->begin(sink, name, false);
    sink->ops->int64(sink, "amount", money->amount);
    sink->ops->string(sink, "currency", money->currency);
    sink->ops->end(sink);
}

static void read_money(const struct field *field, const struct source *source, const void *arena,
                       void *member)
{
    (void)field;
    struct money *money = member;
    struct source *in = source->ops->open(source, arena);
    const char *name, *text;
    while (in != NULL && in->ops->next(in, &name)) {
        if (strcmp(name, "amount") == 0)
            (void)in->ops->int64(in, &money->amount);
        else if (in->ops->string(in, arena, &text) && strlen(text) == 3)
            memcpy(money->currency, text, sizeof money->currency);
    }
}

static json_t *schema_money(const struct field *field)
{
    return json_pack(
        "{sssss{s{sssisIss}so}s[ss]sb}", "type", "object", "title", "money", "properties", "amount",
        "type", "integer", "minimum", 0, "maximum", (json_int_t)1000000000000, "description",
        "In minor units of the currency: cents of EUR.", "currency", kind_currency_schema(field),
        "required", "amount", "currency", "additionalProperties", 0);
}

const struct kind kind_money = {.name = "money",
                                .decode = decode_money,
                                .is_set = money_is_set,
                                .write = write_money,
                                .read = read_money,
                                .schema = schema_money};
