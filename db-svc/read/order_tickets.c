/* The tickets of an order, with what is printed on them. */
#include "db-svc/read/tickets.h"

#include <string.h>

#include "db-svc/rules/messages/event_card.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/order_tickets.h"

/* NULL: it is no more. */
static int load_type(const struct query *query, const char *id, const struct ticket_type **ret_type)
{
    void *record = NULL;
    int r = id != NULL ? query_load(query, &collection_ticket_types, id, &record) : 0;
    *ret_type = record;
    return r;
}

static int add(const struct query *query, const struct ticket *ticket, size_t number,
               struct order_tickets *printed)
{
    const struct ticket_type *type;
    int r = load_type(query, ticket->ticket_type_id, &type);
    if (r < 0)
        return r;
    printed->tickets.at[printed->tickets.n++] = (struct delivery_ticket){
        .number = (int64_t)number,
        .code = ticket->code,
        .signature = ticket->signature,
        .type = ticket_type_label(query->arena, type),
        .holder = ticket->attendee != NULL ? ticket->attendee->name : NULL};
    return 0;
}

static int add_all(const struct query *query, const struct order *order,
                   struct order_tickets *printed)
{
    printed->tickets.at = mem_array(query->arena, struct delivery_ticket, order->tickets.n + 1);
    int r = 0;
    for (size_t i = 0; i < order->tickets.n && r == 0; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        if (ticket->status != TICKET_VOID && ticket->code != NULL && ticket->signature != NULL)
            r = add(query, ticket, i + 1, printed);
    }
    return r;
}

int tickets_of_whole_order(const struct query *query, struct read_answer *ret_answer)
{
    void *found, *event;
    int r = query_load_of_event(query, &collection_orders, ID_ORDER, &found);
    if (r < 0 ||
        (r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event)) < 0)
        return r;
    const struct order *order = found;
    if (order == NULL || event == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    const char *locale = order->buyer != NULL ? order->buyer->locale : NULL;
    struct order_tickets printed = {.order_id = order->id,
                                    .event = event_card(query->arena, event, locale)};
    r = add_all(query, order, &printed);
    *ret_answer = query_shown(query, &order_tickets_record, &printed);
    return r;
}
