/* delivery: one recipient's message, claimed before each attempt. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

#define DELIVERY_ATTEMPTS_MAX 8
#define DELIVERY_PATIENCE_MS 60000 /* until a claim counts as lost */
/* Until an offer does: Kafka keeps it, and a slow channel may have many before it. */
#define DELIVERY_OFFER_MS (60 * 60 * 1000)

/* Offers the delivery to the senders, and again later if none takes it. */
void delivery_offer(struct decision *decision, struct delivery *delivery);
/* NULL: there is none of that event. */
const struct delivery *delivery_find(struct decision *decision, const char *event_id,
                                     const char *id);
/* Whether it may still be sent. */
bool delivery_is_open(const struct delivery *delivery);
/* Ends one that was open, and tells. */
void delivery_end(struct decision *decision, struct delivery *delivery,
                  enum delivery_status status);
void delivery_emit(struct decision *decision, const char *fact, const struct delivery *delivery);
