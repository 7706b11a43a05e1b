/* delivery: one recipient's message, claimed before each attempt. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

#define DELIVERY_ATTEMPTS_MAX 8
#define DELIVERY_PATIENCE_MS 60000 /* until an offer or a claim counts as lost */

/* Offers the delivery to whoever sends, and again later if nobody takes it. */
void delivery_offer(struct turn *turn, struct delivery *delivery);
