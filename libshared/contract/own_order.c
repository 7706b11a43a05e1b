#include "libshared/contract/own_order.h"

#include <string.h>

#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/contract/ticket_view.h"

#define TOKEN(T)                                                                                   \
    FIELD(T, token, .flags = REQUIRED, .max = SELF_SERVICE_TOKEN_MAX,                              \
          .summary = "The part of the link after the #.")

#define T struct own_order_request
static const struct field request_fields[] = {
    TOKEN(T),
    FIELD_AS(kind_locale, T, locale,
             .summary = "The reader's language, if the order does not say one."),
};
const struct record own_order_request_record = RECORD("own_order_request", T, request_fields);
#undef T

#define T struct own_ticket_transfer
static const struct field transfer_fields[] = {
    TOKEN(T),
    FIELD(T, name, .flags = REQUIRED, .max = 200),
    FIELD_AS(kind_email, T, email, .flags = REQUIRED),
};
const struct record own_ticket_transfer_record = RECORD("own_ticket_transfer", T, transfer_fields);
#undef T

#define T struct own_ticket_name
static const struct field name_fields[] = {
    TOKEN(T),
    FIELD(T, name, .flags = REQUIRED, .max = 200),
};
const struct record own_ticket_name_record = RECORD("own_ticket_name", T, name_fields);
#undef T

#define T struct own_ticket_answers
static const struct field answers_fields[] = {
    TOKEN(T),
    FIELD(T, answers, .flags = REQUIRED,
          .summary = "By the ids of the questions. Others stay as they are; an empty text takes "
                     "an answer back."),
};
const struct record own_ticket_answers_record = RECORD("own_ticket_answers", T, answers_fields);
#undef T

#define T struct own_choice
static const struct field choice_fields[] = {
    FIELD(T, value, .flags = SHOWN, .summary = "What is answered."),
    FIELD(T, label, .flags = SHOWN, .summary = "What it is called."),
};
static const struct record own_choice_record = RECORD("own_choice", T, choice_fields);
#undef T

#define T struct own_question
static const struct field question_fields[] = {
    FIELD_AS(kind_name, T, id, .flags = SHOWN, .summary = "By which answers name it."),
    FIELD(T, label, .flags = SHOWN, .summary = "The question as people read it."),
    FIELD_ENUM(T, kind, question_kind_names, .flags = SHOWN, .summary = "What its answers are."),
    FIELD(T, required, .summary = "Whether it has to be answered."),
    FIELD_LIST(T, choices, own_choice_record, .summary = "The answers that it has."),
};
static const struct record own_question_record = RECORD("own_question", T, question_fields);
#undef T

#define T struct own_answer
static const struct field answer_fields[] = {
    FIELD_AS(kind_name, T, id, .flags = SHOWN, .summary = "Of the order's questions."),
    FIELD(T, answer, .summary = "What was answered; absent: nothing."),
};
static const struct record own_answer_record = RECORD("own_answer", T, answer_fields);
#undef T

#define T struct own_cancel
static const struct field cancel_fields[] = {TOKEN(T)};
const struct record own_cancel_record = RECORD("own_cancel", T, cancel_fields);
#undef T

#define T struct own_cancellable
static const struct field cancellable_fields[] = {
    FIELD(T, until, .summary = "Until when; of all that is the reader's."),
    FIELD(T, until_text, .summary = "That in the event's time zone, as mails write it."),
    FIELD(T, refund, .summary = "What is given back for it; absent: nothing was paid."),
    FIELD(T, refund_text, .summary = "That as mails write it."),
};
static const struct record own_cancellable_record =
    RECORD("own_cancellable", T, cancellable_fields);
#undef T

#define T struct own_ticket
static const struct field ticket_fields[] = {
    FIELD(T, number, .summary = "Within the order, from 1."),
    FIELD(T, type, .summary = "The type's name."),
    FIELD(T, holder, .summary = "The holder's name."),
    FIELD_ENUM(T, status, ticket_status_names),
    FIELD_ENUM(T, void_reason, void_reason_names, .summary = "Why the ticket is void."),
    FIELD(T, yours, .summary = "Whether it belongs to the reader."),
    FIELD(T, code, .summary = "Of a ticket of the reader's that is not void."),
    FIELD(T, qr, .summary = "The QR code as gates read it: a PNG in base64."),
    FIELD_LIST(T, questions, own_answer_record,
               .summary = "What is asked of the holder of such a ticket of the reader's."),
    FIELD_NESTED(T, cancel, own_cancellable_record,
                 .summary = "Present if the reader may cancel the ticket."),
};
static const struct record own_ticket_record = RECORD("own_ticket", T, ticket_fields);
#undef T

#define T struct own_order
static const struct field order_fields[] = {
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_ENUM(T, status, order_status_names),
    FIELD(T, buyer, .summary = "Whether the reader is its buyer, and not a ticket's holder."),
    FIELD_NESTED(T, event, delivery_event_record, .summary = "As the reader's language has it."),
    FIELD(T, total, .summary = "For its buyer alone."),
    FIELD(T, total_text, .summary = "The total as mails write it."),
    FIELD(T, refunded, .summary = "What was given back of it; for its buyer alone."),
    FIELD(T, refunded_text, .summary = "That as mails write it."),
    FIELD(T, refund_due, .summary = "What is to be given back; for its buyer alone."),
    FIELD(T, refund_due_text, .summary = "That as mails write it."),
    FIELD_NESTED(T, cancel, own_cancellable_record,
                 .summary = "Present if the reader may cancel: the hold, or all tickets that are "
                            "the reader's."),
    FIELD(T, expires_at, .summary = "When the hold expires."),
    FIELD_LIST(T, questions, own_question_record,
               .summary = "What is asked of the reader's tickets, once for all of them, as the "
                          "reader's language has it."),
    FIELD_LIST(T, tickets, own_ticket_record,
               .summary = "All for its buyer; for a holder those that are the holder's."),
};
const struct record own_order_record = RECORD("own_order", T, order_fields);
#undef T

#define T struct own_calendar
static const struct field calendar_fields[] = {
    FIELD(T, calendar, .flags = MULTILINE, .summary = "The event as a file (text/calendar)."),
};
const struct record own_calendar_record = RECORD("own_calendar", T, calendar_fields);
#undef T

#define T struct own_ticket_state
static const struct field state_fields[] = {
    FIELD(T, number, .summary = "Within the order, from 1."),
    FIELD_ENUM(T, status, ticket_status_names),
    FIELD(T, yours, .summary = "Whether it belongs to the reader."),
};
const struct record own_ticket_state_record = RECORD("own_ticket_state", T, state_fields);
#undef T

#define T struct own_order_state
static const struct field order_state_fields[] = {
    FIELD_ENUM(T, status, order_status_names),
    FIELD(T, refund_due, .summary = "What is to be given back."),
    FIELD_LIST(T, tickets, own_ticket_state_record, .summary = "All tickets of the order."),
};
const struct record own_order_state_record = RECORD("own_order_state", T, order_state_fields);
#undef T

_Static_assert(offsetof(struct own_order_request, token) == 0 &&
                   offsetof(struct own_ticket_transfer, token) == 0 &&
                   offsetof(struct own_ticket_name, token) == 0 &&
                   offsetof(struct own_ticket_answers, token) == 0 &&
                   offsetof(struct own_cancel, token) == 0,
               "a request begins with its token");

const char *own_order_event(const void *arena, const void *request)
{
    struct self_service_token token;
    return self_service_read(arena, *(const char *const *)request, &token) &&
                   token.purpose == SELF_SERVICE_ORDER
               ? token.event_id
               : NULL;
}

const char *own_order_reader(const struct self_service *service,
                             const struct self_service_token *token, const struct order *order)
{
    if (token->purpose != SELF_SERVICE_ORDER || strcmp(token->subject_id, order->id) != 0 ||
        strcmp(token->event_id, order->event_id) != 0)
        return NULL;
    const char *reader = order->buyer != NULL ? order->buyer->email : NULL;
    if (self_service_genuine(service, token, reader))
        return reader;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder != NULL && self_service_genuine(service, token, holder->email))
            return holder->email;
    }
    return NULL;
}

static bool same_address(const void *arena, const char *one, const char *other)
{
    return one != NULL && other != NULL &&
           strcmp(text_fold_email(arena, one), text_fold_email(arena, other)) == 0;
}

bool own_order_is_buyer(const void *arena, const struct order *order, const char *reader)
{
    return order->buyer != NULL && same_address(arena, order->buyer->email, reader);
}

bool own_order_is_readers(const void *arena, const struct order *order, const struct ticket *ticket,
                          const char *reader)
{
    return same_address(arena, ticket_owner_of(order, ticket).email, reader);
}

struct opt_time own_order_cancel_until(const struct event *event)
{
    struct opt_time until = event->buyer_may_cancel_until;
    bool stands = event->status == EVENT_PUBLISHED || event->status == EVENT_POSTPONED;
    if (!stands)
        until.set = false;
    /* The old day of a postponed event does not count. */
    if (event->status == EVENT_PUBLISHED && event->over_at.set && event->over_at.ms < until.ms)
        until.ms = event->over_at.ms;
    return until;
}
