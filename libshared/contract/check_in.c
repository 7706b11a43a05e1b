#include "libshared/contract/check_in.h"

#include "libshared/contract/check_in_list.h"
#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

const char *const scan_result_names[] = {"", "admitted", "refused", "undone", "left", NULL};

#define T struct scan
static const struct field scan_fields[] = {
    COMMON_FIELDS(T, SCAN_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY),
    FIELD_TIME(T, at, .flags = READ_ONLY, .summary = "When the gate scanned."),
    FIELD(T, gate, .personal = NOT_PERSONAL, .flags = READ_ONLY),
    FIELD_ENUM(T, result, scan_result_names, .flags = READ_ONLY),
    FIELD(T, people, .flags = READ_ONLY,
          .summary = "How many went in or out, with a code good for several people."),
    FIELD(T, reason, .personal = NOT_PERSONAL, .flags = READ_ONLY,
          .summary = "The problem code of a refused scan."),
    FIELD_ID(T, order_id, ORDER_PREFIX, .flags = READ_ONLY),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .flags = READ_ONLY),
    FIELD_ID(T, list_id, CHECK_IN_LIST_PREFIX, .flags = READ_ONLY),
    FIELD(T, code_hash, .personal = NOT_PERSONAL, .flags = READ_ONLY,
          .summary = "SHA-256 of the code that was scanned, in hexadecimal."),
    FIELD(T, source, .personal = NOT_ERASED, .flags = STORED_ONLY),
    FIELD(T, command_id, .personal = NOT_ERASED, .flags = STORED_ONLY),
    FIELD(T, key, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
};
const struct record scan_record = RECORD("scan", T, scan_fields);
#undef T

#define T struct offline_scan
static const struct field offline_scan_fields[] = {
    FIELD_AS(kind_ticket_code, T, code, .flags = REQUIRED, .max = 200),
    FIELD(T, gate, .max = 100),
    FIELD(T, nonce, .max = 100, .summary = "The gate's own name for this scan."),
    FIELD_ID(T, list_id, CHECK_IN_LIST_PREFIX),
    FIELD_ENUM(T, direction, check_in_direction_names),
    FIELD(T, people, .min = 1, .max = TICKET_TYPE_ADMITS_MAX,
          .summary = "How many went in, or out; one if not given."),
    FIELD(T, at, .summary = "When the gate scanned; now if not given. Not in the future."),
};
static const struct record offline_scan_record = RECORD("offline_scan", T, offline_scan_fields);
#undef T

#define T struct check_in_bulk
static const struct field bulk_fields[] = {
    FIELD_LIST(T, scans, offline_scan_record, .flags = REQUIRED, .min = 1, .max = CHECK_INS_MAX,
               .summary = "In the order in which they were scanned."),
};
const struct record check_in_bulk_record = RECORD("check_in_bulk", T, bulk_fields);
#undef T

#define T struct scan_outcome
static const struct field outcome_fields[] = {
    FIELD_ENUM(T, result, scan_result_names),
    FIELD(T, reason),
    FIELD_ID(T, event_id, EVENT_PREFIX,
             .summary = "The event that the ticket is for; with wrong_event only."),
    FIELD(T, event_name),
    FIELD_NESTED(T, ticket, ticket_view_record),
};
static const struct record outcome_record = RECORD("scan_outcome", T, outcome_fields);
#undef T

#define T struct scan_outcomes
static const struct field outcomes_fields[] = {
    FIELD_LIST(T, results, outcome_record, .summary = "One for each scan, in the same order."),
};
const struct record scan_outcomes_record = RECORD("scan_outcomes", T, outcomes_fields);
