/* ticket_edit: what gates and desks do to one ticket of an order. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/order.h"

/* Puts a ticket in its place, and into its holder's hands; the order as it is then. */
struct order *ticket_edit_put(struct turn *turn, const struct order *was, size_t index,
                              const struct ticket *ticket);
/* 409 already_checked_in, with when and where. */
struct answer ticket_edit_already_checked_in(struct turn *turn, const struct ticket *ticket);
