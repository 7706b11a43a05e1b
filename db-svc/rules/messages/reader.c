#include "db-svc/rules/messages/reader.h"

#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

/* An older release did not say it; then it went to the buyer unless it was about one ticket. */
static bool is_buyers(const struct delivery *delivery)
{
    if (delivery->order_id == NULL || delivery->attendee_id != NULL)
        return false;
    return delivery->buyer.set ? delivery->buyer.value : delivery->about != ABOUT_TICKET;
}

/* A holder who registered and corrected the address later is the same person: one to whom the
 * ticket was passed on leaves the former one's address among the past holders. */
static void follow_holder(struct decision *decision, const struct order *order,
                          struct delivery *delivery)
{
    char hash[BUYER_QUOTA_ID_SIZE];
    bool one = delivery->ticket.set && delivery->ticket.value <= (int64_t)order->tickets.n;
    const struct ticket_holder *holder =
        one ? order->tickets.at[delivery->ticket.value - 1].attendee : NULL;
    if (holder == NULL || holder->attendee_id == NULL || holder->email == NULL ||
        delivery->address == NULL || delivery->channel != CHANNEL_EMAIL)
        return;
    buyer_quota_id(hash, order->event_id,
                   collection_fold_email(decision_arena(decision), delivery->address));
    if (!texts_have(&order->past_holders, hash))
        delivery->address = holder->email;
}

struct delivery reader_reach(struct decision *decision, const struct delivery *delivery)
{
    struct delivery now = *delivery;
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, delivery->attendee_id);
    const struct order *order = decision_read(decision, &collection_orders, delivery->order_id);
    if (delivery->erased_at.set)
        return now;
    if (delivery->elsewhere.value) {
        now.address = order != NULL && order->buyer == NULL ? NULL : delivery->address;
        return now;
    }
    if (attendee != NULL)
        now.address = channel_address(delivery->channel, CONTACTS_OF(attendee));
    else if (order != NULL && order->buyer == NULL && is_buyers(delivery))
        now.address = NULL;
    else if (order != NULL && is_buyers(delivery))
        now.address = channel_address(delivery->channel, CONTACTS_OF(order->buyer));
    else if (order != NULL)
        follow_holder(decision, order, &now);
    return now;
}
