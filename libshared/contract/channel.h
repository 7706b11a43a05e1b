/* channel: the ways by which messages reach people, in one table.
 *
 * How each sends is notify-svc's table, notify-svc/channels.c. Pure; any thread. */
#pragma once

#include "libshared/record/record.h"

enum channel { CHANNEL_UNSET, CHANNEL_EMAIL, CHANNEL_SMS, CHANNELS };
extern const char *const channel_names[];
/* CHANNEL_UNSET: none is called so. NULL is allowed. */
enum channel channel_named(const char *name);

/* The ways to reach a person; NULL: not known. */
struct contacts {
    const char *email, *phone;
};
/* The addresses of a struct that has both members. */
#define CONTACTS_OF(person) ((struct contacts){(person)->email, (person)->phone})

struct channel_traits {
    size_t contact;  /* the offset of the address in `struct contacts` */
    bool folded;     /* addresses are the same however their letters are written */
    bool one_person; /* an address is one person's; others may be a family's */
    bool attaches;   /* files go with a message */
};
extern const struct channel_traits channel_traits[CHANNELS];

/* Where the channel reaches the person; NULL: nowhere. */
const char *channel_address(enum channel channel, struct contacts contacts);
/* Whether it goes to e-mail addresses. */
bool channel_is_by_email(enum channel channel);
/* As addresses are compared, in `arena`. */
const char *channel_fold(const void *arena, enum channel channel, const char *address);
