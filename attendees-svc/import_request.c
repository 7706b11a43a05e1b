#include "attendees-svc/import_request.h"

#include <string.h>

#include "attendees-svc/charset_reader.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/import.h"

static void refuse(struct decoder *decoder, enum violation_code code)
{
    violations_add(decoder->violations, decoder->path, code);
}

static json_t *schema_text(const struct field *field)
{
    (void)field;
    return json_pack("{sssi}", "type", "string", "maxLength", IMPORT_CELL);
}

static void decode_charset(struct decoder *decoder, const struct field *field, const json_t *in,
                           void *member)
{
    (void)field;
    if (charset_is_known(json_string_value(in)))
        *(const char **)member = mem_strdup(decoder->arena, json_string_value(in));
    else
        refuse(decoder, VIOLATION_not_allowed);
}

static void decode_mapping(struct decoder *decoder, const struct field *field, const json_t *in,
                           void *member)
{
    (void)field;
    const char *text = json_string_value(in);
    if (text_length(text) > IMPORT_CELL)
        violations_add_limit(decoder->violations, decoder->path, VIOLATION_too_long, IMPORT_CELL);
    else if (!column_mapping_read(decoder->arena, text, member))
        refuse(decoder, VIOLATION_not_allowed);
}

static void decode_lenient(struct decoder *decoder, const struct field *field, const json_t *in,
                           void *member)
{
    (void)field;
    struct texts texts = {.at = mem_array(decoder->arena, const char *, IMPORT_LENIENT)};
    char *rest = mem_strdup(decoder->arena, json_string_value(in));
    for (const char *name; (name = strsep(&rest, ",")) != NULL;) {
        const char *const *known = import_lenient_names;
        while (*known != NULL && strcmp(*known, name) != 0)
            known++;
        if (*known == NULL || texts_have(&texts, name)) {
            refuse(decoder, VIOLATION_not_allowed);
            return;
        }
        texts.at[texts.n++] = *known;
    }
    *(struct texts *)member = texts;
}

static const struct kind kind_charset = {
    .name = "charset", .decode = decode_charset, .schema = schema_text};
static const struct kind kind_mapping = {
    .name = "column_mapping", .decode = decode_mapping, .schema = schema_text};
static const struct kind kind_lenient = {
    .name = "lenient", .decode = decode_lenient, .schema = schema_text};

#define T struct import_request
static const struct field fields[] = {
    FIELD(T, dry_run, .summary = "Only say what an import would do, and what is wrong."),
    FIELD_AS(kind_charset, T, charset,
             .summary = "The file's: utf-8 if not given, utf-16, iso-8859-1, iso-8859-15 or "
                        "windows-1252. UTF-16 with its byte order mark needs none."),
    FIELD_AS(kind_mapping, T, columns,
             .summary = "Which column of the file holds what, such as "
                        "name:Full name,email:Mail; for name, first_name, last_name, email, phone, "
                        "external_id, locale, marketing_consent and status. It wins over the "
                        "columns' names; without a column, as in phone:, nothing is taken."),
    FIELD_AS(kind_lenient, T, lenient,
             .summary = "phone, locale or both, with a comma between them: a row in which one of "
                        "them cannot be read comes in without it."),
};
const struct record import_request_record = RECORD("import_request", T, fields);
