#include "db-svc/rules/messages/letter_tickets.h"

#include <string.h>
#include <strings.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

#define ORDERS_MAX 100 /* of one person */
#define TYPES_MAX 1000 /* of one event, whose names are known */

void letter_tickets_names(struct names *names, const struct delivery *delivery, const char *buyer)
{
    bool email = delivery->channel == CHANNEL_EMAIL;
    if (delivery->about != ABOUT_UNSET)
        names_page(names, &collection_ticket_types, delivery->event_id, NULL, NULL, TYPES_MAX);
    if (delivery->about == ABOUT_ATTENDEE)
        names_found(names, &collection_orders, delivery->event_id, "attendee_id",
                    delivery->attendee_id, ORDERS_MAX);
    if (delivery->about == ABOUT_BUYER)
        names_found(names, &collection_orders, delivery->event_id, email ? "email" : "phone", buyer,
                    ORDERS_MAX);
}

struct search {
    struct turn *turn;
    const struct delivery *delivery;
    const char *ticket_type_id;
    struct letter_tickets found;
};

static bool is_wanted(const struct search *search, const struct ticket *ticket, int64_t number)
{
    const struct delivery *delivery = search->delivery;
    switch (delivery->about) {
    case ABOUT_TICKET:
        return delivery->ticket.set && delivery->ticket.value == number;
    case ABOUT_BUYER:
        return search->ticket_type_id != NULL &&
               strcmp(ticket->ticket_type_id, search->ticket_type_id) == 0;
    case ABOUT_ATTENDEE:
        return ticket->attendee != NULL && ticket->attendee->attendee_id != NULL &&
               strcmp(ticket->attendee->attendee_id, delivery->attendee_id) == 0;
    default:
        return true;
    }
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
        if (ticket->status != TICKET_VOID && is_wanted(search, ticket, (int64_t)i + 1))
            take(search, ticket, (int64_t)i + 1);
    }
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* As collection_fold_email() tells addresses apart, which is slow where many orders are at hand. */
static bool same_address(const void *arena, const char *one, const char *other)
{
    if (is_ascii(one) && is_ascii(other))
        return strcasecmp(one, other) == 0;
    return strcmp(collection_fold_email(arena, one), collection_fold_email(arena, other)) == 0;
}

static bool bought_by(const void *arena, const struct order *order, const struct delivery *delivery)
{
    const struct person *buyer = order->buyer;
    if (buyer == NULL)
        return false;
    if (delivery->channel == CHANNEL_EMAIL)
        return buyer->email != NULL && same_address(arena, buyer->email, delivery->address);
    return buyer->phone != NULL && strcmp(buyer->phone, delivery->address) == 0;
}

static void take_bought(void *context, const void *record)
{
    struct search *search = context;
    if (bought_by(turn_arena(search->turn), record, search->delivery))
        take_from(search, record);
}

static void take_assigned(void *context, const void *record)
{
    take_from(context, record);
}

struct letter_tickets letter_tickets(struct turn *turn, const struct delivery *delivery,
                                     const char *ticket_type_id)
{
    struct search search = {.turn = turn, .delivery = delivery, .ticket_type_id = ticket_type_id};
    const struct order *order = turn_read(turn, &collection_orders, delivery->order_id);
    if (delivery->about == ABOUT_BUYER)
        turn_each(turn, &collection_orders, delivery->event_id, take_bought, &search);
    else if (delivery->about == ABOUT_ATTENDEE)
        turn_each(turn, &collection_orders, delivery->event_id, take_assigned, &search);
    else if (delivery->about != ABOUT_UNSET && order != NULL)
        take_from(&search, order);
    return search.found;
}
