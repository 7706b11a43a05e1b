/* buyer_quota: what one buyer has of the types that limit a buyer, over all orders of an event. The
 * buyer is the folded e-mail address. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/order.h"

/* The quota's id: the order's buyer at the event, erased or not. */
const char *buyer_quota_of(struct decision *decision, const char *event_id,
                           const struct order *order);
/* How many of the type the buyer has: held and sold. */
int64_t buyer_quota_count(struct decision *decision, const char *id, const char *ticket_type_id);
/* Counts the order's items of the types that it names as tallied, or takes them off again. */
void buyer_quota_add(struct decision *decision, const struct order *order);
void buyer_quota_take_off(struct decision *decision, const struct order *order);
