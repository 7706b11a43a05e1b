/* ticket_view: a ticket as it is shown by itself. Pure. */
#pragma once

#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

/* A code that was replaced has no signature and no holder. */
struct ticket_view {
    const char *code, *signature, *order_id, *ticket_type_id;
    const char *ticket_type; /* the type's name */
    enum ticket_status status;
    enum void_reason void_reason;
    struct opt_time checked_in_at;
    const char *gate;
    struct opt_int64 admits, admitted, left; /* people, of a code good for several */
    LIST_OF(struct ticket_visit) lists;      /* that let it in */
    const char *holder;                      /* the name of whose it is */
    struct ticket_holder *attendee;
    struct string_map answers;
};

/* Borrows from the order and the type. NULL: the type is no more. */
struct ticket_view ticket_view_of(const struct order *order, size_t index,
                                  const struct ticket_type *type);
/* Leaves only the answers that gates are shown. */
void ticket_view_for_gate(const void *arena, const struct event *event, struct ticket_view *view);
/* How many people were let in with a ticket: by gates without a list, or by the list that let in
 * most. */
int64_t ticket_let_in(const struct ticket *ticket);
/* How many a list has inside, and had at one time. */
int64_t ticket_visit_people(const struct ticket_visit *visit);
int64_t ticket_visit_most(const struct ticket_visit *visit);

/* The holder of a ticket: the person it is assigned to, else the buyer. */
struct ticket_owner {
    const char *name, *email; /* NULL: erased */
};
struct ticket_owner ticket_owner_of(const struct order *order, const struct ticket *ticket);

RECORD_OF(struct ticket_view, ticket_view_record);
