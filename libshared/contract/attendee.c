#include "libshared/contract/attendee.h"

#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

const char *const attendee_status_names[] = {"", "unconfirmed", "confirmed", "cancelled", NULL};

#define T struct consent
static const struct field consent_fields[] = {
    FIELD(T, given, .flags = REQUIRED),
    FIELD(T, at, .summary = "When it was given or refused; now if not given."),
    FIELD(T, source, .personal = PERSONAL, .max = 200,
          .summary = "Where it was given, e.g. the form or the letter."),
};
static const struct record consent_record = RECORD("consent", T, consent_fields);
#undef T

#define T struct attendee_tickets
static const struct field tickets_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(T, ticket_type, .flags = WIRE_ONLY, .summary = "The name of the ticket type."),
    FIELD(T, tickets, .summary = "How many are valid."),
    FIELD(T, checked_in, .summary = "How many of these were used."),
};
static const struct record tickets_record = RECORD("attendee_tickets", T, tickets_fields);
#undef T

#define T struct attendee_origin
static const struct field origin_fields[] = {
    FIELD(T, command, .personal = NOT_PERSONAL),
    FIELD(T, source, .personal = NOT_ERASED),
    FIELD(T, command_id, .personal = NOT_ERASED),
};
static const struct record origin_record = RECORD("attendee_origin", T, origin_fields);
#undef T

#define T struct attendee
/* clang-format off */
#define ATTENDEE_FIELDS \
    COMMON_FIELDS(T, ATTENDEE_PREFIX), \
    FIELD(T, external_id, .personal = PERSONAL, .max = 100, .summary = "The caller's own id."), \
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY | SHOWN), \
    FIELD(T, name, .personal = PERSONAL, .flags = REQUIRED | ERASABLE, .max = 200), \
    FIELD_AS(kind_email, T, email, .personal = PERSONAL, .flags = REQUIRED | ERASABLE), \
    FIELD_AS(kind_phone, T, phone, .personal = PERSONAL), \
    FIELD_AS(kind_locale, T, locale, .personal = PERSONAL, \
             .summary = "The language that the person prefers to read."), \
    FIELD_ENUM(T, status, attendee_status_names, .flags = READ_ONLY | SHOWN), \
    FIELD_NESTED(T, marketing_consent, consent_record, .personal = PERSONAL, \
                 .summary = "Without it the person is sent no notification that is marked as " \
                            "marketing."), \
    FIELD(T, metadata, .personal = PERSONAL, .summary = "Up to 20 strings of the caller's."), \
    FIELD(T, erased_at, .flags = READ_ONLY, \
          .summary = "When everything that names the person was erased."), \
    FIELD_NESTED(T, origin, origin_record, .flags = STORED_ONLY), \
    FIELD(T, erasure_id, .personal = NOT_PERSONAL, .flags = STORED_ONLY), \
    FIELD(T, email_folded, .personal = PERSONAL, .flags = STORED_ONLY), \
    FIELD(T, key, .personal = PERSONAL, .flags = STORED_ONLY)
/* clang-format on */
static const struct field fields[] = {
    ATTENDEE_FIELDS,
    FIELD_LIST(T, tickets, tickets_record, .flags = STORED_ONLY),
};
const struct record attendee_record = RECORD("attendee", T, fields);

static const struct field listed_fields[] = {
    ATTENDEE_FIELDS,
    FIELD_LIST(T, tickets, tickets_record, .flags = READ_ONLY,
               .summary = "The tickets that are the person's, by type; none if absent."),
    FIELD_LIST(T, questions, listed_answer_record, .flags = READ_ONLY,
               .summary = "Every question of the event, with what was answered for the person's "
                          "tickets."),
};
const struct record listed_attendee_record = RECORD("listed_attendee", T, listed_fields);
#undef T

#define T struct attendee_counts
static const struct field counts_fields[] = {
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD(T, unconfirmed),
    FIELD(T, confirmed),
    FIELD(T, cancelled),
    FIELD(T, total),
};
const struct record attendee_counts_record = RECORD("attendee_counts", T, counts_fields);
