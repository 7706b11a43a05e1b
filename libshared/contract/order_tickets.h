/* order_tickets: the tickets of an order that admit somebody, with what is printed on them. Pure.
 */
#pragma once

#include "libshared/contract/notification.h"

struct order_tickets {
    const char *order_id;
    struct delivery_event *event;
    LIST_OF(struct delivery_ticket) tickets;
};

RECORD_OF(struct order_tickets, order_tickets_record);
