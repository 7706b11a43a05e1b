/* cancellation: what a cancelled event means for its orders, and how far that has come. */
#pragma once

#include "libshared/contract/common.h"

enum cancellation_status { CANCELLATION_UNSET, CANCELLATION_RUNNING, CANCELLATION_DONE };
extern const char *const cancellation_status_names[];

/* Its id is the event's. */
struct cancellation {
    COMMON_MEMBERS;
    const char *event_id;
    enum cancellation_status status;
    int64_t orders_done, holds_released, refunds_due;
    struct opt_time done_at;
    int orders;        /* enum order_status: whose turn it is: held ones, then paid ones */
    const char *after; /* the last of them that is done; NULL: none yet */
};

/* event.cancel_page: the page that is next. */
struct cancellation_page {
    int orders; /* enum order_status */
    const char *after;
};

RECORD_OF(struct cancellation, cancellation_record);
RECORD_OF(struct cancellation_page, cancellation_page_record);
