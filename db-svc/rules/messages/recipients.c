#include "db-svc/rules/messages/recipients.h"

#include <string.h>

#include "db-svc/rules/messages/audience_expand.h"
#include "db-svc/rules/messages/consent.h"
#include "db-svc/rules/messages/outgoing_message.h"
#include "db-svc/rules/messages/ownership.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

static void add(struct recipients_found *targets, struct target target)
{
    if (target.address == NULL && target.error == NULL)
        target.error = "no_address";
    targets->at[targets->n++] = target;
}

static const char *address_of(const struct recipients_found *targets, const char *email,
                              const char *phone)
{
    return targets->notification->channel == CHANNEL_EMAIL ? email : phone;
}

/* Of everyone, who is found twice is one by the address. */
static void add_attendee(struct recipients_found *targets, const struct attendee *attendee)
{
    bool unwanted = targets->notification->marketing.value && !consent_given(attendee);
    struct target target = {.key = attendee->id,
                            .attendee_id = attendee->id,
                            .error = unwanted ? CONSENT_ERROR : NULL,
                            .name = attendee->name,
                            .locale = attendee->locale,
                            .address = address_of(targets, attendee->email, attendee->phone)};
    if (targets->notification->audience->everyone.set && target.address != NULL)
        target.key = text_fold_email(decision_arena(targets->decision), target.address);
    add(targets, target);
}

/* Who is not an attendee is known by the address alone: `target.key` is of one without. */
static void add_person(struct recipients_found *targets, struct target target, const char *email,
                       const char *phone)
{
    target.address = address_of(targets, email, phone);
    if (target.address != NULL)
        target.key = text_fold_email(decision_arena(targets->decision), target.address);
    add(targets, target);
}

/* The page begins after `after` and ends with the AUDIENCE_PAGEth record. Others may be loaded too,
 * but none is missing in between. */
static bool on_page(struct recipients_found *targets, const char *id)
{
    if (targets->page->after != NULL && strcmp(id, targets->page->after) <= 0)
        return false;
    if (targets->seen == AUDIENCE_PAGE)
        return false;
    targets->seen++;
    targets->last = id;
    return true;
}

static void take_attendee(void *context, const void *record)
{
    struct recipients_found *targets = context;
    const struct attendee *attendee = record;
    if (!on_page(targets, attendee->id) || attendee->erased_at.set)
        return;
    int status = targets->page->status;
    if (status != 0 ? (int)attendee->status == status : attendee->status != ATTENDEE_CANCELLED)
        add_attendee(targets, attendee);
}

static bool is_meant(const struct recipients_found *targets, const char *ticket_type_id)
{
    return strcmp(ticket_type_id, targets->notification->audience->ticket_type_id) == 0;
}

/* Its number in the order, from 1. */
static int64_t number_of(const struct order *order, const struct ticket *ticket)
{
    return ticket - order->tickets.at + 1;
}

static struct target target_of(const struct order *order, const struct ticket *ticket,
                               const struct owner *owner)
{
    return (struct target){.order_id = order->id,
                           .buyer = ticket->attendee == NULL,
                           .attendee_id = owner->attendee_id,
                           .name = owner->name,
                           .locale = owner->locale,
                           .address = owner->address};
}

/* Whose the ticket is, about this one alone. */
static void add_ticket(struct recipients_found *targets, const struct order *order,
                       const struct ticket *ticket)
{
    struct owner owner;
    if (!ownership_of(targets->decision, order, ticket, targets->notification->channel, &owner))
        return;
    struct target target = target_of(order, ticket, &owner);
    target.ticket = number_of(order, ticket);
    target.key = mem_printf(decision_arena(targets->decision), "%s/%lld", order->id,
                            (long long)target.ticket);
    add(targets, target);
}

/* An owner is one by the address; by phone who is on the list is one by the id. */
static const char *key_of(const struct recipients_found *targets, const struct owner *owner)
{
    bool by_email = targets->notification->channel == CHANNEL_EMAIL;
    if (owner->attendee_id != NULL && !by_email)
        return owner->attendee_id;
    return owner->address != NULL
               ? text_fold_email(decision_arena(targets->decision), owner->address)
               : NULL;
}

/* Whose the ticket is, about all that they have. */
static void add_owner(struct recipients_found *targets, const struct order *order,
                      const struct ticket *ticket)
{
    struct owner owner;
    if (!ownership_of(targets->decision, order, ticket, targets->notification->channel, &owner))
        return;
    struct target target = target_of(order, ticket, &owner);
    target.key = key_of(targets, &owner);
    if (target.key == NULL && ticket->attendee == NULL)
        target.key = order->id;
    else if (target.key == NULL)
        target.key = mem_printf(decision_arena(targets->decision), "%s/%lld", order->id,
                                (long long)number_of(order, ticket));
    add(targets, target);
}

typedef void add_of(struct recipients_found *targets, const struct order *order,
                    const struct ticket *ticket);

static void want_holder(const struct recipients_found *targets, const struct ticket *ticket)
{
    if (ticket->attendee != NULL)
        decision_want(targets->decision, &collection_attendees, ticket->attendee->attendee_id);
}

/* In the place of one that is added. */
static void want_instead(struct recipients_found *targets, const struct order *order,
                         const struct ticket *ticket)
{
    (void)order;
    want_holder(targets, ticket);
    targets->n++;
}

static void take_tickets(struct recipients_found *targets, const struct order *order,
                         add_of *add_one)
{
    if (targets->n + order->tickets.n > TARGETS_MAX)
        targets->full = true;
    if (targets->full || !on_page(targets, order->id) || order->status != ORDER_PAID)
        return;
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].status != TICKET_VOID &&
            is_meant(targets, order->tickets.at[i].ticket_type_id))
            add_one(targets, order, &order->tickets.at[i]);
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
static bool is_concerned(const struct recipients_found *targets, const struct order *order)
{
    enum automatic automatic = targets->notification->automatic;
    bool news = automatic == AUTOMATIC_POSTPONED || automatic == AUTOMATIC_CANCELLED;
    bool ended = order->status == ORDER_REFUNDED || order->status == ORDER_CANCELLED;
    return order->status == ORDER_PAID || (news && ended && order->tickets.n > 0 &&
                                           order->updated_at >= targets->notification->created_at);
}

static void take_holders(void *context, const void *record)
{
    struct recipients_found *targets = context;
    const struct order *order = record;
    if (targets->n + order->tickets.n + 1 > TARGETS_MAX)
        targets->full = true;
    if (targets->full || !on_page(targets, order->id) || !is_concerned(targets, order))
        return;
    const struct person *buyer = order->buyer;
    if (buyer != NULL)
        add_person(targets,
                   (struct target){.key = order->id, .name = buyer->name, .locale = buyer->locale},
                   buyer->email, buyer->phone);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        bool good = order->status != ORDER_PAID || order->tickets.at[i].status != TICKET_VOID;
        bool named = holder != NULL && holder->email != NULL; /* no longer, if erased */
        if (named && good && targets->notification->channel == CHANNEL_EMAIL)
            add_person(targets, (struct target){.name = holder->name}, holder->email, NULL);
    }
}

static void add_buyer(struct recipients_found *targets, const char *order_id,
                      const struct order *order)
{
    const struct person nobody = {0};
    const struct person *buyer = order != NULL && order->buyer != NULL ? order->buyer : &nobody;
    add(targets, (struct target){.key = order_id,
                                 .order_id = order_id,
                                 .buyer = true,
                                 .error = order == NULL ? "no_order" : NULL,
                                 .name = buyer->name,
                                 .locale = buyer->locale,
                                 .address = address_of(targets, buyer->email, buyer->phone)});
}

static bool is_buyers(const struct recipients_found *targets, const struct order *order,
                      const struct ticket_holder *holder)
{
    const struct person *buyer = order->buyer;
    return targets->notification->channel == CHANNEL_EMAIL && buyer != NULL &&
           holder->email != NULL &&
           ownership_same_address(decision_arena(targets->decision), holder->email, buyer->email);
}

/* The buyer and, of what tells of tickets, whoever else has some. */
static void take_order(struct recipients_found *targets, const char *order_id)
{
    const struct order *order = decision_read(targets->decision, &collection_orders, order_id);
    add_buyer(targets, order_id, order);
    if (order == NULL || order->status != ORDER_PAID ||
        !outgoing_message_tells_tickets(targets->notification))
        return;
    for (size_t i = 0; i < order->tickets.n; i++)
        want_holder(targets, &order->tickets.at[i]);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket *ticket = &order->tickets.at[i];
        if (ticket->status != TICKET_VOID && ticket->attendee != NULL &&
            !is_buyers(targets, order, ticket->attendee))
            add_owner(targets, order, ticket);
    }
}

/* The owner of one ticket; if that is nobody, it is told. */
static void take_ticket(struct recipients_found *targets, const char *order_id, int64_t number)
{
    const struct order *order = decision_read(targets->decision, &collection_orders, order_id);
    size_t before = targets->n;
    bool there = order != NULL && order->status == ORDER_PAID &&
                 number <= (int64_t)order->tickets.n &&
                 order->tickets.at[number - 1].status != TICKET_VOID;
    if (there)
        add_ticket(targets, order, &order->tickets.at[number - 1]);
    if (targets->n == before)
        add(targets, (struct target){.key = order_id,
                                     .order_id = order_id,
                                     .ticket = number,
                                     .error = LETTER_POINTLESS_ERROR});
}

static void take_named(struct recipients_found *targets)
{
    const struct audience *audience = targets->notification->audience;
    if (audience->ticket.set)
        take_ticket(targets, audience->order_id, audience->ticket.value);
    else if (audience->order_id != NULL)
        take_order(targets, audience->order_id);
    for (size_t i = 0; i < audience->attendees.n; i++)
        decision_want(targets->decision, &collection_attendees, audience->attendees.at[i]);
    for (size_t i = 0; i < audience->attendees.n; i++) {
        const char *id = audience->attendees.at[i];
        const struct attendee *attendee =
            decision_read(targets->decision, &collection_attendees, id);
        if (attendee != NULL && strcmp(attendee->event_id, targets->notification->event_id) == 0)
            add_attendee(targets, attendee);
        else
            add(targets, (struct target){.key = id, .error = "no_attendee"});
    }
    for (size_t i = 0; i < audience->recipients.n; i++) {
        const struct recipient *recipient = &audience->recipients.at[i];
        const char *key = mem_printf(decision_arena(targets->decision), "recipient/%zu", i);
        add_person(
            targets,
            (struct target){.key = key, .name = recipient->name, .locale = recipient->locale},
            recipient->email, recipient->phone);
    }
}

static void take_attendees(struct recipients_found *targets)
{
    int status = targets->page->status;
    const struct store_page page = {
        .collection = &collection_attendees,
        .event_id = targets->notification->event_id,
        .after = targets->page->after,
        .status = status != 0 ? record_enum_text(attendee_status_names, status) : NULL,
        .limit = AUDIENCE_PAGE};
    decision_each(targets->decision, &page, 1, take_attendee, targets);
}

/* `status` NULL: of any. */
static struct store_page orders_page(const struct recipients_found *targets, const char *status)
{
    return (struct store_page){.collection = &collection_orders,
                               .event_id = targets->notification->event_id,
                               .after = targets->page->after,
                               .status = status,
                               .limit = AUDIENCE_PAGE};
}

static void take_sold(struct recipients_found *targets)
{
    bool per_ticket = targets->notification->per == PER_TICKET;
    const struct store_page page =
        orders_page(targets, record_enum_text(order_status_names, ORDER_PAID));
    struct recipients_found wanted = *targets; /* for it counts what it finds */
    decision_each(targets->decision, &page, 1, want_holders, &wanted);
    decision_each(targets->decision, &page, 1, per_ticket ? take_each_ticket : take_owners,
                  targets);
}

static void take_everyones(struct recipients_found *targets)
{
    const struct store_page page = orders_page(targets, NULL);
    decision_each(targets->decision, &page, 1, take_holders, targets);
}

struct recipients_found recipients_of(struct decision *decision,
                                      const struct notification *notification,
                                      const struct audience_page *page)
{
    struct recipients_found targets = {
        .decision = decision, .notification = notification, .page = page};
    targets.at = mem_array(decision_arena(decision), struct target, TARGETS_MAX);
    if (page->pages == PAGES_ATTENDEES)
        take_attendees(&targets);
    else if (page->pages == PAGES_ORDERS)
        take_sold(&targets);
    else if (page->pages == PAGES_HOLDERS)
        take_everyones(&targets);
    else
        take_named(&targets);
    return targets;
}
