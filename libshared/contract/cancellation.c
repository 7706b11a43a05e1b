#include "libshared/contract/cancellation.h"

#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

const char *const cancellation_status_names[] = {"", "running", "done", NULL};

#define T struct cancellation
static const struct field fields[] = {
    COMMON_FIELDS(T, EVENT_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY),
    FIELD_ENUM(T, status, cancellation_status_names, .flags = READ_ONLY),
    FIELD(T, orders_done, .flags = READ_ONLY, .summary = "Holds released and refunds due."),
    FIELD(T, holds_released, .flags = READ_ONLY),
    FIELD(T, refunds_due, .flags = READ_ONLY, .summary = "Published as order.refund_due."),
    FIELD(T, done_at, .flags = READ_ONLY),
    FIELD_ENUM(T, orders, order_status_names, .flags = STORED_ONLY),
    FIELD(T, after, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
};
const struct record cancellation_record = RECORD("cancellation", T, fields);
#undef T

#define T struct cancellation_page
static const struct field page_fields[] = {
    FIELD_ENUM(T, orders, order_status_names, .flags = REQUIRED),
    FIELD(T, after, .max = 48),
};
const struct record cancellation_page_record = RECORD("cancellation_page", T, page_fields);
