/* ticket_edit: what gates and desks do to one ticket of an order. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/ticket_view.h"

/* The name of a type; NULL: it was not named, or is no more. */
const struct ticket_type *ticket_edit_type(struct decision *decision, const char *ticket_type_id);
struct ticket_view ticket_edit_view(struct decision *decision, const struct order *order,
                                    size_t index);
/* The same as gates are shown it. */
struct ticket_view ticket_edit_gate_view(struct decision *decision, const struct order *order,
                                         size_t index);
struct answer ticket_edit_show(struct decision *decision, const struct order *order, size_t index);
struct answer ticket_edit_show_at_gate(struct decision *decision, const struct order *order,
                                       size_t index);

/* The holder with that address, linked to the person on the event's list whom attendee_key_find()
 * finds. */
struct ticket_holder *ticket_edit_holder(struct decision *decision, const char *event_id,
                                         const char *name, const char *email);

/* Puts a ticket in its place, and into its holder's hands; the order as it is then. */
struct order *ticket_edit_put(struct decision *decision, const struct order *was, size_t index,
                              const struct ticket *ticket);
/* 409 already_checked_in, with when and where. */
struct answer ticket_edit_already_checked_in(struct decision *decision,
                                             const struct ticket *ticket);
