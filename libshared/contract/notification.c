#include "libshared/contract/notification.h"

#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

const char *const notification_status_names[] = {"",     "draft",     "scheduled", "sending",
                                                 "sent", "cancelled", NULL};
const char *const delivery_status_names[] = {"",       "queued",  "sending",    "sent", "delivered",
                                             "failed", "bounced", "suppressed", NULL};

const char *const settlement_status_names[] = {"",        "failed",     "delivered",
                                               "bounced", "complained", NULL};

const char *const bulk_result_names[] = {"", "taken", "refused", "alone", NULL};
static const char *const automatic_names[] = {
    "",         "welcome",         "tickets", "postponed", "cancelled",
    "reminder", "address_changed", "moved",   "refunded",  NULL};
static const char *const per_names[] = {"", "recipient", "ticket", NULL};
static const char *const about_names[] = {"", "ticket", "order", "buyer", "attendee", NULL};
static const char *const attach_names[] = {ATTACH_CALENDAR, ATTACH_TICKETS, NULL};

const char *const audience_pages_names[] = {"",        "named", "attendees", "orders",
                                            "holders", "found", NULL};

#define SUBJECT_MAX 200
#define MESSAGE                                                                                    \
    .flags = REQUIRED | MULTILINE, .max = NOTIFICATION_MESSAGE_BYTES,                              \
    .max_bytes = NOTIFICATION_MESSAGE_BYTES
#define TEXTS_MAX 20

#define T struct recipient
static const struct field recipient_fields[] = {
    FIELD(T, name, .personal = PERSONAL, .max = 200),
    FIELD_AS(kind_email, T, email, .personal = PERSONAL),
    FIELD_AS(kind_phone, T, phone, .personal = PERSONAL),
    FIELD_AS(kind_locale, T, locale, .personal = PERSONAL,
             .summary = "The language that the person prefers to read."),
};
const struct record recipient_record = RECORD("recipient", T, recipient_fields);
#undef T

#define T struct audience_orders
static const struct field audience_orders_fields[] = {
    FIELD_ENUM(T, status, order_status_names),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .summary = "Only orders of this ticket type."),
    FIELD(T, payment_id, .personal = NOT_PERSONAL, .max = 255,
          .summary = "Only the order of this payment."),
    FIELD(T, refund_due,
          .summary = "Only orders of which money is still to be given back, or "
                     "of which none is."),
    FIELD(T, created_from, .summary = "Only orders that were placed at or after this time."),
    FIELD(T, created_before, .summary = "Only orders that were placed before this time."),
};
static const struct record audience_orders_record =
    RECORD("audience_orders", T, audience_orders_fields);
#undef T

#define T struct audience
static const struct field audience_fields[] = {
    FIELD(T, all, .summary = "Everyone on the event's list who has not cancelled."),
    FIELD(T, everyone,
          .summary = "Everyone who is on the list, has bought a ticket or was given one; one "
                     "message for each address."),
    FIELD_AS(kind_ids, T, attendees, .prefix = ATTENDEE_PREFIX, .min = 1, .max = 500),
    FIELD_ENUM(T, status, attendee_status_names),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX,
             .summary = "Everyone who holds a ticket of that type."),
    FIELD_ID(T, order_id, ORDER_PREFIX,
             .summary = "The buyer of that order; if the text shows tickets, also the people to "
                        "whom they are assigned, each their own."),
    FIELD(T, ticket, .flags = READ_ONLY,
          .summary = "The number of the ticket of the order whose owner alone receives it."),
    FIELD_NESTED(T, orders, audience_orders_record,
                 .summary = "The buyers of the orders that fit all of this, one message an order; "
                            "if the text shows tickets, also the people to whom they are "
                            "assigned, each their own."),
    FIELD_LIST(T, recipients, recipient_record, .personal = OF_ANOTHER, .min = 1, .max = 500),
};

static void check_audience(const void *members, struct decoder *decoder)
{
    const struct audience *audience = members;
    int given = audience->all.set + audience->everyone.set + (audience->attendees.at != NULL) +
                (audience->status != 0) + (audience->ticket_type_id != NULL) +
                (audience->order_id != NULL) + (audience->orders != NULL) +
                (audience->recipients.at != NULL);
    struct path path = {.parent = decoder->path, .name = audience->all.set ? "all" : "everyone"};
    bool no = (audience->all.set && !audience->all.value) ||
              (audience->everyone.set && !audience->everyone.value);
    if (given != 1)
        violations_add(decoder->violations, decoder->path, VIOLATION_exactly_one);
    else if (no)
        violations_add(decoder->violations, &path, VIOLATION_not_allowed);
}
static const struct record audience_record = RECORD(
    "audience", T, audience_fields, .rules = RULES({NULL, check_audience}), .exactly_one = true);
#undef T

#define T struct notification_counts
static const struct field counts_fields[] = {
    FIELD(T, queued),
    FIELD(T, sent),
    FIELD(T, failed),
    FIELD(T, suppressed),
};
static const struct record counts_record = RECORD("notification_counts", T, counts_fields);
#undef T

#define T struct notification_text
static const struct field text_fields[] = {
    FIELD_AS(kind_locale, T, locale, .personal = NOT_PERSONAL, .flags = REQUIRED),
    FIELD(T, subject, .personal = PERSONAL_PROSE, .max = SUBJECT_MAX),
    FIELD(T, message, .personal = PERSONAL_PROSE, MESSAGE),
};
static const struct record text_record = RECORD("notification_text", T, text_fields);
#undef T

#define T struct event_place
static const struct field place_fields[] = {
    FIELD_TIME(T, starts_at),
    FIELD_AS(kind_time_zone, T, time_zone),
    FIELD(T, location, .personal = NOT_ERASED),
};
static const struct record place_record = RECORD("event_place", T, place_fields);
#undef T

#define T struct notification
static const struct field fields[] = {
    COMMON_FIELDS(T, NOTIFICATION_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY | SHOWN),
    FIELD_ENUM(T, channel, channel_names, .flags = REQUIRED),
    FIELD(T, subject, .personal = PERSONAL_PROSE, .max = SUBJECT_MAX,
          .summary = "The subject of an e-mail; may have fields, as the message."),
    FIELD(T, message, .personal = PERSONAL_PROSE, MESSAGE,
          .summary = "At most 100 KiB in UTF-8. Fields such as {{event.name}} are replaced by "
                     "their values."),
    FIELD_AS(kind_locale, T, locale, .personal = NOT_PERSONAL,
             .summary = "The language of subject and message."),
    FIELD_LIST(T, texts, text_record, .personal = PERSONAL, .max = TEXTS_MAX,
               .summary = "The same text in other languages, for people who prefer them."),
    FIELD_NESTED(T, audience, audience_record, .flags = REQUIRED,
                 .summary = "Who receives it; exactly one member is given."),
    FIELD_ENUM(T, per, per_names,
               .summary = "For people with several tickets of the audience's ticket_type_id: one "
                          "e-mail about all of them (recipient), or one for each (ticket)."),
    FIELD(T, attach, .personal = NOT_PERSONAL, .names = attach_names, .max = 2,
          .summary = "What is attached to an e-mail: the event as a calendar file, the QR "
                     "codes of the tickets."),
    FIELD_NESTED(T, previous, place_record, .flags = STORED_ONLY),
    FIELD_ENUM(T, automatic, automatic_names, .flags = READ_ONLY,
               .summary = "Which of the event's automatic messages it is. Where the event has "
                          "texts of its own, they take the place of this one as it is sent."),
    FIELD(T, rewritten, .flags = STORED_ONLY),
    FIELD(T, marketing,
          .summary = "Sent only to people with marketing_consent; the audience must be all, "
                     "status or attendees."),
    FIELD(T, send_at, .summary = "It is not sent before this time."),
    FIELD_AS(kind_duration, T, before_start,
             .summary = "Instead of send_at: how long before the event starts. Days are calendar "
                        "days of its time zone. Follows the event when it is moved."),
    FIELD_AS(kind_duration, T, after_end,
             .summary = "Instead of send_at: how long after the event's ends_at."),
    FIELD(T, sent_at, .flags = READ_ONLY),
    FIELD_ENUM(T, status, notification_status_names, .flags = READ_ONLY | SHOWN),
    FIELD_NESTED(T, counts, counts_record, .flags = READ_ONLY),
    FIELD(T, erased_at, .flags = READ_ONLY,
          .summary = "When its text, which was for one person, was erased."),
    FIELD(T, expanded, .flags = STORED_ONLY),
    FIELD(T, planned_at, .flags = READ_ONLY,
          .summary = "The time that before_start or after_end comes to for the event as it is "
                     "now."),
    FIELD(T, due_at, .flags = STORED_ONLY),
    FIELD(T, partition, .flags = STORED_ONLY),
};

static void check_schedule(const void *members, struct decoder *decoder)
{
    const struct notification *notification = members;
    int given = notification->send_at.set + (notification->before_start != NULL) +
                (notification->after_end != NULL);
    struct path path = {.parent = decoder->path,
                        .name = notification->after_end != NULL ? "after_end" : "before_start"};
    if (given > 1)
        violations_add(decoder->violations, &path, VIOLATION_at_most_one);
}
const struct record notification_record = RECORD(
    "notification", T, fields, .rules = RULES({"send_at before_start after_end", check_schedule}));
#undef T

#define T struct delivery_mark
static const struct field delivery_mark_fields[] = {FIELD(T, at)};
static const struct record delivery_mark_record = RECORD("delivery_mark", T, delivery_mark_fields);
#undef T

#define T struct delivery_marks
static const struct field delivery_marks_fields[] = {
    FIELD_LIST(T, subject, delivery_mark_record),
    FIELD_LIST(T, message, delivery_mark_record),
};
static const struct record delivery_marks_record =
    RECORD("delivery_marks", T, delivery_marks_fields);
#undef T

#define T struct delivery
static const struct field delivery_fields[] = {
    COMMON_FIELDS(T, DELIVERY_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY | SHOWN),
    FIELD_ID(T, notification_id, NOTIFICATION_PREFIX, .flags = READ_ONLY | SHOWN),
    FIELD(T, recipient, .personal = PERSONAL, .flags = READ_ONLY,
          .summary = "The recipient's name."),
    FIELD(T, address, .personal = PERSONAL, .flags = READ_ONLY,
          .summary = "E-mail address or phone number."),
    FIELD_AS(kind_locale, T, locale, .personal = PERSONAL, .flags = READ_ONLY,
             .summary = "The language that the recipient prefers."),
    FIELD_ENUM(T, channel, channel_names, .flags = READ_ONLY | SHOWN),
    FIELD_ENUM(T, status, delivery_status_names, .flags = READ_ONLY | SHOWN),
    FIELD(T, attempts, .flags = READ_ONLY),
    FIELD_ID(T, attendee_id, ATTENDEE_PREFIX, .flags = READ_ONLY),
    FIELD_ID(T, order_id, ORDER_PREFIX, .flags = READ_ONLY),
    FIELD(T, ticket, .flags = READ_ONLY,
          .summary = "The number of the order's ticket that it is about."),
    FIELD(T, buyer, .flags = STORED_ONLY),
    FIELD(T, elsewhere, .flags = STORED_ONLY),
    FIELD_ENUM(T, about, about_names, .flags = STORED_ONLY),
    FIELD(T, subject, .personal = PERSONAL_PROSE, .flags = READ_ONLY, .summary = "As it was sent."),
    /* With the recipient's values it may be longer than what it was made from. */
    FIELD(T, message, .personal = PERSONAL_PROSE, .flags = READ_ONLY | MULTILINE,
          .max = 10 * NOTIFICATION_MESSAGE_BYTES, .summary = "As it was sent."),
    FIELD_NESTED(T, marks, delivery_marks_record, .flags = STORED_ONLY),
    FIELD(T, provider_id, .personal = PERSONAL, .flags = READ_ONLY),
    FIELD(T, sent_at, .flags = READ_ONLY),
    FIELD(T, error, .personal = PERSONAL, .flags = READ_ONLY),
    FIELD(T, erased_at, .flags = READ_ONLY,
          .summary = "When everything that names a person was erased."),
    FIELD(T, claim, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
    FIELD(T, lost_claim, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
    FIELD(T, resends, .flags = STORED_ONLY),
    FIELD(T, due_at, .flags = STORED_ONLY),
    FIELD(T, partition, .flags = STORED_ONLY),
};
const struct record delivery_record = RECORD("delivery", T, delivery_fields);
#undef T

#define T struct delivery_offer
static const struct field offer_fields[] = {
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = REQUIRED, .summary = "The event."),
    FIELD_ID(T, notification_id, NOTIFICATION_PREFIX, .summary = "What is to be sent."),
    FIELD_ID(T, delivery_id, DELIVERY_PREFIX, .flags = REQUIRED,
             .summary = "The delivery that waits for its attempt; to be claimed before it."),
    FIELD(T, channel, .summary = "By which it goes: email or sms."),
    FIELD(T, attempt, .flags = REQUIRED, .min = 1, .max = INT64_MAX, .summary = "Its number."),
};
const struct record delivery_offer_record = RECORD("delivery_offer", T, offer_fields);
#undef T

#define T struct delivery_report
/* clang-format off */
#define REPORT_FIELDS                                                                              \
    FIELD_ENUM(T, status, delivery_status_names, .flags = REQUIRED),                               \
    FIELD(T, attempt, .flags = REQUIRED, .min = 1, .max = 1000),                                   \
    FIELD(T, claim, .flags = REQUIRED, .max = 200,                                                 \
          .summary =                                                                               \
              "<instance>#<random>: a new claim of an instance takes its last one's place."),      \
    FIELD(T, sender, .max = 254, .summary = "In a claim: the address that the message will come from."),    \
    FIELD(T, provider_id, .max = 200),                                                             \
    FIELD(T, error, .max = 500)
/* clang-format on */
static const struct field report_fields[] = {REPORT_FIELDS};
const struct record delivery_report_record = RECORD("delivery_report", T, report_fields);
static const struct field bulk_report_fields[] = {
    FIELD_ID(T, delivery_id, DELIVERY_PREFIX, .flags = REQUIRED), REPORT_FIELDS};
static const struct record bulk_report_record =
    RECORD("delivery_bulk_report", T, bulk_report_fields);
#undef T

#define T struct delivery_bulk
static const struct field bulk_fields[] = {
    FIELD_LIST(T, reports, bulk_report_record, .flags = REQUIRED, .min = 1, .max = DELIVERY_BULK,
               .summary = "Either all claims or none: reports of another kind than the first are "
                          "not accepted."),
};
const struct record delivery_bulk_record = RECORD("delivery_bulk", T, bulk_fields);
#undef T

#define T struct delivery_ticket
static const struct field delivery_ticket_fields[] = {
    FIELD(T, number),
    FIELD(T, code),
    FIELD(T, signature),
    FIELD(T, type, .summary = "Its name."),
    FIELD(T, holder, .summary = "The name of the person whose ticket it is, if known."),
};
const struct record delivery_ticket_record = RECORD("delivery_ticket", T, delivery_ticket_fields);
#undef T

#define T struct delivery_event
static const struct field delivery_event_fields[] = {
    FIELD(T, name),
    FIELD(T, when, .summary = "When it begins, in its time zone, as the text's language has it."),
    FIELD(T, where),
    FIELD(T, status),
    FIELD(T, locale, .summary = "The text's language."),
    FIELD(T, color, .summary = "The event's, as #rrggbb."),
    FIELD(T, text_color, .summary = "Of text that can be read on it."),
    FIELD_NESTED(T, picture, event_picture_record, .summary = "The event's."),
};
const struct record delivery_event_record = RECORD("delivery_event", T, delivery_event_fields);
#undef T

#define T struct delivery_payload
static const struct field order_fields[] = {
    FIELD_ID(T, id, DELIVERY_PREFIX),
    FIELD_ID(T, notification_id, NOTIFICATION_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_ENUM(T, channel, channel_names),
    FIELD_ENUM(T, status, delivery_status_names),
    FIELD(T, attempts),
    FIELD(T, resends, .summary = "How often a resend was requested."),
    FIELD(T, name),
    FIELD(T, address),
    FIELD(T, subject),
    FIELD(T, message),
    FIELD(T, unsubscribe, .summary = "The address for one-click unsubscription (RFC 8058)."),
    FIELD_LIST(T, tickets, delivery_ticket_record),
    FIELD(T, calendar, .summary = "The event as iCalendar."),
    FIELD_NESTED(T, event, delivery_event_record, .summary = "What an e-mail shows of it."),
    FIELD(T, automatic, .summary = "No person has sent it: an e-mail says Auto-Submitted."),
    FIELD(T, reply_to, .summary = "The event's contact, to which answers go."),
};
const struct record delivery_payload_record = RECORD("delivery_order", T, order_fields);
#undef T

#define T struct delivery_bulk_outcome
static const struct field bulk_outcome_fields[] = {
    FIELD_ENUM(T, result, bulk_result_names,
               .summary = "alone: not accepted in a batch; send it with delivery.record."),
    FIELD_NESTED(T, order, delivery_payload_record, .summary = "Present if a claim was granted."),
};
const struct record delivery_bulk_outcome_record =
    RECORD("delivery_bulk_outcome", T, bulk_outcome_fields);
const struct record delivery_bulk_result_record = {
    .name = "delivery_bulk_result", .size = sizeof(T), .fields = bulk_outcome_fields, .n = 1};
#undef T

#define T struct delivery_bulk_outcomes
static const struct field bulk_outcomes_fields[] = {
    FIELD_LIST(T, results, delivery_bulk_outcome_record,
               .summary = "One for each report, in the same order."),
};
const struct record delivery_bulk_outcomes_record =
    RECORD("delivery_bulk_outcomes", T, bulk_outcomes_fields);
#undef T

#define T struct delivery_settlement
static const struct field settlement_fields[] = {
    FIELD_ENUM(T, status, settlement_status_names, .flags = REQUIRED),
    FIELD(T, error, .max = 500, .summary = "Why."),
    FIELD(T, permanent,
          .summary = "For a bounce: whether nothing sent to the address will ever arrive. "
                     "Default: true."),
    FIELD(T, resends, .max = 1000000,
          .summary = "Which sending is meant; 0 is the first. Default: the last."),
};
const struct record delivery_settlement_record =
    RECORD("delivery_settlement", T, settlement_fields);
#undef T

#define T struct preview
static const struct field preview_fields[] = {
    FIELD_ENUM(T, channel, channel_names, .flags = REQUIRED),
    FIELD_ID(T, attendee_id, ATTENDEE_PREFIX, .flags = REQUIRED),
    FIELD(T, subject, .max = SUBJECT_MAX),
    FIELD(T, message, MESSAGE),
    FIELD_AS(kind_locale, T, locale, .summary = "The language of subject and message."),
    FIELD_LIST(T, texts, text_record, .max = TEXTS_MAX,
               .summary = "The same text in other languages."),
};
const struct record preview_record = RECORD("preview", T, preview_fields);
#undef T

#define T struct preview_text
static const struct field preview_text_fields[] = {
    FIELD_ENUM(T, channel, channel_names),
    FIELD(T, recipient),
    FIELD(T, address),
    FIELD(T, subject),
    FIELD(T, message, .flags = MULTILINE),
};
const struct record preview_text_record = RECORD("preview_text", T, preview_text_fields);
#undef T

#define T struct audience_page
static const struct field page_fields[] = {
    FIELD_ENUM(T, pages, audience_pages_names, .flags = REQUIRED),
    FIELD_ENUM(T, status, attendee_status_names),
    FIELD(T, after, .max = 48),
};
const struct record audience_page_record = RECORD("audience_page", T, page_fields);
#undef T

#define T struct reschedule_page
static const struct field reschedule_fields[] = {
    FIELD(T, version, .flags = REQUIRED, .min = 1, .max = INT64_MAX),
    FIELD_ID(T, after, NOTIFICATION_PREFIX, .flags = REQUIRED),
};
const struct record reschedule_page_record = RECORD("reschedule_page", T, reschedule_fields);
