/* kind: what the files of the kinds share among themselves. Only libshared/record includes it. */
#pragma once

#include "libshared/record/record.h"

bool kind_pointer_is_set(const void *member);
void kind_string_write(const struct field *field, const void *member, struct sink *sink,
                       const char *name);
void kind_string_read(const struct field *field, const struct source *source, const void *arena,
                      void *member);
json_t *kind_id_schema(const struct field *field);
/* Takes the text if it is valid; else adds the violation. */
void kind_checked_decode(struct decoder *decoder, const json_t *in, void *member,
                         bool (*valid)(const char *text), enum violation_code code);
bool kind_currency_valid(const char *text);
json_t *kind_currency_schema(const struct field *field);
/* An integer within the field's bounds; false with the violation added. */
bool kind_take_integer(struct decoder *decoder, const json_t *in, int64_t least, int64_t most,
                       int64_t *ret);
/* All of a record's members on the wire, marked readOnly and writeOnly, for record_schema() to
 * leave out what does not apply. */
json_t *kind_record_schema(const struct record *record);

#define TEXT_KIND(name_, decode_, schema_, ...)                                                    \
    {                                                                                              \
        .name = (name_), .decode = (decode_), .is_set = kind_pointer_is_set,                       \
        .write = kind_string_write, .read = kind_string_read, .schema = (schema_), ##__VA_ARGS__   \
    }
