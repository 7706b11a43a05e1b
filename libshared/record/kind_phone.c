/* Phone numbers: read as people write them, kept by E.164. */
#include "libshared/record/kind.h"

#include "libshared/record/phone.h"

static void decode_phone(struct decoder *decoder, const struct field *field, const json_t *in,
                         void *member)
{
    (void)field;
    const char *phone = NULL;
    if (!json_is_string(in))
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
    else if ((phone = phone_read(decoder->arena, json_string_value(in))) == NULL)
        violations_add(decoder->violations, decoder->path, VIOLATION_invalid_phone);
    else
        *(const char **)member = phone;
}

#define MARK "[ ()./\\u00a0\\u2009\\u2010-\\u2014\\u202f\\u2212-]"
#define PLUS MARK "*(\\+|0" MARK "*0)" MARK "*"

static json_t *schema_phone(const struct field *field)
{
    (void)field;
    return json_pack(
        "{ssssss}", "type", "string", "pattern",
        "^" PLUS "[1-9]((" MARK "|\\(0\\))*[0-9]){6,14}" MARK "*$", "description",
        "A phone number with its country's code, behind + or 00. Blanks, hyphens, dots, "
        "slashes and brackets are read, and a (0) is passed over; it is kept and shown "
        "by E.164, such as +34600111222.");
}

const struct kind kind_phone = TEXT_KIND("phone", decode_phone, schema_phone, .free_text = true);
