#include "libshared/contract/ticket_answers.h"

#include "libshared/contract/attendee.h"

#define T struct ticket_assignment
static const struct field assignment_fields[] = {
    FIELD(T, name, .flags = REQUIRED, .max = 200),
    FIELD_AS(kind_email, T, email, .flags = REQUIRED),
    FIELD_ID(T, attendee_id, ATTENDEE_PREFIX, .flags = READ_ONLY),
    FIELD(T, answers,
          .summary = "That person's, by the ids of the event's questions. Another person than "
                     "before has none of the answers that the ticket had."),
};
const struct record ticket_assignment_record = RECORD("ticket_assignment", T, assignment_fields);
#undef T

#define T struct ticket_answers
static const struct field answers_fields[] = {
    FIELD(T, n, .flags = REQUIRED, .min = 1, .max = ORDER_TICKETS_MAX,
          .summary = "The ticket's number within the order, from 1; of a hold in the order of its "
                     "items."),
    FIELD(T, answers, .flags = REQUIRED,
          .summary = "By the ids of the event's questions. Others stay as they are; an empty text "
                     "takes an answer back."),
};
static const struct record answers_record = RECORD("ticket_answers", T, answers_fields);
#undef T

#define T struct order_answers
static const struct field order_fields[] = {
    FIELD_LIST(T, tickets, answers_record, .flags = REQUIRED, .min = 1, .max = ORDER_TICKETS_MAX),
};
const struct record order_answers_record = RECORD("order_answers", T, order_fields);
#undef T
