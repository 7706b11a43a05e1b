/* Text: strings and the formats of it that need more than a length. */
#include "libshared/record/kind.h"

#include <stdio.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/color.h"
#include "libshared/base/locale.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/record/ticket_code.h"

#define TEXT_MAX 1000 /* code points, unless the field says otherwise */

bool kind_pointer_is_set(const void *member)
{
    return *(const void *const *)member != NULL;
}

/* Control characters could forge lines in what is made of a text; even where it may have lines
 * there are none but tab and their ends. */
static bool has_controls(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 && strchr("\t\r\n", *text) == NULL)
            return true;
    return false;
}

static bool is_right(const struct field *field, const char *text)
{
    if ((field->flags & MULTILINE) != 0)
        return !has_controls(text);
    return text_is_line(text) && (*text == '\0' || !text_is_blank(text));
}

static bool check_length(struct decoder *decoder, const struct field *field, const char *text)
{
    int64_t length = (int64_t)text_length(text);
    int64_t most = field->max > 0 ? field->max : TEXT_MAX;
    int64_t least = field->min > 0 ? field->min : (field->flags & REQUIRED) != 0 ? 1 : 0;
    bool large = field->max_bytes > 0 && (int64_t)strlen(text) > field->max_bytes;
    if (length > most || large)
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_long,
                             large ? field->max_bytes : most);
    else if (length < least)
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_short, least);
    return length <= most && length >= least && !large;
}

/* The text, or NULL with the violation added. */
static const char *take_text(struct decoder *decoder, const json_t *in)
{
    if (json_is_string(in))
        return json_string_value(in);
    violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
    return NULL;
}

static bool is_among(const char *const *names, const char *text)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, text) == 0)
            return true;
    return false;
}

static void decode_string(struct decoder *decoder, const struct field *field, const json_t *in,
                          void *member)
{
    const char *text = take_text(decoder, in);
    if (text == NULL || (!decoder->tolerant && !check_length(decoder, field, text)))
        return;
    if (field->names != NULL && !is_among(field->names, text))
        violations_add(decoder->violations, decoder->path, VIOLATION_not_allowed);
    else if (!decoder->tolerant && !is_right(field, text))
        violations_add(decoder->violations, decoder->path, VIOLATION_invalid_text);
    else
        *(const char **)member = mem_strdup(decoder->arena, text);
}

void kind_checked_decode(struct decoder *decoder, const json_t *in, void *member,
                         bool (*valid)(const char *text), enum violation_code code)
{
    const char *text = take_text(decoder, in);
    if (text == NULL)
        return;
    if (valid(text))
        *(const char **)member = mem_strdup(decoder->arena, text);
    else
        violations_add(decoder->violations, decoder->path, code);
}

void kind_string_write(const struct field *field, const void *member, struct sink *sink,
                       const char *name)
{
    (void)field;
    sink->ops->string(sink, name, *(const char *const *)member);
}

void kind_string_read(const struct field *field, const struct source *source, const void *arena,
                      void *member)
{
    (void)field;
    (void)source->ops->string(source, arena, (const char **)member);
}

static json_t *names_schema(const struct field *field)
{
    json_t *values = json_array();
    for (const char *const *name = field->names; *name != NULL; name++)
        (void)json_array_append_new(values, json_string(*name));
    return json_pack("{ssso}", "type", "string", "enum", values);
}

#define LINES_PATTERN "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*$"
/* Characters that no line has; and a line that is not empty has something besides blanks. */
#define NO_LINE "\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069"
#define LINE_PATTERN "^([^" NO_LINE "]*[^\\s" NO_LINE "][^" NO_LINE "]*)?$"

static json_t *schema_string(const struct field *field)
{
    if (field->names != NULL)
        return names_schema(field);
    bool lines = (field->flags & MULTILINE) != 0;
    json_t *schema = json_pack("{sssIss}", "type", "string", "maxLength",
                               (json_int_t)(field->max > 0 ? field->max : TEXT_MAX), "pattern",
                               lines ? LINES_PATTERN : LINE_PATTERN);
    if (field->min > 0 || (field->flags & REQUIRED) != 0)
        (void)json_object_set_new(schema, "minLength",
                                  json_integer(field->min > 0 ? field->min : 1));
    return schema;
}

const struct kind kind_string =
    TEXT_KIND("string", decode_string, schema_string, .free_text = true);

/* A ticket shows its code and, behind a dot, its signature; the code alone counts. Scanners add the
 * end of a line. */
static void decode_ticket_code(struct decoder *decoder, const struct field *field, const json_t *in,
                               void *member)
{
    const char *text = NULL;
    struct field lines = *field;
    lines.flags |= MULTILINE;
    decode_string(decoder, &lines, in, &text);
    if (text != NULL)
        *(const char **)member = ticket_code_read(decoder->arena, text);
}

static json_t *schema_ticket_code(const struct field *field)
{
    struct field lines = *field;
    lines.flags |= MULTILINE;
    return schema_string(&lines);
}

const struct kind kind_ticket_code =
    TEXT_KIND("ticket_code", decode_ticket_code, schema_ticket_code, .free_text = true);

static void decode_id(struct decoder *decoder, const struct field *field, const json_t *in,
                      void *member)
{
    const char *text = take_text(decoder, in);
    if (text == NULL)
        return;
    if (id_valid(field->prefix, text))
        *(const char **)member = mem_strdup(decoder->arena, text);
    else
        violations_add(decoder->violations, decoder->path, VIOLATION_invalid_id);
}

json_t *kind_id_schema(const struct field *field)
{
    char pattern[ID_SIZE + 40];
    (void)snprintf(pattern, sizeof pattern, "^%s_[0-7][0-9a-hjkmnp-tv-z]{25}$", field->prefix);
    return json_pack("{ssss}", "type", "string", "pattern", pattern);
}

const struct kind kind_id = TEXT_KIND("id", decode_id, kind_id_schema);

#define NAME_LENGTH 40

static bool name_valid(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && length <= NAME_LENGTH && text[length] == '\0';
}

/* A name for programs. */
static void decode_name(struct decoder *decoder, const struct field *field, const json_t *in,
                        void *member)
{
    (void)field;
    kind_checked_decode(decoder, in, member, name_valid, VIOLATION_invalid_name);
}

static json_t *schema_name(const struct field *field)
{
    (void)field;
    return json_pack("{ssss}", "type", "string", "pattern", "^[a-z0-9_-]{1,40}$");
}

const struct kind kind_name = TEXT_KIND("name", decode_name, schema_name);

static void decode_locale(struct decoder *decoder, const struct field *field, const json_t *in,
                          void *member)
{
    (void)field;
    kind_checked_decode(decoder, in, member, locale_valid, VIOLATION_invalid_locale);
}

static json_t *schema_locale(const struct field *field)
{
    (void)field;
    return json_pack("{sssissss}", "type", "string", "maxLength", LOCALE_MAX, "pattern",
                     "^([A-Za-z]{2,8}|[XxIi]-[A-Za-z0-9]{1,8})(-[A-Za-z0-9]{1,8})*$", "description",
                     "A language tag by BCP 47, such as es or es-MX.");
}

const struct kind kind_locale =
    TEXT_KIND("locale", decode_locale, schema_locale, .free_text = true);

static void decode_color(struct decoder *decoder, const struct field *field, const json_t *in,
                         void *member)
{
    (void)field;
    kind_checked_decode(decoder, in, member, color_valid, VIOLATION_invalid_color);
}

static json_t *schema_color(const struct field *field)
{
    (void)field;
    return json_pack("{ssss}", "type", "string", "pattern", "^#[0-9A-Fa-f]{6}$");
}

const struct kind kind_color = TEXT_KIND("color", decode_color, schema_color);
