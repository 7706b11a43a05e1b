/* check_in_list: an entrance of its own within an event: which tickets it admits, where, when, and
 * how many people may be inside. */
#pragma once

#include "libshared/contract/common.h"

#define CHECK_IN_LIST_PREFIX "cilist"
#define CHECK_IN_LISTS_MAX 200 /* of an event */

enum check_in_mode { MODE_UNSET, MODE_ENTRY, MODE_ENTRY_EXIT };
enum check_in_direction { DIRECTION_UNSET, DIRECTION_IN, DIRECTION_OUT };
extern const char *const check_in_direction_names[];

struct check_in_list {
    COMMON_MEMBERS;
    const char *event_id, *name;
    struct texts ticket_type_ids, gates; /* none: any */
    struct opt_time from, until;
    enum check_in_mode mode;
    struct opt_int64 max_inside;
    int64_t admitted, inside; /* tickets that it let in, and those that are inside now */
};

/* Of a list, what its gates have done: of the last day, but for the totals. */
struct check_in_reason {
    const char *reason; /* a problem's code */
    int64_t count;
};
struct check_in_gate {
    const char *gate; /* NULL: not said */
    int64_t admitted, refused;
};
struct check_in_minute {
    int64_t at; /* its begin */
    int64_t admitted, refused;
};
struct check_in_numbers {
    const char *list_id, *name;
    int64_t as_of;
    int64_t admitted, inside, expected; /* expected: valid tickets that it admits */
    struct opt_int64 max_inside;
    int64_t refused;
    LIST_OF(struct check_in_reason) reasons;
    LIST_OF(struct check_in_gate) gates;
    LIST_OF(struct check_in_minute) minutes; /* in which something happened */
};

RECORD_OF(struct check_in_list, check_in_list_record);
RECORD_OF(struct check_in_numbers, check_in_numbers_record);
