/* tickets: the answers to queries of tickets, which are kept within their orders. Internal to this
 * room. */
#pragma once

#include "db-svc/read/query.h"

struct order;
struct order_tickets;
struct ticket;

/* The ticket types of an order, those of its items, loaded at once: 0 or -errno. */
struct tickets_types {
    const void *arena;
    const struct order *order;
    void **at; /* of each item; NULL: it is no more */
};
int tickets_load_types(const struct query *query, const struct order *order,
                       struct tickets_types *ret_types) __attribute__((warn_unused_result));
/* What a ticket's is called, as ticket_type_label(); NULL: it is no more. */
const char *tickets_type_label(const struct tickets_types *types, const struct ticket *ticket);
/* Adds a ticket of the order if something is printed of it. There is room. */
void tickets_print(const struct tickets_types *types, size_t index, struct order_tickets *printed);

query_answer tickets_get, tickets_of_order, tickets_of_whole_order, tickets_list, tickets_listed,
    tickets_of_attendee, tickets_key;
