/* order_tickets: the tickets of an order that admit somebody, with what is printed on them. Pure.
 */
#pragma once

#include "libshared/contract/notification.h"
#include "libshared/picture/ticket_pdf.h"

struct order_tickets {
    const char *order_id, *event_id;
    struct delivery_event *event;
    LIST_OF(struct delivery_ticket) tickets;
};

/* The content of a ticket's page; `event` NULL: not known. Borrows from both. */
struct ticket_pdf_page order_tickets_page(const void *arena, const struct delivery_event *event,
                                          const struct delivery_ticket *ticket);

RECORD_OF(struct order_tickets, order_tickets_record);
