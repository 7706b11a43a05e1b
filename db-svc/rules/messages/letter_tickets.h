/* letter_tickets: the tickets that one delivery tells of, as its `about` says; only of paid orders,
 * no void ones, and none that are another's. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

#define LETTER_TICKETS_MAX 200 /* more are left out */

struct letter_tickets {
    struct delivery_ticket *at;
    size_t n;
};

/* Wants what letter_tickets() reads besides the delivery's order, so that it is loaded at once. */
void letter_tickets_want(struct turn *turn, const struct delivery *delivery);
/* `ticket_type_id` is the audience's, or NULL. */
struct letter_tickets letter_tickets(struct turn *turn, const struct delivery *delivery,
                                     const char *ticket_type_id);
