/* tickets: the answers to queries of tickets, which are kept within their orders. Internal to this
 * room. */
#pragma once

#include "db-svc/read/query.h"

/* Adds the ticket of that number, from 1, if something is printed of it: 0 or -errno. There is
 * room. */
struct order_tickets;
struct ticket;
int tickets_print(const struct query *query, const struct ticket *ticket, size_t number,
                  struct order_tickets *printed) __attribute__((warn_unused_result));

query_answer tickets_get, tickets_of_order, tickets_of_whole_order, tickets_list,
    tickets_of_attendee, tickets_key;
