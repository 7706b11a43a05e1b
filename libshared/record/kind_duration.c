/* Durations: ISO 8601 on the wire, and as it came in the store. */
#include "libshared/record/kind.h"

#include "libshared/base/duration.h"
#include "libshared/base/mem.h"

static void decode(struct decoder *decoder, const struct field *field, const json_t *in,
                   void *member)
{
    (void)field;
    struct duration duration;
    if (!json_is_string(in))
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
    else if (!duration_parse(json_string_value(in), &duration))
        violations_add(decoder->violations, decoder->path, VIOLATION_invalid_duration);
    else
        *(const char **)member = mem_strdup(decoder->arena, json_string_value(in));
}

#define NUMBER(unit) "([0-9]{1,9}" unit ")?"
/* Not of nothing; what is zero or longer than ten years is refused besides. */
#define PATTERN                                                                                    \
    "^P(?=[0-9T])([0-9]{1,9}W|" NUMBER("Y") NUMBER("M") NUMBER("D") "(T(?=[0-9])" NUMBER("H")      \
        NUMBER("M") NUMBER("S") ")?)$"

static json_t *schema(const struct field *field)
{
    (void)field;
    return json_pack("{ssssss}", "type", "string", "format", "duration", "pattern", PATTERN);
}

const struct kind kind_duration = {.name = "duration",
                                   .decode = decode,
                                   .is_set = kind_pointer_is_set,
                                   .write = kind_string_write,
                                   .read = kind_string_read,
                                   .schema = schema};
