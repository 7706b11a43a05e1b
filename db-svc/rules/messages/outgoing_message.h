/* outgoing_message: the text of one delivery and what is sent along with it, such as tickets.
 *
 * The text is written once, at the first attempt. The rest is made anew at each: a ticket that has
 * changed hands meanwhile does not go to its former holder. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

/* Whether a notification's deliveries tell of tickets. */
bool outgoing_message_shows_tickets(struct decision *decision,
                                    const struct notification *notification);

/* Wants what the others read besides the notification, so that it is loaded at once. */
void outgoing_message_want(struct decision *decision, const struct delivery *delivery);
/* Whether it was meant for the holder of certain tickets who holds none of them any more. */
bool outgoing_message_is_pointless(struct decision *decision, const struct delivery *delivery);
#define OUTGOING_MESSAGE_POINTLESS_ERROR "no_tickets"
/* The notification must be there. */
void outgoing_message_write(struct decision *decision, struct delivery *delivery);
/* `sender`: the address that it will come from; NULL: unknown. */
void outgoing_message_enclose(struct decision *decision, const struct delivery *delivery,
                              const char *sender, struct delivery_payload *order);
