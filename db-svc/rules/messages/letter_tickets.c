#include "db-svc/rules/messages/letter_tickets.h"

#include <string.h>

#include "db-svc/rules/messages/ownership.h"
#include "libshared/base/mem.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

#define ORDERS_MAX 100 /* of one person */
#define TYPES_MAX 1000 /* of one event, whose names are known */

static void name_owned(struct names *names, const struct delivery *delivery, const char *address)
{
    const char *event_id = delivery->event_id;
    if (delivery->channel == CHANNEL_EMAIL) {
        names_found(names, &collection_orders, event_id, "email", address, ORDERS_MAX);
        names_found(names, &collection_orders, event_id, "holder", address, ORDERS_MAX);
    } else if (delivery->attendee_id != NULL) {
        names_found(names, &collection_orders, event_id, "holder", delivery->attendee_id,
                    ORDERS_MAX);
    } else {
        names_found(names, &collection_orders, event_id, "phone", address, ORDERS_MAX);
    }
}

void letter_tickets_names(struct names *names, const struct delivery *delivery, const char *address)
{
    if (delivery->about != ABOUT_UNSET)
        names_page(names, &collection_ticket_types, delivery->event_id, NULL, NULL, TYPES_MAX);
    if (delivery->about == ABOUT_ATTENDEE && delivery->attendee_id != NULL)
        names_found(names, &collection_orders, delivery->event_id, "attendee_id",
                    delivery->attendee_id, ORDERS_MAX);
    if (delivery->about == ABOUT_BUYER && address != NULL)
        name_owned(names, delivery, address);
}

struct search {
    struct turn *turn;
    const struct delivery *delivery;
    const char *ticket_type_id;
    struct letter_tickets found;
};

static bool is_meant(const struct search *search, const struct ticket *ticket, int64_t number)
{
    const struct delivery *delivery = search->delivery;
    if (delivery->about == ABOUT_TICKET)
        return delivery->ticket.set && delivery->ticket.value == number;
    if (delivery->about == ABOUT_BUYER)
        return search->ticket_type_id != NULL &&
               strcmp(ticket->ticket_type_id, search->ticket_type_id) == 0;
    return true;
}

static bool is_assigned(const struct ticket *ticket, const struct delivery *delivery)
{
    return ticket->attendee != NULL && ticket->attendee->attendee_id != NULL &&
           delivery->attendee_id != NULL &&
           strcmp(ticket->attendee->attendee_id, delivery->attendee_id) == 0;
}

static bool is_readers(const struct search *search, const struct order *order,
                       const struct ticket *ticket)
{
    const struct delivery *delivery = search->delivery;
    return delivery->about == ABOUT_ATTENDEE
               ? is_assigned(ticket, delivery)
               : ownership_is_readers(search->turn, order, ticket, delivery);
}

static void take(struct search *search, const struct ticket *ticket, int64_t number)
{
    const struct ticket_type *type =
        turn_read(search->turn, &collection_ticket_types, ticket->ticket_type_id);
    struct letter_tickets *found = &search->found;
    if (found->n == LETTER_TICKETS_MAX)
        return;
    found->at = mem_grow(turn_arena(search->turn), found->at, struct delivery_ticket, found->n + 1);
    found->at[found->n++] = (struct delivery_ticket){
        .number = number,
        .code = ticket->code,
        .signature = ticket->signature,
        .type = type != NULL ? type->name : NULL,
        .holder = ticket->attendee != NULL ? ticket->attendee->name : NULL};
}

static void take_from(struct search *search, const struct order *order)
{
    if (order->status != ORDER_PAID)
        return;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        if (ticket->status != TICKET_VOID && is_meant(search, ticket, (int64_t)i + 1) &&
            is_readers(search, order, ticket))
            take(search, ticket, (int64_t)i + 1);
    }
}

static void take_order(void *context, const void *record)
{
    take_from(context, record);
}

struct letter_tickets letter_tickets(struct turn *turn, const struct delivery *delivery,
                                     const char *ticket_type_id)
{
    struct search search = {.turn = turn, .delivery = delivery, .ticket_type_id = ticket_type_id};
    const struct order *order = turn_read(turn, &collection_orders, delivery->order_id);
    if (delivery->about == ABOUT_BUYER || delivery->about == ABOUT_ATTENDEE)
        turn_each(turn, &collection_orders, delivery->event_id, take_order, &search);
    else if (delivery->about != ABOUT_UNSET && order != NULL)
        take_from(&search, order);
    return search.found;
}
