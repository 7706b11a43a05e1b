/* listed_ticket: a ticket in the list of an event's tickets: whose it is and what was answered, and
 * nothing that would admit anybody. Pure; borrows from what is given. */
#pragma once

#include "libshared/contract/event.h"
#include "libshared/contract/listed_answers.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

struct listed_ticket {
    const char *order_id;
    int64_t number; /* within the order, from 1 */
    const char *ticket_type_id;
    const char *ticket_type; /* the type's name */
    enum ticket_status status;
    enum void_reason void_reason;
    struct opt_time checked_in_at;
    const char *gate;
    const char *name, *email, *attendee_id; /* of its holder, or else of the buyer */
    listed_answers questions;               /* all of the event's, in their order */
};

/* A NULL type is no more. The list of questions is in the arena. */
struct listed_ticket listed_ticket_of(const void *arena, const struct event *event,
                                      const struct order *order, size_t index,
                                      const struct ticket_type *type);

RECORD_OF(struct listed_ticket, listed_ticket_record);
