/* outcome: how an attempt at a delivery ended.
 *
 * DELIVERY_SENT: handed over, and `provider_id` names it there (NULL: it has no name).
 * DELIVERY_FAILED: will never work. DELIVERY_QUEUED: may work later; db-svc says when.
 * `error` is a code for people and machines, constant or in the attempt's arena. */
#pragma once

#include "libshared/contract/notification.h"

struct outcome {
    enum delivery_status status;
    const char *provider_id, *error;
};
