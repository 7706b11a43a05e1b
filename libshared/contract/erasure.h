/* erasure: that a person was erased from an event's records, and how far that has come. */
#pragma once

#include "libshared/contract/common.h"

#define ERASURE_PREFIX "erasure"

enum erasure_status { ERASURE_UNSET, ERASURE_RUNNING, ERASURE_DONE };
extern const char *const erasure_status_names[];

struct erasure {
    COMMON_MEMBERS;
    const char *event_id;
    enum erasure_status status;
    int64_t attendees, orders, deliveries, notifications; /* that named the person */
    struct opt_time done_at;
    int64_t page; /* the one that is next */
    /* Whom to look for, while it runs. */
    const char *email;              /* folded */
    struct texts names;             /* folded */
    struct opt_bool shared_address; /* others may have it too */
    struct texts phones, attendee_ids;
};

/* The id of the erasure that began with this attendee or order. */
const char *erasure_id(const void *arena, const char *of_id);

/* attendee.erase_page: the page that is next. */
struct erasure_page {
    const char *erasure_id;
    int64_t page;
};

RECORD_OF(struct erasure, erasure_record);
RECORD_OF(struct erasure_page, erasure_page_record);
