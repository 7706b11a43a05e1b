#include "libshared/contract/payment.h"

#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

#define T struct payment_report
#define PAYMENT_ID                                                                                 \
    FIELD(T, payment_id, .flags = REQUIRED, .max = 200,                                            \
          .summary = "The payment system's own id: a payment counts once.")
static const struct field succeeded_fields[] = {
    PAYMENT_ID,
    FIELD(T, amount, .flags = REQUIRED,
          .summary = "Any amount other than the order's total is to be refunded."),
};
const struct record payment_succeeded_record = RECORD("payment_succeeded", T, succeeded_fields);
static const struct field failed_fields[] = {
    PAYMENT_ID,
    FIELD(T, amount),
    FIELD(T, reason, .flags = MULTILINE, .max = 200, .summary = "Such as card_declined."),
};
const struct record payment_failed_record = RECORD("payment_failed", T, failed_fields);
static const struct field refunded_fields[] = {
    PAYMENT_ID,
    FIELD(T, refund_id, .max = 200,
          .summary = "The refund's own id, by which it counts once; absent: the payment_id."),
    FIELD(T, amount,
          .summary = "Reduces the refund due first; without tickets none becomes void. If "
                     "absent, everything that the payment paid; when nothing that was paid is "
                     "left, every ticket becomes void."),
    FIELD_AS(kind_ticket_codes, T, tickets, .min = 1, .max = ORDER_TICKETS_MAX,
             .summary = "The codes of the tickets that are refunded and so become void."),
    FIELD(T, reason, .flags = MULTILINE, .max = 200),
};
const struct record payment_refunded_record = RECORD("payment_refunded", T, refunded_fields);
static const struct field refund_failed_fields[] = {
    PAYMENT_ID,
    FIELD(T, refund_id, .flags = REQUIRED, .max = 200),
    FIELD(T, amount, .flags = REQUIRED),
    FIELD(T, reason, .flags = MULTILINE, .max = 200,
          .summary = "Such as expired_or_canceled_card."),
};
const struct record payment_refund_failed_record =
    RECORD("payment_refund_failed", T, refund_failed_fields);
static const struct field disputed_fields[] = {
    PAYMENT_ID,
    FIELD(T, dispute_id, .flags = REQUIRED, .max = 200),
    FIELD(T, amount, .flags = REQUIRED),
    FIELD(T, reason, .flags = MULTILINE, .max = 200, .summary = "Such as fraudulent."),
};
const struct record payment_disputed_record = RECORD("payment_disputed", T, disputed_fields);
#undef T

#define T struct payment
static const struct field payment_fields[] = {
    COMMON_FIELDS(T, "payment"),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD(T, amount),
    FIELD(T, refund_due, .personal = NOT_PERSONAL),
};
const struct record payment_record = RECORD("payment", T, payment_fields);
