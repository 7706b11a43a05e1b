#include "libshared/contract/check_in_list.h"

#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

static const char *const mode_names[] = {"", "entry", "entry_exit", NULL};
const char *const check_in_direction_names[] = {"", "in", "out", NULL};

#define T struct check_in_list
static const struct field fields[] = {
    COMMON_FIELDS(T, CHECK_IN_LIST_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY | SHOWN),
    FIELD(T, name, .personal = NOT_PERSONAL, .flags = REQUIRED, .max = 100),
    FIELD_AS(kind_ids, T, ticket_type_ids, .prefix = TICKET_TYPE_PREFIX, .min = 1, .max = 500,
             .summary = "The ticket types that it admits; if absent, all."),
    FIELD(T, gates, .personal = NOT_PERSONAL, .min = 1, .max = 100,
          .summary = "The gates at which it admits; if absent, at any."),
    FIELD(T, from, .summary = "Before this time it admits nobody."),
    FIELD(T, until, .summary = "From this time on it admits nobody."),
    FIELD_ENUM(T, mode, mode_names, .flags = SHOWN,
               .summary = "entry (if not given): each ticket once. entry_exit: out and in again, "
                          "by the direction of each scan."),
    FIELD(T, max_inside, .min = 1, .max = 10000000,
          .summary = "While so many are inside it admits nobody."),
    FIELD(T, admitted, .flags = STORED_ONLY),
    FIELD(T, inside, .flags = STORED_ONLY),
};

static void check_times(const void *members, struct decoder *decoder)
{
    const struct check_in_list *list = members;
    struct path until = {.parent = decoder->path, .name = "until"};
    if (list->from.set && list->until.set && list->until.ms <= list->from.ms)
        violations_add(decoder->violations, &until, VIOLATION_must_be_after);
}
const struct record check_in_list_record =
    RECORD("check_in_list", T, fields, .rules = RULES({"from until", check_times}));
#undef T

#define T struct check_in_reason
static const struct field reason_fields[] = {
    FIELD(T, reason, .flags = SHOWN, .summary = "A problem's code."),
    FIELD(T, count),
};
static const struct record reason_record = RECORD("check_in_reason", T, reason_fields);
#undef T

#define T struct check_in_gate
static const struct field gate_fields[] = {
    FIELD(T, gate, .summary = "Absent: the scans did not say it."),
    FIELD(T, admitted),
    FIELD(T, refused),
};
static const struct record gate_record = RECORD("check_in_gate", T, gate_fields);
#undef T

#define T struct check_in_minute
static const struct field minute_fields[] = {
    FIELD_TIME(T, at, .summary = "When the minute began."),
    FIELD(T, admitted),
    FIELD(T, refused),
};
static const struct record minute_record = RECORD("check_in_minute", T, minute_fields);
#undef T

#define T struct check_in_numbers
static const struct field numbers_fields[] = {
    FIELD_ID(T, list_id, CHECK_IN_LIST_PREFIX, .flags = SHOWN),
    FIELD(T, name, .flags = SHOWN),
    FIELD_TIME(T, as_of),
    FIELD(T, admitted, .summary = "Tickets that the list let in."),
    FIELD(T, inside, .summary = "Those that are inside now."),
    FIELD(T, expected, .summary = "Tickets that are sold of the types that it admits."),
    FIELD(T, max_inside),
    FIELD(T, refused, .summary = "Scans that it refused within the last day."),
    FIELD_LIST(T, reasons, reason_record, .flags = SHOWN,
               .summary = "Why, the most frequent first; within the last day."),
    FIELD_LIST(T, gates, gate_record, .flags = SHOWN,
               .summary = "By gate, by name; within the last day."),
    FIELD_LIST(T, minutes, minute_record, .flags = SHOWN,
               .summary = "The minutes of the last day in which something was scanned."),
};
const struct record check_in_numbers_record = RECORD("check_in_numbers", T, numbers_fields);
