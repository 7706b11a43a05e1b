/* The tickets of an order, with what is printed on them. */
#include "db-svc/read/tickets.h"

#include <string.h>

#include "db-svc/rules/messages/event_card.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/order_tickets.h"

int tickets_load_types(const struct query *query, const struct order *order,
                       struct tickets_types *ret_types)
{
    size_t n = order->items.n;
    const char **ids = mem_array(query->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        ids[i] = order->items.at[i].ticket_type_id;
    *ret_types = (struct tickets_types){
        .arena = query->arena, .order = order, .at = mem_array(query->arena, void *, n + 1)};
    return store_load(query->store, query->arena, &collection_ticket_types, ids, n, ret_types->at);
}

const char *tickets_type_label(const struct tickets_types *types, const struct ticket *ticket)
{
    for (size_t i = 0; i < types->order->items.n; i++) {
        const struct ticket_type *type = types->at[i];
        if (type != NULL && ticket->ticket_type_id != NULL &&
            strcmp(type->id, ticket->ticket_type_id) == 0)
            return ticket_type_label(types->arena, type);
    }
    return NULL;
}

void tickets_print(const struct tickets_types *types, size_t index, struct order_tickets *printed)
{
    const struct ticket *ticket = &types->order->tickets.at[index];
    if (ticket->status == TICKET_VOID || ticket->code == NULL || ticket->signature == NULL)
        return;
    printed->tickets.at[printed->tickets.n++] = (struct delivery_ticket){
        .number = (int64_t)index + 1,
        .code = ticket->code,
        .signature = ticket->signature,
        .type = tickets_type_label(types, ticket),
        .holder = ticket->attendee != NULL ? ticket->attendee->name : NULL};
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
                                    .event_id = order->event_id,
                                    .event = event_card(query->arena, event, locale)};
    printed.tickets.at = mem_array(query->arena, struct delivery_ticket, order->tickets.n + 1);
    struct tickets_types types;
    r = tickets_load_types(query, order, &types);
    for (size_t i = 0; r == 0 && i < order->tickets.n; i++)
        tickets_print(&types, i, &printed);
    *ret_answer = query_shown(query, &order_tickets_record, &printed);
    return r;
}
