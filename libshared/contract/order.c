#include "libshared/contract/order.h"

#include <string.h>

#include "libshared/contract/attendee.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

const char *const order_status_names[] = {
    "", "held", "paid", "expired", "cancelled", "refunded", "paid_unfulfilled", NULL};
const char *const ticket_status_names[] = {"", "valid", "checked_in", "void", NULL};
const char *const void_reason_names[] = {"",         "cancelled",       "refunded", "transferred",
                                         "reissued", "event_cancelled", NULL};
const char *const payment_status_names[] = {
    "", "succeeded", "failed", "refunded", "refund_failed", "disputed", NULL};

#define T struct order_item_ticket
static const struct field item_ticket_fields[] = {
    FIELD(T, answers, .personal = PERSONAL, .summary = "By the ids of the event's questions."),
};
static const struct record item_ticket_record = RECORD("order_item_ticket", T, item_ticket_fields);
#undef T

#define T struct order_item
static const struct field item_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .flags = REQUIRED),
    FIELD(T, quantity, .flags = REQUIRED, .min = 1, .max = ORDER_TICKETS_MAX),
    FIELD(T, unit_price, .flags = READ_ONLY | SHOWN, .summary = "The price when it was sold."),
    FIELD(T, amount, .flags = READ_ONLY | SHOWN),
    FIELD_LIST(T, tickets, item_ticket_record, .max = ORDER_TICKETS_MAX,
               .summary = "What is answered for each of them, in their order, as many as there "
                          "are answers for; once they are issued it stands in the order's "
                          "tickets."),
};
static const struct record item_record = RECORD("order_item", T, item_fields);
#undef T

#define T struct person
static const struct field person_fields[] = {
    FIELD(T, name, .personal = PERSONAL, .flags = REQUIRED, .max = 200),
    FIELD_AS(kind_email, T, email, .personal = PERSONAL, .flags = REQUIRED),
    FIELD_AS(kind_phone, T, phone, .personal = PERSONAL),
    FIELD_AS(kind_locale, T, locale, .personal = PERSONAL,
             .summary = "The language that the person prefers to read."),
};
const struct record person_record = RECORD("person", T, person_fields);
#undef T

#define T struct ticket_holder
static const struct field holder_fields[] = {
    FIELD(T, name, .personal = PERSONAL, .flags = REQUIRED | ERASABLE, .max = 200),
    FIELD_AS(kind_email, T, email, .personal = PERSONAL, .flags = REQUIRED | ERASABLE),
    FIELD_ID(T, attendee_id, ATTENDEE_PREFIX, .flags = READ_ONLY,
             .summary = "The person on the event's list who has this address."),
};
const struct record ticket_holder_record = RECORD("ticket_holder", T, holder_fields);
#undef T

#define T struct ticket_visit
static const struct field visit_fields[] = {
    FIELD_ID(T, list_id, CHECK_IN_LIST_PREFIX, .flags = SHOWN),
    FIELD(T, inside),
    FIELD(T, people, .summary = "How many are inside, of a code good for several people."),
    FIELD(T, most, .flags = STORED_ONLY),
    FIELD(T, at),
    FIELD(T, gate, .personal = NOT_PERSONAL),
    FIELD(T, nonce, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
};
const struct record ticket_visit_record = RECORD("ticket_visit", T, visit_fields);
#undef T

#define T struct ticket
static const struct field ticket_fields[] = {
    FIELD(T, code, .personal = NOT_PERSONAL, .flags = SHOWN),
    FIELD(T, signature, .personal = NOT_PERSONAL,
          .summary = "Ed25519 over \"<event id>.<code>\", in base64url."),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .flags = SHOWN),
    FIELD_ENUM(T, status, ticket_status_names, .flags = SHOWN),
    FIELD_ENUM(T, void_reason, void_reason_names, .summary = "Why the ticket is void."),
    FIELD(T, keeps_place, .flags = STORED_ONLY),
    FIELD(T, cancelled_by_buyer, .flags = STORED_ONLY),
    FIELD(T, checked_in_at),
    FIELD(T, gate, .personal = NOT_PERSONAL),
    FIELD(T, nonce, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
    FIELD(T, admitted, .flags = STORED_ONLY),
    FIELD_LIST(T, visits, ticket_visit_record, .flags = STORED_ONLY),
    FIELD_NESTED(T, attendee, ticket_holder_record, .personal = OF_ANOTHER),
    FIELD(T, answers, .personal = OF_ANOTHER,
          .summary = "What its holder, or else the buyer, answered; by the ids of the event's "
                     "questions."),
};
const struct record ticket_record = RECORD("ticket", T, ticket_fields);
#undef T

#define T struct order_payment
static const struct field payment_fields[] = {
    FIELD(T, payment_id, .personal = NOT_ERASED),
    FIELD(T, refund_id, .personal = NOT_ERASED),
    FIELD(T, dispute_id, .personal = NOT_ERASED),
    FIELD_ENUM(T, status, payment_status_names),
    FIELD(T, amount),
    FIELD(T, counted, .flags = STORED_ONLY),
    FIELD(T, at),
    FIELD(T, reason, .personal = NOT_ERASED,
          .summary = "Why it failed, was disputed, or did not pay for the order."),
};
static const struct record order_payment_record = RECORD("order_payment", T, payment_fields);
#undef T

#define T struct order_step
static const struct field step_fields[] = {
    FIELD_TIME(T, at),
    FIELD(T, command, .personal = NOT_PERSONAL),
    FIELD(T, source, .personal = NOT_ERASED),
    FIELD(T, command_id, .personal = NOT_ERASED),
    FIELD(T, changed, .personal = NOT_PERSONAL),
};
static const struct record step_record = RECORD("order_step", T, step_fields);
#undef T

#define T struct order
/* Members that are given at the placing are read-only later. */
/* clang-format off */
#define ORDER_FIELDS(items_flags, hold_flags) \
    COMMON_FIELDS(T, ORDER_PREFIX), \
    FIELD(T, external_id, .personal = NOT_ERASED, .max = 100, .summary = "The caller's own id."), \
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY | SHOWN), \
    FIELD_LIST(T, items, item_record, .flags = (items_flags), .min = 1, .max = ORDER_TICKETS_MAX), \
    FIELD_NESTED(T, buyer, person_record, .personal = PERSONAL, .flags = REQUIRED | ERASABLE), \
    FIELD(T, total, .flags = READ_ONLY | SHOWN), \
    FIELD(T, paid, .flags = READ_ONLY | SHOWN, .summary = "Everything that was paid, including what paid for nothing."), \
    FIELD(T, refunded, .flags = READ_ONLY | SHOWN, .summary = "The part of it that was refunded."), \
    FIELD(T, refund_due, .flags = READ_ONLY | SHOWN, .summary = "The part of it that is still to be refunded."), \
    FIELD_ENUM(T, status, order_status_names, .flags = READ_ONLY | SHOWN), \
    FIELD(T, expires_at, .flags = READ_ONLY, .summary = "When the hold expires."), \
    FIELD(T, extended, .flags = READ_ONLY, .summary = "A hold can be extended once."), \
    FIELD_LIST(T, payments, order_payment_record, .flags = READ_ONLY, \
               .summary = "What the payment system reported; the oldest failures are dropped when " \
          "there are too many."), \
    FIELD_LIST(T, tickets, ticket_record, .flags = READ_ONLY), \
    FIELD(T, hold_seconds, .flags = (hold_flags), .min = 1, .max = HOLD_SECONDS_MAX, \
          .summary = "Hold the tickets for this long instead of selling them."), \
    FIELD(T, answers_later, .flags = (hold_flags), \
          .summary = "Do not ask for answers that are required; they can be given later."), \
    FIELD(T, metadata, .personal = PERSONAL, .summary = "Up to 20 strings of the caller's."), \
    FIELD(T, erased_at, .flags = READ_ONLY, .summary = "When the buyer was erased."), \
    FIELD(T, due_at, .flags = STORED_ONLY), \
    FIELD(T, partition, .flags = STORED_ONLY), \
    FIELD(T, waits_for, .personal = NOT_PERSONAL, .flags = STORED_ONLY), \
    FIELD(T, tallied, .personal = NOT_PERSONAL, .flags = STORED_ONLY), \
    FIELD(T, erasure_id, .personal = NOT_PERSONAL, .flags = STORED_ONLY), \
    FIELD(T, tally, .personal = NOT_PERSONAL, .flags = STORED_ONLY), \
    FIELD_LIST(T, trail, step_record, .flags = STORED_ONLY), \
    FIELD(T, resends_since, .flags = STORED_ONLY), \
    FIELD(T, resends, .flags = STORED_ONLY), \
    FIELD(T, past_holders, .personal = NOT_PERSONAL, .flags = STORED_ONLY)
/* clang-format on */
static const struct field fields[] = {ORDER_FIELDS(REQUIRED, INPUT_ONLY)};

static void check_item(const struct order_item *item, struct decoder *decoder,
                       const struct path *path)
{
    if ((int64_t)item->tickets.n > item->quantity)
        violations_add_limit(decoder->violations, &(struct path){.parent = path, .name = "tickets"},
                             VIOLATION_too_long, item->quantity);
}

static void check_items(const void *members, struct decoder *decoder)
{
    const struct order *order = members;
    struct path items = {.parent = decoder->path, .name = "items"};
    int64_t tickets = 0;
    for (size_t i = 0; i < order->items.n; i++) {
        tickets += order->items.at[i].quantity;
        check_item(&order->items.at[i], decoder, &(struct path){.parent = &items, .index = i});
        for (size_t k = 0; k < i; k++) {
            struct path item = {.parent = &items, .index = i};
            struct path path = {.parent = &item, .name = "ticket_type_id"};
            if (strcmp(order->items.at[i].ticket_type_id, order->items.at[k].ticket_type_id) == 0)
                violations_add(decoder->violations, &path, VIOLATION_duplicate);
        }
    }
    if (tickets > ORDER_TICKETS_MAX)
        violations_add_limit(decoder->violations, &items, VIOLATION_too_large, ORDER_TICKETS_MAX);
}

static void complete_money(struct order *order)
{
    bool refunded = order->status == ORDER_REFUNDED, due = order->status == ORDER_PAID_UNFULFILLED;
    struct money none = order->total;
    none.amount = 0;
    order->paid = order->tickets.n > 0 || refunded || due ? order->total : none;
    order->refunded = refunded ? order->total : none;
    order->refund_due = due ? order->total : none;
}

/* It is not known of a paid order whether a void ticket was cancelled or refunded. */
static void complete_tickets(struct order *order)
{
    enum void_reason reason = order->status == ORDER_REFUNDED    ? VOID_REFUNDED
                              : order->status == ORDER_CANCELLED ? VOID_CANCELLED
                                                                 : VOID_UNSET;
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].status == TICKET_VOID)
            order->tickets.at[i].void_reason = reason;
}

/* Releases that kept neither payments nor reasons did not store `refunded`. */
static void complete(void *members)
{
    struct order *order = members;
    if (*order->refunded.currency != '\0' || *order->total.currency == '\0')
        return;
    complete_money(order);
    complete_tickets(order);
}

const struct record order_record =
    RECORD("order", T, fields, .rules = RULES({"items", check_items}), .complete = complete);

static const struct field correction_fields[] = {ORDER_FIELDS(READ_ONLY, READ_ONLY)};
const struct record order_correction_record = RECORD("order_correction", T, correction_fields);

static const struct field listed_fields[] = {
    ORDER_FIELDS(REQUIRED, INPUT_ONLY),
    FIELD_LIST(T, questions, listed_answer_record, .flags = READ_ONLY,
               .summary = "Where the orders of one event are asked for: every question of it, with "
                          "what was answered for the order's tickets."),
};
const struct record listed_order_record = RECORD("listed_order", T, listed_fields);
#undef T

#define T struct order_extension
static const struct field extension_fields[] = {
    FIELD(T, hold_seconds, .min = 1, .max = HOLD_SECONDS_MAX,
          .summary = "How much longer; if absent, as long as at first."),
};
const struct record order_extension_record = RECORD("order_extension", T, extension_fields);
#undef T

#define T struct order_part
static const struct field part_fields[] = {
    FIELD_AS(kind_ticket_codes, T, tickets, .min = 1, .max = ORDER_TICKETS_MAX,
             .summary = "Only the tickets with these codes; if absent, all that are left."),
    FIELD(T, force,
          .summary = "Include used tickets, whose places are not put on sale again; requires "
                     "scope admin."),
};
const struct record order_part_record = RECORD("order_part", T, part_fields);
#undef T

#define T struct order_resend
static const struct field resend_fields[] = {
    FIELD_AS(kind_email, T, to,
             .summary = "Another address than the buyer's; it does not become the order's. A "
                        "holder's address gets the holder's tickets."),
};
const struct record order_resend_record = RECORD("order_resend", T, resend_fields);
#undef T

#define T struct check_in
static const struct field check_in_fields[] = {
    FIELD_AS(kind_ticket_code, T, code, .flags = REQUIRED, .max = 200,
             .summary = "With or without its signature after a dot."),
    FIELD(T, gate, .max = 100, .summary = "The gate that scans."),
    FIELD(T, nonce, .max = 100,
          .summary = "Repeat it in a retry by the same gate, which then succeeds."),
    FIELD_ID(T, list_id, CHECK_IN_LIST_PREFIX,
             .summary = "The check-in list that scans; if absent, the event as a whole."),
    FIELD_ENUM(T, direction, check_in_direction_names,
               .summary = "in, if not given; out of lists with entry_exit alone."),
    FIELD(T, people, .min = 1, .max = TICKET_TYPE_ADMITS_MAX,
          .summary = "How many go in, or out, with a code good for several people; one if not "
                     "given."),
};
const struct record check_in_record = RECORD("check_in", T, check_in_fields);
static const struct field code_fields[] = {
    FIELD_AS(kind_ticket_code, T, code, .flags = REQUIRED, .max = 200),
};
const struct record ticket_code_record = RECORD("ticket_code", T, code_fields);
