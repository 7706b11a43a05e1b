/* own_order: an order by the token of a link, and the link itself. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer own_order_get, own_order_tickets, own_order_links;
