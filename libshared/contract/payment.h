/* payment: what a payment system says of an order, and what came of it. */
#pragma once

#include "libshared/contract/common.h"

/* The messages of payments.events. */
struct payment_report {
    const char *payment_id;
    struct money amount;   /* of a failed one it says nothing; of a refund, absent: all of it */
    const char *reason;    /* of a failed one or a refund */
    const char *refund_id; /* of a refund; absent: the payment's */
    const char *dispute_id;
    struct texts tickets; /* of a refund, by code */
};

/* Kept under the payment's own id, so that it counts once. */
struct payment {
    COMMON_MEMBERS;
    const char *event_id, *order_id;
    struct money amount;
    const char *refund_due; /* why it is to be given back; NULL: it paid the order */
};

RECORD_OF(struct payment_report, payment_succeeded_record);
RECORD_OF(struct payment_report, payment_failed_record);
RECORD_OF(struct payment_report, payment_refunded_record);
RECORD_OF(struct payment_report, payment_refund_failed_record);
RECORD_OF(struct payment_report, payment_disputed_record);
RECORD_OF(struct payment, payment_record);
