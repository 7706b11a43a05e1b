/* outgoing_message: what one delivery says, and what goes with it.
 *
 * What it says is written once, at its first attempt. What goes with it is as it is at each: a
 * ticket that has changed hands meanwhile does not go to who had it. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

/* Whether a notification's deliveries tell of tickets. */
bool outgoing_message_shows_tickets(const struct notification *notification);

/* Wants what the others read besides the notification, so that it is loaded at once. */
void outgoing_message_want(struct decision *decision, const struct delivery *delivery);
/* Whether it goes to whoever owns certain tickets, and they own none of them any more. */
bool outgoing_message_is_pointless(struct decision *decision, const struct delivery *delivery);
#define OUTGOING_MESSAGE_POINTLESS_ERROR "no_tickets"
/* The notification must be there. */
void outgoing_message_write(struct decision *decision, struct delivery *delivery);
/* `sender`: the address that it will come from; NULL: unknown. */
void outgoing_message_enclose(struct decision *decision, const struct delivery *delivery,
                              const char *sender, struct delivery_payload *order);
