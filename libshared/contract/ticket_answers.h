/* ticket_answers: what is answered to an event's questions (ticket_question.h) for tickets that are
 * ordered already, by the desk and by their holders. Answers that are not given stay as they are;
 * an empty one is taken back. */
#pragma once

#include "libshared/contract/order.h"

/* Whom a ticket is for from now on. */
struct ticket_assignment {
    const char *name, *email;
    const char *attendee_id;   /* passed over, as ticket_holder shows it */
    struct string_map answers; /* of that person; none: not asked for now */
};

/* Of one ticket of an order. */
struct ticket_answers {
    int64_t n; /* its number, from 1 */
    struct string_map answers;
};
struct order_answers {
    LIST_OF(struct ticket_answers) tickets;
};

RECORD_OF(struct ticket_assignment, ticket_assignment_record);
RECORD_OF(struct order_answers, order_answers_record);
