#include "libshared/contract/order_tickets.h"

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

#define T struct order_tickets
static const struct field fields[] = {
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_NESTED(T, event, delivery_event_record, .summary = "As the buyer's language has it."),
    FIELD_LIST(T, tickets, delivery_ticket_record, .summary = "Those that are not void."),
};
const struct record order_tickets_record = RECORD("order_tickets", T, fields);

struct ticket_pdf_page order_tickets_page(const void *arena, const struct delivery_event *event,
                                          const struct delivery_ticket *ticket)
{
    struct ticket_pdf_page page = {.type = ticket->type,
                                   .holder = ticket->holder,
                                   .code = ticket->code,
                                   .read =
                                       mem_printf(arena, "%s.%s", ticket->code, ticket->signature)};
    if (event == NULL)
        return page;
    page.event = event->name;
    page.when = event->when;
    page.where = event->where;
    page.color = event->color;
    return page;
}
