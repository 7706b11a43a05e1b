/* redact: erases a person from one record. What names the person goes, by the declaration of the
 * record's members (libshared/record/personal.h); what is counted stays.
 *
 * A person is an e-mail address at an event, with the phones and the attendees that belong to it.
 * Only records from before the erasure are looked at: the address may register again as somebody
 * new. Each redact_<record>() edits the record and erases the stored answers that showed it. One
 * thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/erasure.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

struct redact {
    struct decision *decision;
    struct erasure *erasure; /* whom; counts what is found */
    bool learned;            /* a phone or an attendee more: to be looked for as well */
};

/* Adds to what is searched for; NULL adds nothing. */
void redact_seek_phone(struct redact *redact, const char *phone);
void redact_seek_name(struct redact *redact, const char *name);
void redact_seek_attendee(struct redact *redact, const char *attendee_id);

/* A hash of the person's address, which stands where the address stood; in the arena. */
const char *redact_hash(const struct redact *redact);
/* Whether a record names the person. */
bool redact_names_attendee(const struct redact *redact, const struct attendee *attendee);
bool redact_names_order(const struct redact *redact, const struct order *order);
bool redact_names_delivery(const struct redact *redact, const struct delivery *delivery);
bool redact_names_notification(const struct redact *redact,
                               const struct notification *notification);

void redact_attendee(struct redact *redact, const struct attendee *was);
void redact_order(struct redact *redact, const struct order *was);
/* One that waits is not sent. */
void redact_delivery(struct redact *redact, const struct delivery *was);
void redact_notification(struct redact *redact, const struct notification *was);
