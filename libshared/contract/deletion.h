/* deletion: that an event was deleted, and how much of what belonged to it is gone. */
#pragma once

#include "libshared/contract/common.h"

enum deletion_status { DELETION_UNSET, DELETION_RUNNING, DELETION_DONE };
extern const char *const deletion_status_names[];

/* Its id is the event's. It stays. */
struct deletion {
    COMMON_MEMBERS;
    const char *event_id;
    enum deletion_status status;
    int64_t removed; /* records */
    struct opt_time done_at;
    const char *collection; /* whose turn it is */
    int64_t page;           /* the one that is next */
};

/* event.delete_page: the page that is next. */
struct deletion_page {
    int64_t page;
};

RECORD_OF(struct deletion, deletion_record);
RECORD_OF(struct deletion_page, deletion_page_record);
