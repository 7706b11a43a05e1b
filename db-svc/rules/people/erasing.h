/* erasing: takes a person out of one record: what names the person goes, what counts stays.
 *
 * The person is an e-mail address at an event, with the phones and the attendees that go by it.
 * Only what was there when the erasure began is looked at: who comes back is somebody new. Each
 * function that erases changes the record in its turn and has answers about it forgotten. One
 * thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/erasure.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

struct erasing {
    struct turn *turn;
    struct erasure *erasure; /* whom; counts what is found */
    bool learned;            /* a phone or an attendee more: to be looked for as well */
};

/* Adds to whom is looked for; NULL is nothing. */
void erasing_seek_phone(struct erasing *erasing, const char *phone);
void erasing_seek_name(struct erasing *erasing, const char *name);
void erasing_seek_attendee(struct erasing *erasing, const char *attendee_id);

/* What is left of the person's address where it was changed: in the arena. */
const char *erasing_hash(const struct erasing *erasing);
/* Whether a record names the person. */
bool erasing_names_attendee(const struct erasing *erasing, const struct attendee *attendee);
bool erasing_names_order(const struct erasing *erasing, const struct order *order);
bool erasing_names_delivery(const struct erasing *erasing, const struct delivery *delivery);
bool erasing_names_notification(const struct erasing *erasing,
                                const struct notification *notification);

void erasing_attendee(struct erasing *erasing, const struct attendee *was);
void erasing_order(struct erasing *erasing, const struct order *was);
/* One that waits is not sent. */
void erasing_delivery(struct erasing *erasing, const struct delivery *was);
void erasing_notification(struct erasing *erasing, const struct notification *was);
