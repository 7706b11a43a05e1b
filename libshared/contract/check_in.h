/* check_in: what gates send and are told, and every scan as it is kept. */
#pragma once

#include "libshared/contract/ticket_view.h"

#define SCAN_PREFIX "scan"
#define CHECK_INS_MAX 500 /* in one upload */

enum scan_result { SCAN_UNSET, SCAN_ADMITTED, SCAN_REFUSED, SCAN_UNDONE, SCAN_LEFT };
extern const char *const scan_result_names[];

/* Never the code itself: who may read the list could forge a ticket of it. */
struct scan {
    COMMON_MEMBERS;
    const char *event_id, *order_id, *ticket_type_id, *list_id;
    const char *code_hash; /* SHA-256 in hexadecimal */
    const char *gate;
    int64_t at; /* by the gate, where it was offline */
    enum scan_result result;
    struct opt_int64 people;         /* who went in or out; absent: one, if any */
    const char *reason;              /* the problem's code, of what was refused */
    const char *source, *command_id; /* who sent it; NULL: an older release did not keep it */
    const char *key;                 /* by which the same scan is known again; NULL: it is not */
};

struct offline_scan {
    const char *code, *gate, *nonce, *list_id;
    int direction; /* enum check_in_direction */
    struct opt_int64 people;
    struct opt_time at;
};
struct check_in_bulk {
    LIST_OF(struct offline_scan) scans;
};

struct scan_outcome {
    enum scan_result result;
    const char *reason;
    const char *event_id, *event_name; /* whose ticket it is, with wrong_event */
    struct ticket_view *ticket;        /* NULL: none of this event */
};
struct scan_outcomes {
    LIST_OF(struct scan_outcome) results;
};

RECORD_OF(struct scan, scan_record);
RECORD_OF(struct check_in_bulk, check_in_bulk_record);
RECORD_OF(struct scan_outcomes, scan_outcomes_record);
