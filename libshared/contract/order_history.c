#include "libshared/contract/order_history.h"

#include "libshared/contract/ticket_type.h"

static const char *const kind_names[] = {"", "command", "payment", "mail", "scan", NULL};

#define T struct order_history
static const struct field fields[] = {
    FIELD_TIME(T, at),
    FIELD_ENUM(T, kind, kind_names, .flags = SHOWN, .summary = "What it was."),
    FIELD(T, command, .summary = "Its type, e.g. order.update."),
    FIELD(T, key,
          .summary = "Who sent it: the API key's name, or the source of a command over Kafka."),
    FIELD(T, command_id, .summary = "Its Idempotency-Key, or its id over Kafka."),
    FIELD(T, operation_id, .summary = "Its Operation-Id, of a command over REST."),
    FIELD(T, changed, .summary = "The members of the order that it changed."),
    FIELD(T, payment_id),
    FIELD(T, refund_id),
    FIELD(T, dispute_id),
    FIELD(T, amount),
    FIELD(T, status, .summary = "A payment's or a mail's."),
    FIELD(T, reason, .summary = "Why a payment failed, or a scan was refused."),
    FIELD_ID(T, notification_id, NOTIFICATION_PREFIX),
    FIELD_ID(T, delivery_id, DELIVERY_PREFIX),
    FIELD(T, channel),
    FIELD(T, sent_at, .summary = "When the mail went out; `at` is when it was decided."),
    FIELD(T, result, .summary = "A scan's."),
    FIELD(T, gate),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
};
const struct record order_history_record = RECORD("order_history", T, fields);
