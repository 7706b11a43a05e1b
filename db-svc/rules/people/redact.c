#include "db-svc/rules/people/redact.h"

#include <string.h>

#include "db-svc/rules/messages/notification_progress.h"
#include "db-svc/rules/sales/buyer_quota.h"
#include "db-svc/rules/people/audit_trail.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/record/personal.h"

/* In the place of a text that was for the person alone: one must be there. */
#define ERASED_TEXT "(erased)"

static bool add(struct redact *redact, struct texts *texts, const char *text)
{
    if (text == NULL || texts_have(texts, text))
        return false;
    const char **at = mem_array(decision_arena(redact->decision), const char *, texts->n + 1);
    if (texts->n > 0)
        memcpy(at, texts->at, texts->n * sizeof *at);
    at[texts->n] = text;
    *texts = (struct texts){at, texts->n + 1};
    return true;
}

void redact_seek_phone(struct redact *redact, const char *phone)
{
    redact->learned |= add(redact, &redact->erasure->phones, phone);
}

/* Nobody is found by a name alone: it is what texts are searched for. */
void redact_seek_name(struct redact *redact, const char *name)
{
    if (name != NULL)
        (void)add(redact, &redact->erasure->names,
                  text_fold(decision_arena(redact->decision), name, true));
}

void redact_seek_attendee(struct redact *redact, const char *attendee_id)
{
    redact->learned |= add(redact, &redact->erasure->attendee_ids, attendee_id);
}

static bool is_email(const struct redact *redact, const char *email)
{
    return email != NULL && strcmp(collection_fold_email(decision_arena(redact->decision), email),
                                   redact->erasure->email) == 0;
}

static bool is_phone(const struct redact *redact, const char *phone)
{
    return texts_have(&redact->erasure->phones, phone);
}

static bool is_attendee(const struct redact *redact, const char *attendee_id)
{
    return texts_have(&redact->erasure->attendee_ids, attendee_id);
}

/* Of several people with the address, who is on the list under another name is another. */
static bool is_another(const struct redact *redact, const struct attendee *attendee)
{
    const struct erasure *erasure = redact->erasure;
    return erasure->shared_address.value && attendee->name != NULL &&
           !texts_have(&erasure->names,
                       text_fold(decision_arena(redact->decision), attendee->name, true));
}

/* Whether a record with the address is known to be another's, who has it too. */
static bool is_anothers(const struct redact *redact, const char *attendee_id)
{
    return redact->erasure->shared_address.value && attendee_id != NULL &&
           !is_attendee(redact, attendee_id);
}

static bool was_there(const struct redact *redact, int64_t created_at)
{
    return created_at <= redact->erasure->created_at;
}

static struct opt_time now(const struct redact *redact)
{
    return (struct opt_time){true, decision_now(redact->decision)};
}

/* ---- attendees */

bool redact_names_attendee(const struct redact *redact, const struct attendee *attendee)
{
    return !attendee->erased_at.set && was_there(redact, attendee->created_at) &&
           (is_attendee(redact, attendee->id) ||
            (is_email(redact, attendee->email) && !is_another(redact, attendee)));
}

void redact_attendee(struct redact *redact, const struct attendee *was)
{
    struct decision *decision = redact->decision;
    struct attendee *attendee = decision_edit(decision, &collection_attendees, was->id);
    redact_seek_attendee(redact, was->id);
    redact_seek_phone(redact, was->phone);
    redact_seek_name(redact, was->name);
    record_redact(decision_arena(decision), &attendee_record, attendee, NULL);
    attendee->erased_at = now(redact);
    attendee->erasure_id = redact->erasure->id;
    redact->erasure->attendees++;
    audit_trail_changed(decision, attendee);
    decision_forget(decision, was->id);
    decision_fact(decision, "attendee.erased",
                  &(struct fact_body){.event_id = was->event_id, .attendee_id = was->id});
}

/* ---- orders */

static bool is_buyer(const struct redact *redact, const struct order *order)
{
    return order->buyer != NULL && is_email(redact, order->buyer->email);
}

static bool is_holder(const struct redact *redact, const struct ticket *ticket)
{
    const struct ticket_holder *holder = ticket->attendee;
    return holder != NULL && holder->email != NULL &&
           (is_attendee(redact, holder->attendee_id) ||
            (is_email(redact, holder->email) && !is_anothers(redact, holder->attendee_id)));
}

const char *redact_hash(const struct redact *redact)
{
    char *hash = mem_zeroed(decision_arena(redact->decision), BUYER_QUOTA_ID_SIZE);
    buyer_quota_id(hash, redact->erasure->event_id, redact->erasure->email);
    return hash;
}

bool redact_names_order(const struct redact *redact, const struct order *order)
{
    if (!was_there(redact, order->created_at))
        return false;
    for (size_t i = 0; i < order->tickets.n; i++)
        if (is_holder(redact, &order->tickets.at[i]))
            return true;
    return is_buyer(redact, order) ||
           (order->past_holders.n > 0 && texts_have(&order->past_holders, redact_hash(redact)));
}

static void erase_buyer(struct redact *redact, struct order *order)
{
    redact_seek_phone(redact, order->buyer->phone);
    redact_seek_name(redact, order->buyer->name);
    order->tally = buyer_quota_of(redact->decision, order->event_id, order);
    record_redact(decision_arena(redact->decision), &order_record, order, NULL);
    order->erased_at = now(redact);
    order->erasure_id = redact->erasure->id;
    decision_fact(redact->decision, "order.erased",
                  &(struct fact_body){.event_id = order->event_id, .order_id = order->id});
}

/* The holder stays known by id, or at least as another than the buyer. */
static struct ticket_holder *without_name(const struct redact *redact,
                                          const struct ticket_holder *was)
{
    const void *arena = decision_arena(redact->decision);
    struct ticket_holder *holder = mem_dup(arena, was, sizeof *was);
    record_redact(arena, &ticket_holder_record, holder, NULL);
    return holder;
}

/* Tickets that are nobody's in particular are the buyer's. */
static void erase_holders(struct redact *redact, struct order *order, bool with_buyers)
{
    if (order->tickets.n == 0)
        return;
    struct ticket *tickets = mem_dup(decision_arena(redact->decision), order->tickets.at,
                                     order->tickets.n * sizeof *order->tickets.at);
    for (size_t i = 0; i < order->tickets.n; i++)
        if (is_holder(redact, &tickets[i])) {
            redact_seek_name(redact, tickets[i].attendee->name);
            tickets[i].attendee = without_name(redact, tickets[i].attendee);
            tickets[i].answers = (struct string_map){0};
        } else if (with_buyers && tickets[i].attendee == NULL) {
            tickets[i].answers = (struct string_map){0};
        }
    order->tickets.at = tickets;
}

static void erase_past_holder(struct redact *redact, struct order *order)
{
    const char *hash = redact_hash(redact);
    struct texts left = {
        .at = mem_array(decision_arena(redact->decision), const char *, order->past_holders.n + 1)};
    for (size_t i = 0; i < order->past_holders.n; i++)
        if (strcmp(order->past_holders.at[i], hash) != 0)
            left.at[left.n++] = order->past_holders.at[i];
    order->past_holders = left;
}

void redact_order(struct redact *redact, const struct order *was)
{
    struct order *order = decision_edit(redact->decision, &collection_orders, was->id);
    bool buyer = is_buyer(redact, was);
    if (buyer)
        erase_buyer(redact, order);
    erase_holders(redact, order, buyer);
    erase_past_holder(redact, order);
    redact->erasure->orders++;
    decision_forget(redact->decision, was->id);
}

/* ---- deliveries */

/* A phone alone may be a family's: who is known to be another attendee keeps it. */
bool redact_names_delivery(const struct redact *redact, const struct delivery *delivery)
{
    return !delivery->erased_at.set && was_there(redact, delivery->created_at) &&
           (is_attendee(redact, delivery->attendee_id) ||
            (is_email(redact, delivery->address) && !is_anothers(redact, delivery->attendee_id)) ||
            (is_phone(redact, delivery->address) && delivery->attendee_id == NULL));
}

static void stop_sending(struct redact *redact, struct delivery *delivery)
{
    delivery->status = DELIVERY_SUPPRESSED;
    delivery->due_at.set = false;
    delivery->claim = NULL;
    notification_progress_count(redact->decision, delivery->notification_id,
                                &(struct notification_counts){.queued = -1, .suppressed = 1},
                                false);
}

void redact_delivery(struct redact *redact, const struct delivery *was)
{
    struct delivery *delivery = decision_edit(redact->decision, &collection_deliveries, was->id);
    bool open = was->status == DELIVERY_QUEUED || was->status == DELIVERY_SENDING;
    record_redact(decision_arena(redact->decision), &delivery_record, delivery, NULL);
    delivery->error = open ? "erased" : NULL;
    delivery->erased_at = now(redact);
    if (open)
        stop_sending(redact, delivery);
    redact->erasure->deliveries++;
    decision_forget(redact->decision, was->id);
}

/* ---- notifications */

static bool is_recipient(const struct redact *redact, const struct recipient *recipient)
{
    return recipient->email != NULL ? is_email(redact, recipient->email)
                                    : is_phone(redact, recipient->phone);
}

static bool is_for_alone(const struct redact *redact, const struct notification *notification)
{
    const struct audience *audience = notification->audience;
    if (notification->erased_at.set || audience->attendees.n + audience->recipients.n != 1)
        return false;
    return audience->attendees.n == 1 ? is_attendee(redact, audience->attendees.at[0])
                                      : is_recipient(redact, &audience->recipients.at[0]);
}

bool redact_names_notification(const struct redact *redact, const struct notification *notification)
{
    const struct audience *audience = notification->audience;
    if (audience == NULL || !was_there(redact, notification->created_at))
        return false;
    for (size_t i = 0; i < audience->recipients.n; i++)
        if (is_recipient(redact, &audience->recipients.at[i]))
            return true;
    return is_for_alone(redact, notification);
}

/* A recipient without name and address stays, so that the others keep their places. */
static struct audience *without(const struct redact *redact, const struct audience *was)
{
    const void *arena = decision_arena(redact->decision);
    struct audience *audience = mem_dup(arena, was, sizeof *was);
    if (was->recipients.n == 0)
        return audience;
    struct recipient *recipients =
        mem_dup(arena, was->recipients.at, was->recipients.n * sizeof *was->recipients.at);
    for (size_t i = 0; i < was->recipients.n; i++)
        if (is_recipient(redact, &recipients[i]))
            record_redact(arena, &recipient_record, &recipients[i], NULL);
    audience->recipients.at = recipients;
    return audience;
}

void redact_notification(struct redact *redact, const struct notification *was)
{
    struct notification *notification =
        decision_edit(redact->decision, &collection_notifications, was->id);
    if (is_for_alone(redact, was)) {
        record_redact(decision_arena(redact->decision), &notification_record, notification,
                      ERASED_TEXT);
        notification->erased_at = now(redact);
    }
    notification->audience = without(redact, was->audience);
    redact->erasure->notifications++;
    decision_forget(redact->decision, was->id);
}
