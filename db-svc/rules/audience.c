#include "db-svc/rules/audience.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/rules/decisions.h"
#include "db-svc/rules/delivery.h"
#include "db-svc/rules/letter.h"
#include "db-svc/rules/sending.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

/* One who is to get it. Of those with the same key, one gets it. */
struct target {
    const char *key, *name, *address, *locale;
    const char *attendee_id, *order_id;
    int64_t ticket;    /* of the order; 0: of none in particular */
    const char *error; /* why not; NULL: it can be tried */
};

struct targets {
    struct turn *turn;
    const struct notification *notification;
    const struct audience_page *page;
    struct target *at;
    size_t n;
    bool full;        /* what comes next is the next page's */
    size_t seen;      /* records of the page, whether they are meant or not */
    const char *last; /* of those, the last one's id */
};

static void next_page(struct turn *turn, const struct notification *notification,
                      const struct audience_page *page)
{
    const char *begin = page->pages == PAGES_HOLDERS ? "holders" : "first";
    const char *id = mem_printf(turn_arena(turn), "expand/%s/%s", notification->id,
                                page->after != NULL ? page->after : begin);
    const char *status =
        page->status != 0 ? record_enum_text(attendee_status_names, page->status) : NULL;
    turn_command(turn, "notification.expand", notification->event_id, id,
                 json_pack("{ssssssss*ss*}", "event_id", notification->event_id, "notification_id",
                           notification->id, "pages",
                           record_enum_text(audience_pages_names, (int)page->pages), "status",
                           status, "after", page->after));
}

/* Everyone's are followed by those of holders. */
static enum audience_pages first_pages(const struct audience *audience)
{
    if (audience->all.set || audience->everyone.set || audience->status != 0)
        return PAGES_ATTENDEES;
    return audience->ticket_type_id != NULL ? PAGES_ORDERS : PAGES_NAMED;
}

void audience_begin(struct turn *turn, struct notification *notification)
{
    notification->status = NOTIFICATION_SENDING;
    notification->due_at.set = false;
    next_page(turn, notification,
              &(struct audience_page){.pages = first_pages(notification->audience),
                                      .status = notification->audience->status});
    sending_tell(turn, "notification.sending", notification);
}

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

static bool consented(const struct attendee *attendee)
{
    return attendee->marketing_consent != NULL && attendee->marketing_consent->given.value;
}

/* Of everyone, who is found twice is one by the address. */
static void add_attendee(struct targets *targets, const struct attendee *attendee)
{
    bool unwanted = targets->notification->marketing.value && !consented(attendee);
    struct target target = {.key = attendee->id,
                            .attendee_id = attendee->id,
                            .error = unwanted ? "no_consent" : NULL,
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
    if (targets->n + order->tickets.n > AUDIENCE_PAGE)
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
    if (targets->n + order->tickets.n + 1 > AUDIENCE_PAGE)
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

static struct targets targets_of(struct turn *turn, const struct notification *notification,
                                 const struct audience_page *page)
{
    struct targets targets = {.turn = turn, .notification = notification, .page = page};
    targets.at = mem_array(turn_arena(turn), struct target, AUDIENCE_PAGE);
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

/* The same recipient has the same id, so that a repeat never doubles. */
static const char *delivery_id(struct turn *turn, const struct notification *notification,
                               const char *key)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    const char *text = mem_printf(turn_arena(turn), "%s/%s", notification->id, key);
    crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    char *id = mem_zeroed(turn_arena(turn), ID_SIZE);
    id_make(id, DELIVERY_PREFIX, notification->created_at, hash);
    return id;
}

void notification_expand_names(struct names *names, const struct command_body *body)
{
    const struct audience_page *page = body->request;
    const char *event_id = body->ids[ID_EVENT];
    names_id(names, &collection_notifications, body->ids[ID_NOTIFICATION]);
    if (page->pages == PAGES_ATTENDEES)
        names_page(names, &collection_attendees, event_id, page->after,
                   page->status != 0 ? record_enum_text(attendee_status_names, page->status) : NULL,
                   AUDIENCE_PAGE);
    else if (page->pages == PAGES_ORDERS)
        names_page(names, &collection_orders, event_id, page->after,
                   record_enum_text(order_status_names, ORDER_PAID), AUDIENCE_PAGE);
    else if (page->pages == PAGES_HOLDERS)
        names_page(names, &collection_orders, event_id, page->after, NULL, AUDIENCE_PAGE);
}

/* The notification, if the page is one of it and still wanted. */
static const struct notification *sending(struct turn *turn, const struct command_body *body)
{
    const struct notification *notification =
        turn_read(turn, &collection_notifications, body->ids[ID_NOTIFICATION]);
    const struct audience_page *page = body->request;
    if (notification == NULL || strcmp(notification->event_id, body->ids[ID_EVENT]) != 0 ||
        notification->status != NOTIFICATION_SENDING || notification->expanded.value)
        return NULL;
    bool own = page->pages == first_pages(notification->audience) ||
               (page->pages == PAGES_HOLDERS && notification->audience->everyone.set);
    return own ? notification : NULL;
}

void notification_expand_follows(struct names *names, struct turn *turn,
                                 const struct command_body *body)
{
    const struct notification *notification = sending(turn, body);
    if (notification == NULL)
        return;
    names_id(names, &collection_orders, notification->audience->order_id);
    for (size_t i = 0; i < notification->audience->attendees.n; i++)
        names_id(names, &collection_attendees, notification->audience->attendees.at[i]);
    const struct targets targets = targets_of(turn, notification, body->request);
    for (size_t i = 0; i < targets.n; i++)
        names_id(names, &collection_deliveries, delivery_id(turn, notification, targets.at[i].key));
}

static enum delivery_about about(const struct notification *notification,
                                 const struct target *target)
{
    if (target->ticket > 0)
        return ABOUT_TICKET;
    if (notification->audience->order_id != NULL)
        return ABOUT_ORDER;
    if (target->order_id != NULL)
        return ABOUT_BUYER;
    return target->attendee_id != NULL ? ABOUT_ATTENDEE : ABOUT_UNSET;
}

static struct notification_counts add_deliveries(struct turn *turn,
                                                 const struct notification *notification,
                                                 const struct targets *targets)
{
    struct notification_counts counts = {0};
    bool tells_tickets = letter_tells_tickets(notification);
    for (size_t i = 0; i < targets->n; i++) {
        const struct target *target = &targets->at[i];
        const char *id = delivery_id(turn, notification, target->key);
        if (turn_read(turn, &collection_deliveries, id) != NULL)
            continue;
        struct delivery *delivery = turn_add(turn, &collection_deliveries, id);
        delivery->event_id = notification->event_id;
        delivery->notification_id = notification->id;
        delivery->attendee_id = target->attendee_id;
        delivery->order_id = target->order_id;
        delivery->ticket = (struct opt_int64){target->ticket > 0, target->ticket};
        delivery->about = tells_tickets ? about(notification, target) : ABOUT_UNSET;
        delivery->recipient = target->name;
        delivery->address = target->address;
        delivery->locale = target->locale;
        delivery->channel = notification->channel;
        delivery->partition = turn_partition(turn);
        delivery->status = target->error == NULL ? DELIVERY_QUEUED : DELIVERY_SUPPRESSED;
        delivery->error = target->error;
        counts.queued += target->error == NULL;
        counts.suppressed += target->error != NULL;
        if (target->error == NULL)
            delivery_offer(turn, delivery);
    }
    return counts;
}

struct answer notification_expand(struct turn *turn, const struct command_body *body)
{
    const struct notification *notification = sending(turn, body);
    if (notification == NULL)
        return answer_none(turn);
    struct audience_page page = *(const struct audience_page *)body->request;
    const struct targets targets = targets_of(turn, notification, &page);
    const struct notification_counts counts = add_deliveries(turn, notification, &targets);
    bool more = targets.full || targets.seen == AUDIENCE_PAGE;
    if (more) {
        page.after = targets.last;
    } else if (page.pages == PAGES_ATTENDEES && notification->audience->everyone.set) {
        page = (struct audience_page){.pages = PAGES_HOLDERS};
        more = true;
    }
    if (more)
        next_page(turn, notification, &page);
    sending_count(turn, notification->id, &counts, !more);
    return answer_none(turn);
}
