/* order_history: all that became of an order, as it is shown. What a command held is not told
 * again: only the names of the members that it changed. */
#pragma once

#include "libshared/contract/check_in.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

enum order_history_kind {
    HISTORY_UNSET,
    HISTORY_COMMAND,
    HISTORY_PAYMENT,
    HISTORY_MAIL,
    HISTORY_SCAN,
};

struct order_history {
    int64_t at;
    enum order_history_kind kind;
    /* Who did it, and by which command; of commands and scans. */
    const char *command, *key, *command_id, *operation_id;
    struct texts changed;
    /* Of a payment or a refund. */
    const char *payment_id, *refund_id, *dispute_id, *reason;
    struct money amount;
    const char *status; /* of a payment or a mail */
    /* Of a mail. */
    const char *notification_id, *delivery_id, *channel;
    struct opt_time sent_at;
    /* Of a scan. */
    const char *gate, *result, *ticket_type_id;
};

RECORD_OF(struct order_history, order_history_record);
