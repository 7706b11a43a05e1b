#include "libshared/contract/event_picture.h"

#include "libshared/contract/event.h"
#include "libshared/picture/picture.h"

#define SHA256_TEXT 64
#define DATA_MAX ((PICTURE_BYTES_MAX + 2) / 3 * 4)
#define DATA "The file, a JPEG, in base64."

static const char *const media_types[] = {PICTURE_MEDIA_TYPE, NULL};

#define T struct event_picture
static const struct field fields[] = {
    FIELD(T, sha256, .personal = NOT_PERSONAL, .flags = SHOWN, .max = SHA256_TEXT,
          .summary = "The SHA-256 of the picture as it is shown, in hexadecimal."),
    FIELD(T, content_type, .personal = NOT_PERSONAL, .flags = SHOWN, .names = media_types,
          .summary = "Its media type."),
    FIELD(T, width, .flags = SHOWN, .max = PICTURE_WIDTH_MAX, .summary = "In pixels."),
    FIELD(T, height, .flags = SHOWN, .max = PICTURE_HEIGHT_MAX, .summary = "In pixels."),
    FIELD(T, size, .flags = SHOWN, .max = PICTURE_BYTES_MAX, .summary = "In bytes."),
    FIELD(T, alt, .personal = NOT_ERASED, .max = 300,
          .summary = "What it shows, for those who do not see it."),
};
const struct record event_picture_record = RECORD("event_picture", T, fields);
#undef T

#define T struct picture_upload
static const struct field upload_fields[] = {
    FIELD(T, data, .flags = REQUIRED, .max = DATA_MAX,
          .summary = "The picture as it is to be shown: a JPEG of at most 128 KiB, 1200 x 800 "
                     "pixels, without metadata, in base64."),
    FIELD(T, alt, .max = 300, .summary = "What it shows, for those who do not see it."),
};
const struct record picture_upload_record = RECORD("picture_upload", T, upload_fields);
#undef T

#define T struct picture_file
/* clang-format off */
#define FILE_FIELDS \
    COMMON_FIELDS(T, EVENT_PREFIX), \
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = SHOWN), \
    FIELD(T, sha256, .personal = NOT_PERSONAL, .flags = SHOWN, .max = SHA256_TEXT), \
    FIELD(T, content_type, .personal = NOT_PERSONAL, .flags = SHOWN, .names = media_types, \
          .summary = "Its media type."), \
    FIELD(T, width, .flags = SHOWN, .max = PICTURE_WIDTH_MAX, .summary = "In pixels."), \
    FIELD(T, height, .flags = SHOWN, .max = PICTURE_HEIGHT_MAX, .summary = "In pixels."), \
    FIELD(T, data, .personal = NOT_ERASED, .flags = SHOWN, .max = DATA_MAX, .summary = DATA)
/* clang-format on */
static const struct field file_fields[] = {FILE_FIELDS};
const struct record picture_file_record = RECORD("picture_file", T, file_fields);

static const struct field shown_fields[] = {
    FILE_FIELDS,
    FIELD(T, draft, .summary = "The event is a draft: the picture is for those who may see it."),
};
const struct record shown_picture_file_record = RECORD("picture", T, shown_fields);
