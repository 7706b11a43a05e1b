/* callback: what carriers tell of a message that was handed over, and who may tell it.
 *
 * A gateway is given an address for each text message, which is signed: it holds for that sending
 * of that delivery and nothing else, and the secret is not in it. Others show the secret: as a
 * Bearer token, as the password of Basic authentication, or as ?secret=. Secrets are compared in
 * constant time.
 *
 * Pure; results live in the arena given. */
#pragma once

#include <stdbool.h>

#include "libshared/base/settings.h"
#include "libshared/contract/notification.h"
#include "libshared/http/query.h"

struct callback_config {
    const char *url;    /* of this service, as gateways reach it; NULL: no reports are asked for */
    const char *secret; /* NULL: none are taken */
};

/* The report as JSON, with `delivery_id` or `message_id`. */
struct callback {
    const char *delivery_id, *message_id, *reason;
    enum settlement_status status;
    struct opt_bool permanent;
    struct opt_int64 resends; /* which sending; unset: not known */
};
extern const struct record callback_record;

enum callback_right {
    CALLBACK_DENIED,
    CALLBACK_OWN, /* by a signed address: only what callback_is_own() */
    CALLBACK_ANY, /* by the secret: of any delivery */
};
/* The right that the Authorization header or the signed address gives; `secret` is the
 * configuration's. */
enum callback_right callback_right(const void *arena, const char *secret, const char *authorization,
                                   const struct query *query);
/* Whether the report is of the sending that a signed address is for; then it says which. */
bool callback_is_own(const struct query *query, struct callback *report);
/* Where a gateway reports what became of a text message; `more` follows as it is. NULL: nowhere. */
char *callback_address(const void *arena, const struct callback_config *config,
                       const struct delivery_payload *order, const char *more);

enum callback_reader {
    CALLBACK_REPORT,
    CALLBACK_NOTHING, /* an interim report */
    CALLBACK_UNREADABLE,
};
/* Kannel's, by the dlr-url it was given (its user guide, "Delivery reports"). */
enum callback_reader callback_from_kannel(const struct query *query, struct callback *ret_report);
/* Twilio's StatusCallback: a form, sent to the address it was given. */
enum callback_reader callback_from_twilio(const void *arena, const struct query *query,
                                          const struct query *form, struct callback *ret_report);
/* Sets the delivery that the report's message_id names; false: none of ours. */
bool callback_name(const void *arena, struct callback *report);
