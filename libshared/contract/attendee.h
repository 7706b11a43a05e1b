/* attendee: a person on an event's list. */
#pragma once

#include "libshared/contract/common.h"
#include "libshared/contract/listed_answers.h"

#define ATTENDEE_PREFIX "attendee"

enum attendee_status {
    ATTENDEE_UNSET,
    ATTENDEE_UNCONFIRMED,
    ATTENDEE_CONFIRMED,
    ATTENDEE_CANCELLED
};
extern const char *const attendee_status_names[];

/* Whether a person wants to hear of more than the event itself. */
struct consent {
    struct opt_bool given;
    struct opt_time at;
    const char *source;
};

/* The tickets of one type that are theirs and not void, and how many of them were used. */
struct attendee_tickets {
    const char *ticket_type_id;
    const char *ticket_type; /* its name, where it is shown */
    int64_t tickets, checked_in;
};

/* Which command made the record, and whose it was. */
struct attendee_origin {
    const char *command, *source, *command_id;
};

struct attendee {
    COMMON_MEMBERS;
    const char *external_id, *event_id, *name, *email, *phone, *locale;
    enum attendee_status status;
    struct consent *marketing_consent; /* NULL: never asked */
    struct string_map metadata;
    struct opt_time erased_at; /* then nothing that names the person is left */
    struct attendee_origin *origin;
    const char *erasure_id; /* by which it was erased */
    const char *email_folded;
    LIST_OF(struct attendee_tickets) tickets; /* as orders have them, so that lists can ask */
    listed_answers questions;                 /* where it is shown: all of the event's */
    const char *key; /* event and folded e-mail while not cancelled: unique */
};

struct attendee_counts {
    const char *event_id;
    int64_t unconfirmed, confirmed, cancelled, total;
};

RECORD_OF(struct attendee, attendee_record);
RECORD_OF(struct attendee, listed_attendee_record); /* shown with the tickets */
RECORD_OF(struct attendee_counts, attendee_counts_record);
