#include "db-svc/rules/messages/message_tickets.h"

#include <string.h>

#include "db-svc/rules/messages/ownership.h"
#include "libshared/base/mem.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

#define ORDERS_MAX 100 /* of one person */
#define TYPES_MAX 1000 /* of one event, loaded at once */

/* The orders that the tickets are searched in, where they are not of one order. */
struct orders {
    struct store_page pages[2];
    size_t n;
};

static void add_orders(struct orders *orders, const struct delivery *delivery, const char *filter,
                       const char *term)
{
    orders->pages[orders->n++] = (struct store_page){.collection = &collection_orders,
                                                     .event_id = delivery->event_id,
                                                     .filter = filter,
                                                     .term = term,
                                                     .limit = ORDERS_MAX};
}

static void add_owned(struct decision *decision, const struct delivery *delivery,
                      struct orders *orders)
{
    const char *address = collection_fold_email(decision_arena(decision), delivery->address);
    if (channel_is_by_email(delivery->channel)) {
        add_orders(orders, delivery, "email", address);
        add_orders(orders, delivery, "holder", address);
    } else if (delivery->attendee_id != NULL) {
        add_orders(orders, delivery, "holder", delivery->attendee_id);
    } else {
        add_orders(orders, delivery, "phone", address);
    }
}

static struct orders orders_of(struct decision *decision, const struct delivery *delivery)
{
    struct orders orders = {.n = 0};
    if (delivery->about == ABOUT_ATTENDEE && delivery->attendee_id != NULL)
        add_orders(&orders, delivery, "attendee_id", delivery->attendee_id);
    if (delivery->about == ABOUT_BUYER && delivery->address != NULL)
        add_owned(decision, delivery, &orders);
    return orders;
}

static void want_types(struct decision *decision, const struct delivery *delivery)
{
    if (delivery->about != ABOUT_UNSET)
        decision_want_page(decision, &(struct store_page){.collection = &collection_ticket_types,
                                                          .event_id = delivery->event_id,
                                                          .limit = TYPES_MAX});
}

void message_tickets_want(struct decision *decision, const struct delivery *delivery)
{
    const struct orders orders = orders_of(decision, delivery);
    want_types(decision, delivery);
    for (size_t i = 0; i < orders.n; i++)
        decision_want_page(decision, &orders.pages[i]);
}

struct search {
    struct decision *decision;
    const struct delivery *delivery;
    const char *ticket_type_id;
    struct outgoing_message_tickets found;
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
               : ownership_is_readers(search->decision, order, ticket, delivery);
}

static void take(struct search *search, const struct ticket *ticket, int64_t number)
{
    const struct ticket_type *type =
        decision_read(search->decision, &collection_ticket_types, ticket->ticket_type_id);
    struct outgoing_message_tickets *found = &search->found;
    if (found->n == MESSAGE_TICKETS_MAX)
        return;
    found->at =
        mem_grow(decision_arena(search->decision), found->at, struct delivery_ticket, found->n + 1);
    found->of =
        mem_grow(decision_arena(search->decision), found->of, const struct ticket *, found->n + 1);
    found->of[found->n] = ticket;
    found->at[found->n++] = (struct delivery_ticket){
        .number = number,
        .code = ticket->code,
        .signature = ticket->signature,
        .type = ticket_type_label(decision_arena(search->decision), type),
        .holder = ticket->attendee != NULL ? ticket->attendee->name : NULL};
}

static void take_from(struct search *search, const struct order *order)
{
    if (order == NULL || order->status != ORDER_PAID)
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

struct outgoing_message_tickets outgoing_message_tickets(struct decision *decision,
                                                         const struct delivery *delivery,
                                                         const char *ticket_type_id)
{
    struct search search = {
        .decision = decision, .delivery = delivery, .ticket_type_id = ticket_type_id};
    const struct orders orders = orders_of(decision, delivery);
    want_types(decision, delivery);
    if (orders.n > 0)
        decision_each(decision, orders.pages, orders.n, take_order, &search);
    else if (delivery->about == ABOUT_TICKET || delivery->about == ABOUT_ORDER)
        take_from(&search, decision_read(decision, &collection_orders, delivery->order_id));
    return search.found;
}
