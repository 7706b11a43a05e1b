/* own_order: an order as its buyer, or the holder of one of its tickets, sees it by the token of a
 * link (self_service.h), and what they may do to tickets that are theirs. A code is shown to whom
 * its ticket belongs and to nobody else; holders see no ticket of others and nothing of money.
 * Pure; any thread; results live in the arena given or borrow from the order. */
#pragma once

#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/self_service.h"
#include "libshared/contract/ticket_question.h"

/* Each begins with its token. */
struct own_order_request {
    const char *token, *locale; /* a NULL locale: not said */
};
struct own_ticket_transfer {
    const char *token, *name, *email;
};
struct own_ticket_name {
    const char *token, *name;
};
struct own_cancel {
    const char *token;
};

struct own_ticket_answers {
    const char *token;
    struct string_map answers;
};

/* A question as its reader is asked it. */
struct own_choice {
    const char *value, *label; /* what is answered, and how it is called */
};
struct own_question {
    const char *id, *label;
    enum question_kind kind;
    bool required;
    LIST_OF(struct own_choice) choices;
};
struct own_answer {
    const char *id, *answer; /* NULL: none */
};

/* What the reader may cancel, and what is given back for it. */
struct own_cancellable {
    struct opt_time until;
    const char *until_text;
    struct money refund; /* none: nothing was paid */
    const char *refund_text;
};
struct own_ticket {
    int64_t number; /* within its order, from 1 */
    const char *type, *holder;
    enum ticket_status status;
    enum void_reason void_reason;
    bool yours;
    const char *code, *qr; /* NULL: is not shown. `qr`: a PNG of it in base64 */
    LIST_OF(struct own_answer) questions;
    struct own_cancellable *cancel; /* NULL: the reader may not cancel it */
};
struct own_order {
    const char *order_id, *event_id;
    enum order_status status;
    bool buyer; /* the reader is its buyer */
    struct delivery_event *event;
    struct money total; /* none: for the buyer alone */
    const char *total_text;
    struct money refunded, refund_due; /* none: nothing, or for the buyer alone */
    const char *refunded_text, *refund_due_text;
    struct own_cancellable *cancel; /* all that is theirs; NULL: the reader may not */
    struct opt_time expires_at;
    LIST_OF(struct own_question) questions; /* that some of the tickets have */
    LIST_OF(struct own_ticket) tickets;
};
/* The event for calendars. */
struct own_calendar {
    const char *calendar; /* a file (text/calendar) */
};
/* A ticket after a change: nothing that is personal. */
struct own_ticket_state {
    int64_t number;
    enum ticket_status status;
    bool yours;
};
/* An order after its buyer has cancelled. */
struct own_order_state {
    enum order_status status;
    struct money refund_due; /* none: nothing */
    LIST_OF(struct own_ticket_state) tickets;
};

/* The event that a request's token claims; NULL: it is no token. */
const char *own_order_event(const void *arena, const void *request);
/* The address that the token was made for: the buyer's or a holder's; NULL: it is for nobody of
 * this order. Whether it is expired is not asked. */
const char *own_order_reader(const struct self_service *service,
                             const struct self_service_token *token, const struct order *order);
bool own_order_is_buyer(const void *arena, const struct order *order, const char *reader);
/* Whether the ticket belongs to the reader. */
bool own_order_is_readers(const void *arena, const struct order *order, const struct ticket *ticket,
                          const char *reader);
/* When buyers may no longer cancel: as the event says, and not once it is over. Unset: never. */
struct opt_time own_order_cancel_until(const struct event *event);

RECORD_OF(struct own_order_request, own_order_request_record);
RECORD_OF(struct own_ticket_transfer, own_ticket_transfer_record);
RECORD_OF(struct own_ticket_name, own_ticket_name_record);
RECORD_OF(struct own_ticket_answers, own_ticket_answers_record);
RECORD_OF(struct own_order, own_order_record);
RECORD_OF(struct own_calendar, own_calendar_record);
RECORD_OF(struct own_cancel, own_cancel_record);
RECORD_OF(struct own_order_state, own_order_state_record);
RECORD_OF(struct own_ticket_state, own_ticket_state_record);
