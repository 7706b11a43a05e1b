/* message_tickets: the tickets that one delivery tells of, as its `about` says; only of paid
 * orders, no void ones, and none that are another's. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

#define MESSAGE_TICKETS_MAX 200 /* more are left out */

struct outgoing_message_tickets {
    struct delivery_ticket *at;
    const struct ticket **of; /* the tickets that those are */
    size_t n;
};

/* Wants what outgoing_message_tickets() reads besides the delivery's order, so that it is loaded at
 * once. */
void message_tickets_want(struct decision *decision, const struct delivery *delivery);
/* `ticket_type_id` is the audience's, or NULL. */
struct outgoing_message_tickets outgoing_message_tickets(struct decision *decision,
                                                         const struct delivery *delivery,
                                                         const char *ticket_type_id);
