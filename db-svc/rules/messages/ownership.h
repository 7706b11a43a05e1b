/* ownership: whose a ticket is, and so to whom its code is sent: the person's whom it is assigned
 * to, or else the buyer's. An erased person owns it still, and nobody else.
 *
 * Records are borrowed. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

struct owner {
    const char *name, *locale;
    const char *address;     /* by the channel; NULL: none is known */
    const char *attendee_id; /* on the event's list; NULL: is not */
};

/* False: it was erased. Reads a holder's attendee. */
bool ownership_of(struct decision *decision, const struct order *order, const struct ticket *ticket,
                  enum channel channel, struct owner *ret_owner);
/* Whether the ticket is the reader's of that delivery. */
bool ownership_is_readers(struct decision *decision, const struct order *order,
                          const struct ticket *ticket, const struct delivery *delivery);
/* Whether two e-mail addresses are the same, as collection_fold_email() tells them apart. */
bool ownership_same_address(const void *arena, const char *one, const char *other);
