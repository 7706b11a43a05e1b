#include "libshared/contract/erasure.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

const char *const erasure_status_names[] = {"", "running", "done", NULL};

#define T struct erasure
static const struct field fields[] = {
    COMMON_FIELDS(T, ERASURE_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY),
    FIELD_ENUM(T, status, erasure_status_names, .flags = READ_ONLY),
    FIELD(T, attendees, .flags = READ_ONLY, .summary = "Records that named the person."),
    FIELD(T, orders, .flags = READ_ONLY, .summary = "As the buyer or on a ticket."),
    FIELD(T, deliveries, .flags = READ_ONLY),
    FIELD(T, notifications, .flags = READ_ONLY),
    FIELD(T, done_at, .flags = READ_ONLY),
    FIELD(T, page, .flags = STORED_ONLY),
    FIELD(T, email, .personal = PERSONAL, .flags = STORED_ONLY),
    FIELD(T, shared_address, .flags = STORED_ONLY),
    FIELD(T, names, .personal = PERSONAL, .flags = STORED_ONLY),
    FIELD(T, phones, .personal = PERSONAL, .flags = STORED_ONLY),
    FIELD(T, attendee_ids, .personal = PERSONAL, .flags = STORED_ONLY),
};
const struct record erasure_record = RECORD("erasure", T, fields);
#undef T

const char *erasure_id(const void *arena, const char *of_id)
{
    return mem_printf(arena, ERASURE_PREFIX "%s", strchr(of_id, '_'));
}

#define T struct erasure_page
static const struct field page_fields[] = {
    FIELD_ID(T, erasure_id, ERASURE_PREFIX, .flags = REQUIRED),
    FIELD(T, page, .flags = REQUIRED, .min = 1, .max = INT64_MAX),
};
const struct record erasure_page_record = RECORD("erasure_page", T, page_fields);
