#include "db-svc/rules/messages/targets.h"

#include <string.h>

#include "db-svc/rules/messages/audience.h"
#include "db-svc/rules/messages/consent.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

static void add(struct targets *targets, struct target target)
{
    if (target.address == NULL && target.error == NULL)
        target.error = "no_address";
    targets->at[targets->n++] = target;
}

static const char *address_of(const struct targets *targets, const char *email, const char *phone)
{
    return targets->notification->channel == CHANNEL_EMAIL ? email : phone;
}

/* Of everyone, who is found twice is one by the address. */
static void add_attendee(struct targets *targets, const struct attendee *attendee)
{
    bool unwanted = targets->notification->marketing.value && !consent_given(attendee);
    struct target target = {.key = attendee->id,
                            .attendee_id = attendee->id,
                            .error = unwanted ? CONSENT_ERROR : NULL,
                            .name = attendee->name,
                            .locale = attendee->locale,
                            .address = address_of(targets, attendee->email, attendee->phone)};
    if (targets->notification->audience->everyone.set && target.address != NULL)
        target.key = text_fold_email(turn_arena(targets->turn), target.address);
    add(targets, target);
}

/* Who is not an attendee is known by the address alone: `target.key` is of one without. */
static void add_person(struct targets *targets, struct target target, const char *email,
                       const char *phone)
{
    target.address = address_of(targets, email, phone);
    if (target.address != NULL)
        target.key = text_fold_email(turn_arena(targets->turn), target.address);
    add(targets, target);
}

/* The page begins after `after` and ends with the AUDIENCE_PAGEth record. Others may be loaded too,
 * but none is missing in between. */
static bool on_page(struct targets *targets, const char *id)
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
    struct targets *targets = context;
    const struct attendee *attendee = record;
    if (!on_page(targets, attendee->id) || attendee->erased_at.set)
        return;
    int status = targets->page->status;
    if (status != 0 ? (int)attendee->status == status : attendee->status != ATTENDEE_CANCELLED)
        add_attendee(targets, attendee);
}

static bool is_meant(const struct targets *targets, const char *ticket_type_id)
{
    return strcmp(ticket_type_id, targets->notification->audience->ticket_type_id) == 0;
}

/* Who it is for, or else who bought it. */
static void add_ticket(struct targets *targets, const struct order *order, size_t index)
{
    const struct ticket *ticket = &order->tickets.at[index];
    bool held = ticket->attendee != NULL && ticket->attendee->email != NULL &&
                targets->notification->channel == CHANNEL_EMAIL;
    const struct person nobody = {0}, *buyer = order->buyer != NULL ? order->buyer : &nobody;
    int64_t number = (int64_t)index + 1;
    if (order->buyer == NULL && !held)
        return;
    add(targets,
        (struct target){
            .key = mem_printf(turn_arena(targets->turn), "%s/%lld", order->id, (long long)number),
            .order_id = order->id,
            .ticket = number,
            .name = held ? ticket->attendee->name : buyer->name,
            .locale = buyer->locale,
            .address =
                held ? ticket->attendee->email : address_of(targets, buyer->email, buyer->phone)});
}

static void take_tickets(void *context, const void *record)
{
    struct targets *targets = context;
    const struct order *order = record;
    if (targets->n + order->tickets.n > TARGETS_MAX)
        targets->full = true;
    if (targets->full || !on_page(targets, order->id) || order->status != ORDER_PAID)
        return;
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].status != TICKET_VOID &&
            is_meant(targets, order->tickets.at[i].ticket_type_id))
            add_ticket(targets, order, i);
}

static void take_buyer(void *context, const void *record)
{
    struct targets *targets = context;
    const struct order *order = record;
    if (!on_page(targets, order->id) || order->status != ORDER_PAID || order->buyer == NULL)
        return;
    bool has = false;
    for (size_t i = 0; i < order->items.n; i++)
        has = has || is_meant(targets, order->items.at[i].ticket_type_id);
    if (has)
        add_person(targets,
                   (struct target){.key = order->id,
                                   .order_id = order->id,
                                   .name = order->buyer->name,
                                   .locale = order->buyer->locale},
                   order->buyer->email, order->buyer->phone);
}

/* Paid; or of news of the event, ended since: who was refunded so fast hears of it all the same. */
static bool is_concerned(const struct targets *targets, const struct order *order)
{
    enum automatic automatic = targets->notification->automatic;
    bool news = automatic == AUTOMATIC_POSTPONED || automatic == AUTOMATIC_CANCELLED;
    bool ended = order->status == ORDER_REFUNDED || order->status == ORDER_CANCELLED;
    return order->status == ORDER_PAID || (news && ended && order->tickets.n > 0 &&
                                           order->updated_at >= targets->notification->created_at);
}

static void take_holders(void *context, const void *record)
{
    struct targets *targets = context;
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

/* The buyer of one order. */
static void take_order(struct targets *targets, const char *order_id)
{
    const struct order *order = turn_read(targets->turn, &collection_orders, order_id);
    const struct person nobody = {0};
    const struct person *buyer = order != NULL && order->buyer != NULL ? order->buyer : &nobody;
    add(targets, (struct target){.key = order_id,
                                 .order_id = order_id,
                                 .error = order == NULL ? "no_order" : NULL,
                                 .name = buyer->name,
                                 .locale = buyer->locale,
                                 .address = address_of(targets, buyer->email, buyer->phone)});
}

static void take_named(struct targets *targets)
{
    const struct audience *audience = targets->notification->audience;
    if (audience->order_id != NULL)
        take_order(targets, audience->order_id);
    for (size_t i = 0; i < audience->attendees.n; i++) {
        const char *id = audience->attendees.at[i];
        const struct attendee *attendee = turn_read(targets->turn, &collection_attendees, id);
        if (attendee != NULL && strcmp(attendee->event_id, targets->notification->event_id) == 0)
            add_attendee(targets, attendee);
        else
            add(targets, (struct target){.key = id, .error = "no_attendee"});
    }
    for (size_t i = 0; i < audience->recipients.n; i++) {
        const struct recipient *recipient = &audience->recipients.at[i];
        const char *key = mem_printf(turn_arena(targets->turn), "recipient/%zu", i);
        add_person(
            targets,
            (struct target){.key = key, .name = recipient->name, .locale = recipient->locale},
            recipient->email, recipient->phone);
    }
}

struct targets targets_of(struct turn *turn, const struct notification *notification,
                          const struct audience_page *page)
{
    struct targets targets = {.turn = turn, .notification = notification, .page = page};
    targets.at = mem_array(turn_arena(turn), struct target, TARGETS_MAX);
    if (page->pages == PAGES_ATTENDEES)
        turn_each(turn, &collection_attendees, notification->event_id, take_attendee, &targets);
    else if (page->pages == PAGES_ORDERS)
        turn_each(turn, &collection_orders, notification->event_id,
                  notification->per == PER_TICKET ? take_tickets : take_buyer, &targets);
    else if (page->pages == PAGES_HOLDERS)
        turn_each(turn, &collection_orders, notification->event_id, take_holders, &targets);
    else
        take_named(&targets);
    return targets;
}
