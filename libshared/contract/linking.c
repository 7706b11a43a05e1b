#include "libshared/contract/linking.h"

#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

#define T struct link_page
static const struct field link_fields[] = {
    FIELD_ID(T, job, LINKING_JOB_PREFIX, .flags = REQUIRED),
    FIELD_AS(kind_ids, T, attendees, .flags = REQUIRED, .prefix = ATTENDEE_PREFIX, .min = 1,
             .max = LINKING_PEOPLE_MAX),
    FIELD_ID(T, after, ORDER_PREFIX),
};
const struct record link_page_record = RECORD("link_page", T, link_fields);
#undef T

#define T struct unlink_page
static const struct field unlink_fields[] = {
    FIELD(T, page, .flags = REQUIRED, .min = 2, .max = INT64_MAX),
};
const struct record unlink_page_record = RECORD("unlink_page", T, unlink_fields);
