/* delivery: one recipient's message, claimed before each attempt. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

#define DELIVERY_ATTEMPTS_MAX 8
#define DELIVERY_PATIENCE_MS 60000 /* until an offer or a claim counts as lost */

/* Offers the delivery to whoever sends, and again later if nobody takes it. */
void delivery_offer(struct turn *turn, struct delivery *delivery);
/* The delivery that a command names, if it is of the event; NULL: 404. */
const struct delivery *delivery_find(struct turn *turn, const struct command_body *body);
void delivery_tell(struct turn *turn, const char *fact, const struct delivery *delivery);
