/* ticket_view: a ticket as it is shown by itself. Pure. */
#pragma once

#include "libshared/contract/order.h"

/* A code that was replaced has no signature and no holder. */
struct ticket_view {
    const char *code, *signature, *order_id, *ticket_type_id;
    const char *ticket_type; /* the type's name */
    enum ticket_status status;
    enum void_reason void_reason;
    struct opt_time checked_in_at;
    const char *gate;
    LIST_OF(struct ticket_visit) lists; /* that let it in */
    const char *holder;                 /* the name of whose it is */
    struct ticket_holder *attendee;
};

/* Borrows from the order. `ticket_type`: the type's name; NULL: unknown. */
struct ticket_view ticket_view_of(const struct order *order, size_t index, const char *ticket_type);

/* The holder of a ticket: the person it is assigned to, else the buyer. */
struct ticket_owner {
    const char *name, *email; /* NULL: erased */
};
struct ticket_owner ticket_owner_of(const struct order *order, const struct ticket *ticket);

RECORD_OF(struct ticket_view, ticket_view_record);
