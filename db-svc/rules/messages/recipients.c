#include "db-svc/rules/messages/recipients.h"

#include <string.h>

#include "db-svc/rules/attendee_key.h"
#include "db-svc/rules/messages/audience_expand.h"
#include "db-svc/rules/messages/consent.h"
#include "db-svc/rules/messages/order_filter.h"
#include "db-svc/rules/messages/outgoing_message.h"
#include "db-svc/rules/messages/ownership.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

static void add(struct recipients_found *found, struct addressee addressee)
{
    if (addressee.address == NULL && addressee.error == NULL)
        addressee.error = "no_address";
    found->at[found->n++] = addressee;
}

static const char *address_of(const struct recipients_found *found, struct contacts contacts)
{
    return channel_address(found->notification->channel, contacts);
}

/* A person is one by the address and, where the event lets people share it, by the name. */
static const char *person_key(const struct recipients_found *found, const char *address,
                              const char *name)
{
    const void *arena = decision_arena(found->decision);
    const char *folded = text_fold_email(arena, address);
    bool shared = attendee_key_shared(found->decision, found->notification->event_id);
    return shared && name != NULL ? mem_printf(arena, "%s %s", folded, text_fold(arena, name, true))
                                  : folded;
}

/* In an audience of everyone, a person who is found twice is one by the address. */
static void add_attendee(struct recipients_found *found, const struct attendee *attendee)
{
    bool unwanted = found->notification->marketing.value && !consent_given(attendee);
    struct addressee addressee = {.key = attendee->id,
                                  .attendee_id = attendee->id,
                                  .error = unwanted ? CONSENT_ERROR : NULL,
                                  .name = attendee->name,
                                  .locale = attendee->locale,
                                  .address = address_of(found, CONTACTS_OF(attendee))};
    if (found->notification->audience->everyone.set && addressee.address != NULL)
        addressee.key = person_key(found, addressee.address, addressee.name);
    add(found, addressee);
}

/* A person who is not an attendee is known by the address alone: `target.key` is of one without. */
static void add_person(struct recipients_found *found, struct addressee addressee,
                       struct contacts contacts)
{
    addressee.address = address_of(found, contacts);
    if (addressee.address != NULL)
        addressee.key = person_key(found, addressee.address, addressee.name);
    add(found, addressee);
}

/* The page begins after `after` and ends with the AUDIENCE_PAGEth record. Others may be loaded too,
 * but none is missing in between. */
static bool on_page(struct recipients_found *found, const char *id)
{
    if (found->page->after != NULL && strcmp(id, found->page->after) <= 0)
        return false;
    if (found->seen == AUDIENCE_PAGE)
        return false;
    found->seen++;
    found->last = id;
    return true;
}

static void take_attendee(void *context, const void *record)
{
    struct recipients_found *found = context;
    const struct attendee *attendee = record;
    if (!on_page(found, attendee->id) || attendee->erased_at.set)
        return;
    int status = found->page->status;
    if (status != 0 ? (int)attendee->status == status : attendee->status != ATTENDEE_CANCELLED)
        add_attendee(found, attendee);
}

static bool is_meant(const struct recipients_found *found, const char *ticket_type_id)
{
    return strcmp(ticket_type_id, found->notification->audience->ticket_type_id) == 0;
}

/* Its number in the order, from 1. */
static int64_t number_of(const struct order *order, const struct ticket *ticket)
{
    return ticket - order->tickets.at + 1;
}

static struct addressee addressee_of(const struct order *order, const struct ticket *ticket,
                                     const struct owner *owner)
{
    return (struct addressee){.order_id = order->id,
                              .buyer = ticket->attendee == NULL,
                              .attendee_id = owner->attendee_id,
                              .name = owner->name,
                              .locale = owner->locale,
                              .address = owner->address};
}

/* The holder of the ticket, told of this one alone. */
static void add_ticket(struct recipients_found *found, const struct order *order,
                       const struct ticket *ticket)
{
    struct owner owner;
    if (!ownership_of(found->decision, order, ticket, found->notification->channel, &owner))
        return;
    struct addressee addressee = addressee_of(order, ticket, &owner);
    addressee.ticket = number_of(order, ticket);
    addressee.key = mem_printf(decision_arena(found->decision), "%s/%lld", order->id,
                               (long long)addressee.ticket);
    add(found, addressee);
}

/* An owner is one by the address; by phone who is on the list is one by the id. */
static const char *key_of(const struct recipients_found *found, const struct owner *owner)
{
    bool one_person = channel_traits[found->notification->channel].one_person;
    if (owner->attendee_id != NULL && !one_person)
        return owner->attendee_id;
    return owner->address != NULL ? text_fold_email(decision_arena(found->decision), owner->address)
                                  : NULL;
}

/* The holder of the ticket, told of all tickets of theirs. */
static void add_owner(struct recipients_found *found, const struct order *order,
                      const struct ticket *ticket)
{
    struct owner owner;
    if (!ownership_of(found->decision, order, ticket, found->notification->channel, &owner))
        return;
    struct addressee addressee = addressee_of(order, ticket, &owner);
    addressee.key = key_of(found, &owner);
    if (addressee.key == NULL && ticket->attendee == NULL)
        addressee.key = order->id;
    else if (addressee.key == NULL)
        addressee.key = mem_printf(decision_arena(found->decision), "%s/%lld", order->id,
                                   (long long)number_of(order, ticket));
    add(found, addressee);
}

typedef void add_of(struct recipients_found *found, const struct order *order,
                    const struct ticket *ticket);

static void want_holder(const struct recipients_found *found, const struct ticket *ticket)
{
    if (ticket->attendee != NULL)
        decision_want(found->decision, &collection_attendees, ticket->attendee->attendee_id);
}

/* In the place of one that is added. */
static void want_instead(struct recipients_found *found, const struct order *order,
                         const struct ticket *ticket)
{
    (void)order;
    want_holder(found, ticket);
    found->n++;
}

static void take_tickets(struct recipients_found *found, const struct order *order, add_of *add_one)
{
    if (found->n + order->tickets.n > ADDRESSEES_MAX)
        found->full = true;
    if (found->full || !on_page(found, order->id) || order->status != ORDER_PAID)
        return;
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].status != TICKET_VOID &&
            is_meant(found, order->tickets.at[i].ticket_type_id))
            add_one(found, order, &order->tickets.at[i]);
}

static void want_holders(void *context, const void *record)
{
    take_tickets(context, record, want_instead);
}

static void take_each_ticket(void *context, const void *record)
{
    take_tickets(context, record, add_ticket);
}

static void take_owners(void *context, const void *record)
{
    take_tickets(context, record, add_owner);
}

/* Paid; or of news of the event, ended since: who was refunded so fast hears of it all the same. */
static bool is_concerned(const struct recipients_found *found, const struct order *order)
{
    enum automatic automatic = found->notification->automatic;
    bool news = automatic == AUTOMATIC_POSTPONED || automatic == AUTOMATIC_CANCELLED;
    bool ended = order->status == ORDER_REFUNDED || order->status == ORDER_CANCELLED;
    return order->status == ORDER_PAID || (news && ended && order->tickets.n > 0 &&
                                           order->updated_at >= found->notification->created_at);
}

static void take_holders(void *context, const void *record)
{
    struct recipients_found *found = context;
    const struct order *order = record;
    if (found->n + order->tickets.n + 1 > ADDRESSEES_MAX)
        found->full = true;
    if (found->full || !on_page(found, order->id) || !is_concerned(found, order))
        return;
    const struct person *buyer = order->buyer;
    if (buyer != NULL)
        add_person(
            found,
            (struct addressee){.key = order->id, .name = buyer->name, .locale = buyer->locale},
            CONTACTS_OF(buyer));
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        bool good = order->status != ORDER_PAID || order->tickets.at[i].status != TICKET_VOID;
        const struct contacts contacts = {holder != NULL ? holder->email : NULL, NULL};
        if (good && address_of(found, contacts) != NULL) /* no longer, if erased */
            add_person(found, (struct addressee){.name = holder->name}, contacts);
    }
}

static void add_buyer(struct recipients_found *found, const char *order_id,
                      const struct order *order)
{
    const struct person nobody = {0};
    const struct person *buyer = order != NULL && order->buyer != NULL ? order->buyer : &nobody;
    add(found, (struct addressee){.key = order_id,
                                  .order_id = order_id,
                                  .buyer = true,
                                  .error = order == NULL ? "no_order" : NULL,
                                  .name = buyer->name,
                                  .locale = buyer->locale,
                                  .address = address_of(found, CONTACTS_OF(buyer))});
}

static bool is_buyers(const struct recipients_found *found, const struct order *order,
                      const struct ticket_holder *holder)
{
    const struct person *buyer = order->buyer;
    return channel_is_by_email(found->notification->channel) && buyer != NULL &&
           holder->email != NULL &&
           ownership_same_address(decision_arena(found->decision), holder->email, buyer->email);
}

/* The buyer and, if the message shows tickets, their other holders; but these are sent each ticket
 * by itself when it becomes theirs, and no mail for the buyer. */
static void take_order(struct recipients_found *found, const char *order_id)
{
    const struct order *order = decision_read(found->decision, &collection_orders, order_id);
    add_buyer(found, order_id, order);
    if (order == NULL || order->status != ORDER_PAID ||
        found->notification->automatic == AUTOMATIC_TICKETS ||
        !outgoing_message_shows_tickets(found->decision, found->notification))
        return;
    for (size_t i = 0; i < order->tickets.n; i++)
        want_holder(found, &order->tickets.at[i]);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        if (ticket->status != TICKET_VOID && ticket->attendee != NULL &&
            !is_buyers(found, order, ticket->attendee))
            add_owner(found, order, ticket);
    }
}

/* Whether the order is on the page, fits and has room on it. */
static bool is_found(struct recipients_found *found, const struct order *order)
{
    if (found->n + order->tickets.n + 1 > ADDRESSEES_MAX)
        found->full = true;
    return !found->full && on_page(found, order->id) &&
           order_filter_fits(found->notification->audience->orders, order);
}

static void want_found(void *context, const void *record)
{
    struct recipients_found *found = context;
    const struct order *order = record;
    if (!is_found(found, order))
        return;
    found->n++;
    for (size_t i = 0; i < order->tickets.n; i++)
        want_instead(found, order, &order->tickets.at[i]);
}

static void take_found(void *context, const void *record)
{
    const struct order *order = record;
    if (is_found(context, order))
        take_order(context, order->id);
}

/* The owner of one ticket; if that is nobody, it is told. */
static void take_ticket(struct recipients_found *found, const char *order_id, int64_t number)
{
    const struct order *order = decision_read(found->decision, &collection_orders, order_id);
    size_t before = found->n;
    bool there = order != NULL && order->status == ORDER_PAID &&
                 number <= (int64_t)order->tickets.n &&
                 order->tickets.at[number - 1].status != TICKET_VOID;
    if (there)
        add_ticket(found, order, &order->tickets.at[number - 1]);
    if (found->n == before)
        add(found, (struct addressee){.key = order_id,
                                      .order_id = order_id,
                                      .ticket = number,
                                      .error = OUTGOING_MESSAGE_POINTLESS_ERROR});
}

static void take_named(struct recipients_found *found)
{
    const struct audience *audience = found->notification->audience;
    if (audience->ticket.set)
        take_ticket(found, audience->order_id, audience->ticket.value);
    else if (audience->order_id != NULL)
        take_order(found, audience->order_id);
    for (size_t i = 0; i < audience->attendees.n; i++)
        decision_want(found->decision, &collection_attendees, audience->attendees.at[i]);
    for (size_t i = 0; i < audience->attendees.n; i++) {
        const char *id = audience->attendees.at[i];
        const struct attendee *attendee = decision_read(found->decision, &collection_attendees, id);
        if (attendee != NULL && strcmp(attendee->event_id, found->notification->event_id) == 0)
            add_attendee(found, attendee);
        else
            add(found, (struct addressee){.key = id, .error = "no_attendee"});
    }
    for (size_t i = 0; i < audience->recipients.n; i++) {
        const struct recipient *recipient = &audience->recipients.at[i];
        const char *key = mem_printf(decision_arena(found->decision), "recipient/%zu", i);
        add_person(
            found,
            (struct addressee){.key = key, .name = recipient->name, .locale = recipient->locale},
            CONTACTS_OF(recipient));
    }
}

static void take_attendees(struct recipients_found *found)
{
    int status = found->page->status;
    const struct store_page page = {
        .collection = &collection_attendees,
        .event_id = found->notification->event_id,
        .after = found->page->after,
        .status = status != 0 ? record_enum_text(attendee_status_names, status) : NULL,
        .limit = AUDIENCE_PAGE};
    decision_each(found->decision, &page, 1, take_attendee, found);
}

/* `status` NULL: of any. */
static struct store_page orders_page(const struct recipients_found *found, const char *status)
{
    return (struct store_page){.collection = &collection_orders,
                               .event_id = found->notification->event_id,
                               .after = found->page->after,
                               .status = status,
                               .limit = AUDIENCE_PAGE};
}

static void take_sold(struct recipients_found *found)
{
    bool per_ticket = found->notification->per == PER_TICKET;
    const struct store_page page =
        orders_page(found, record_enum_text(order_status_names, ORDER_PAID));
    struct recipients_found wanted = *found; /* for it counts what it finds */
    decision_each(found->decision, &page, 1, want_holders, &wanted);
    decision_each(found->decision, &page, 1, per_ticket ? take_each_ticket : take_owners, found);
}

static void take_everyones(struct recipients_found *found)
{
    const struct store_page page = orders_page(found, NULL);
    decision_each(found->decision, &page, 1, take_holders, found);
}

static void take_filtered(struct recipients_found *found)
{
    int status = found->notification->audience->orders->status;
    const struct store_page page =
        orders_page(found, status != 0 ? record_enum_text(order_status_names, status) : NULL);
    struct recipients_found wanted = *found;
    decision_each(found->decision, &page, 1, want_found, &wanted);
    decision_each(found->decision, &page, 1, take_found, found);
}

struct recipients_found recipients_of(struct decision *decision,
                                      const struct notification *notification,
                                      const struct audience_page *page)
{
    struct recipients_found found = {
        .decision = decision, .notification = notification, .page = page};
    found.at = mem_array(decision_arena(decision), struct addressee, ADDRESSEES_MAX);
    if (page->pages == PAGES_ATTENDEES)
        take_attendees(&found);
    else if (page->pages == PAGES_ORDERS)
        take_sold(&found);
    else if (page->pages == PAGES_HOLDERS)
        take_everyones(&found);
    else if (page->pages == PAGES_FOUND)
        take_filtered(&found);
    else
        take_named(&found);
    return found;
}
