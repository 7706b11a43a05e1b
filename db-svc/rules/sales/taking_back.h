/* taking_back: what cancelling and refunding tickets have in common. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/order.h"

/* Whether every code is of the order; else 422. */
bool taking_back_check_codes(struct decision *decision, const struct order *order,
                             const struct texts *codes, struct answer *ret_refusal)
    __attribute__((warn_unused_result));
/* The codes that these tickets have now, those whose code was replaced among them; else 422. A
 * ticket that is not known any more, since an older release replaced its code, has none. */
bool taking_back_present_codes(struct decision *decision, const struct order *order,
                               const struct texts *codes, struct texts *ret_present,
                               struct answer *ret_refusal) __attribute__((warn_unused_result));
/* Whether no ticket of these codes (NULL: of any) has been used; else 409 checked_in, saying which.
 */
bool taking_back_check_unused(struct decision *decision, const struct order *order,
                              const struct texts *codes, struct answer *ret_refusal)
    __attribute__((warn_unused_result));
