/* ticket_edit: what gates and desks do to one ticket of an order. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/ticket_view.h"

/* The name of a type; NULL: it was not named, or is no more. */
const char *ticket_edit_type(struct turn *turn, const char *ticket_type_id);
struct ticket_view ticket_edit_view(struct turn *turn, const struct order *order, size_t index);
struct answer ticket_edit_show(struct turn *turn, const struct order *order, size_t index);

/* Whoever has that address, linked to the person on the event's list who has it too; these must be
 * named by edit_attendee_key(). */
struct ticket_holder *ticket_edit_holder(struct turn *turn, const char *event_id, const char *name,
                                         const char *email);

/* Puts a ticket in its place, and into its holder's hands; the order as it is then. */
struct order *ticket_edit_put(struct turn *turn, const struct order *was, size_t index,
                              const struct ticket *ticket);
/* 409 already_checked_in, with when and where. */
struct answer ticket_edit_already_checked_in(struct turn *turn, const struct ticket *ticket);
