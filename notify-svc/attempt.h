/* attempt: one attempt at a delivery, as it is spoken of between db-svc and here.
 *
 * db-svc offers an attempt on notifications.deliveries; it is claimed by delivery.record; who is
 * granted the claim is told what to send, sends it, and says how that ended under the same claim.
 * Claims and reports are commands with fixed ids, so asking again is no harm; several of an event
 * may be asked for together, once. Pure; results live in the arena given. Messages read may have
 * members of later versions. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshared/kafka/replies.h"
#include "notify-svc/outcome.h"

#define ATTEMPT_RANDOM 16 /* bytes of randomness a claim takes */

struct attempt {
    const char *event_id, *delivery_id;
    enum channel channel;
    int64_t number;
    const char *claim; /* <instance>#<random> */
};

/* Takes an offer apart; false if it is none. `instance` is the same after a restart, so that a
 * claim lost by a crash can be had again. */
bool attempt_read(void *arena, const void *body, size_t size, const char *instance,
                  const uint8_t random[ATTEMPT_RANDOM], struct attempt *ret_attempt);

/* The same every time that it is asked by itself. */
char *attempt_claim_id(const void *arena, const struct attempt *attempt);
char *attempt_report_id(const void *arena, const struct attempt *attempt);
/* What is recorded of an attempt: its claim, and its end. `sender` is the address that e-mails come
 * from. Borrows. */
struct delivery_report attempt_claim(const struct attempt *attempt, const char *sender);
struct delivery_report attempt_report(const struct attempt *attempt, const struct outcome *outcome);
/* The body of a delivery.record, and of a delivery.record_bulk with several. */
const char *attempt_body(const void *arena, const char *event_id,
                         const struct delivery_report *report);
const char *attempt_bulk_body(const void *arena, const char *event_id,
                              const struct delivery_bulk *bulk);

enum attempt_answer {
    ATTEMPT_TAKEN,   /* done as asked */
    ATTEMPT_REFUSED, /* for good: another has it, it is over or gone, or it cannot be done */
    ATTEMPT_AGAIN,   /* ask again, the same, after a while */
    ATTEMPT_ALONE,   /* ask again, but by itself */
};
enum attempt_answer attempt_answer(const struct reply *reply);
/* The answer to one of several that were asked for together; one that cannot be read is to be asked
 * again. *ret_order: the payload of a granted claim; NULL: it cannot be read. */
enum attempt_answer attempt_result(void *arena, const json_t *outcome,
                                   const struct delivery_payload **ret_order);
/* How long to wait before asking again for the nth time, from 1. */
int64_t attempt_wait_ms(unsigned n);

/* The payload that answers a claim; NULL: it cannot be read. The claim is granted only if its
 * status is DELIVERY_SENDING. */
const struct delivery_payload *attempt_payload(void *arena, const json_t *json);
