/* order_filter: whether an order is among those that a help desk filters as an audience. Pure. */
#pragma once

#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

bool order_filter_fits(const struct audience_orders *filter, const struct order *order);
