#include "libshared/contract/deletion.h"

#include "libshared/contract/event.h"

const char *const deletion_status_names[] = {"", "running", "done", NULL};

#define T struct deletion
static const struct field fields[] = {
    COMMON_FIELDS(T, EVENT_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY),
    FIELD_ENUM(T, status, deletion_status_names, .flags = READ_ONLY),
    FIELD(T, removed, .flags = READ_ONLY, .summary = "Records that belonged to the event."),
    FIELD(T, done_at, .flags = READ_ONLY),
    FIELD(T, collection, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
    FIELD(T, page, .flags = STORED_ONLY),
};
const struct record deletion_record = RECORD("deletion", T, fields);
#undef T

#define T struct deletion_page
static const struct field page_fields[] = {
    FIELD(T, page, .flags = REQUIRED, .min = 1, .max = INT64_MAX),
};
const struct record deletion_page_record = RECORD("deletion_page", T, page_fields);
