#include "db-svc/rules/messages/order_filter.h"

#include <string.h>

#include "libshared/base/text.h"

static bool has_type(const struct order *order, const char *ticket_type_id)
{
    for (size_t i = 0; i < order->items.n; i++)
        if (strcmp(order->items.at[i].ticket_type_id, ticket_type_id) == 0)
            return true;
    return false;
}

static bool has_payment(const struct order *order, const char *payment_id)
{
    for (size_t i = 0; i < order->payments.n; i++)
        if (text_equal(order->payments.at[i].payment_id, payment_id))
            return true;
    return false;
}

bool order_filter_fits(const struct audience_orders *filter, const struct order *order)
{
    return (filter->status == 0 || filter->status == (int)order->status) &&
           (filter->ticket_type_id == NULL || has_type(order, filter->ticket_type_id)) &&
           (filter->payment_id == NULL || has_payment(order, filter->payment_id)) &&
           (!filter->refund_due.set ||
            filter->refund_due.value == (order->refund_due.amount > 0)) &&
           (!filter->created_from.set || order->created_at >= filter->created_from.ms) &&
           (!filter->created_before.set || order->created_at < filter->created_before.ms);
}
