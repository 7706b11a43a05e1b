#include "db-svc/rules/people/mentions.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

#define DELIVERIES_MAX 200 /* to one other, or of one order */

void mentions_names(struct names *names, const struct erasing *erasing, const struct order *order)
{
    const char *event_id = order->event_id;
    const struct person *buyer = order->buyer;
    names_found(names, &collection_deliveries, event_id, "order_id", order->id, DELIVERIES_MAX);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder != NULL && holder->attendee_id != NULL)
            names_found(names, &collection_deliveries, event_id, "attendee_id", holder->attendee_id,
                        DELIVERIES_MAX);
    }
    if (buyer == NULL)
        return;
    names_found(names, &collection_deliveries, event_id, "recipient",
                collection_fold_email(turn_arena(erasing->turn), buyer->email), DELIVERIES_MAX);
    if (buyer->phone != NULL)
        names_found(names, &collection_deliveries, event_id, "recipient", buyer->phone,
                    DELIVERIES_MAX);
}

struct mentioning {
    struct erasing *erasing;
    const struct order *order;
    const char *buyer; /* folded; NULL: nobody */
};

static bool holds_a_ticket(const struct order *order, const char *attendee_id)
{
    for (size_t i = 0; attendee_id != NULL && i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder != NULL && holder->attendee_id != NULL &&
            strcmp(holder->attendee_id, attendee_id) == 0)
            return true;
    }
    return false;
}

static bool is_the_buyers(const struct mentioning *mentioning, const char *address)
{
    const struct person *buyer = mentioning->order->buyer;
    if (buyer == NULL || address == NULL)
        return false;
    return strcmp(collection_fold_email(turn_arena(mentioning->erasing->turn), address),
                  mentioning->buyer) == 0 ||
           (buyer->phone != NULL && strcmp(buyer->phone, address) == 0);
}

static bool is_of_order(const struct mentioning *mentioning, const struct delivery *delivery)
{
    return delivery->order_id != NULL && strcmp(delivery->order_id, mentioning->order->id) == 0;
}

/* Whatever address the buyer had then. */
static bool is_for_the_person(const struct mentioning *mentioning, const struct delivery *delivery)
{
    const struct erasure *erasure = mentioning->erasing->erasure;
    return delivery->buyer.value && is_of_order(mentioning, delivery) &&
           mentioning->buyer != NULL && strcmp(mentioning->buyer, erasure->email) == 0 &&
           delivery->created_at <= erasure->created_at;
}

static bool may_tell(const struct mentioning *mentioning, const struct delivery *delivery)
{
    return !delivery->erased_at.set && (is_of_order(mentioning, delivery) ||
                                        holds_a_ticket(mentioning->order, delivery->attendee_id) ||
                                        is_the_buyers(mentioning, delivery->address));
}

static bool contains_any(const char *text, const struct texts *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        if (strstr(text, texts->at[i]) != NULL)
            return true;
    return false;
}

static bool tells(const struct erasing *erasing, const char *text)
{
    const struct erasure *erasure = erasing->erasure;
    if (text == NULL)
        return false;
    const char *folded = text_fold(turn_arena(erasing->turn), text, true);
    return strstr(folded, erasure->email) != NULL || contains_any(folded, &erasure->names) ||
           contains_any(folded, &erasure->phones);
}

static void look_at(void *context, const void *record)
{
    const struct mentioning *mentioning = context;
    const struct delivery *was = record;
    struct erasing *erasing = mentioning->erasing;
    if (!may_tell(mentioning, was) || erasing_names_delivery(erasing, was))
        return;
    if (is_for_the_person(mentioning, was)) {
        erasing_delivery(erasing, was);
        return;
    }
    turn_forget(erasing->turn, was->id);
    if (!tells(erasing, was->subject) && !tells(erasing, was->message))
        return;
    struct delivery *delivery = turn_edit(erasing->turn, &collection_deliveries, was->id);
    delivery->subject = delivery->message = NULL;
    erasing->erasure->deliveries++;
}

void mentions_erase(struct erasing *erasing, const struct order *order)
{
    struct mentioning mentioning = {.erasing = erasing, .order = order};
    if (order->buyer != NULL)
        mentioning.buyer = collection_fold_email(turn_arena(erasing->turn), order->buyer->email);
    turn_each(erasing->turn, &collection_deliveries, order->event_id, look_at, &mentioning);
}
