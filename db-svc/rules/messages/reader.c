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

struct delivery reader_reach(struct decision *decision, const struct delivery *delivery)
{
    struct delivery now = *delivery;
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, delivery->attendee_id);
    const struct order *order = decision_read(decision, &collection_orders, delivery->order_id);
    if (delivery->erased_at.set)
        return now;
    if (attendee != NULL)
        now.address = channel_address(delivery->channel, CONTACTS_OF(attendee));
    else if (order != NULL && order->buyer == NULL && is_buyers(delivery))
        now.address = NULL;
    else if (order != NULL && is_buyers(delivery))
        now.address = channel_address(delivery->channel, CONTACTS_OF(order->buyer));
    return now;
}
