/* late: what is put into a text as it goes out, and kept nowhere: links that give their reader a
 * right, and tickets' codes. More people read what was sent than may use them.
 *
 * A kept text has their places. A value that looks like such a place becomes one: it gives its
 * reader no more than what is theirs; if such values make too many of them, none is filled. Pure;
 * any thread; results live in the arena given. */
#pragma once

#include <stddef.h>

#include "libshared/contract/notification.h"

#define LATE_CONFIRM "{{links.confirm}}"
#define LATE_CANCEL "{{links.cancel}}"
#define LATE_UNSUBSCRIBE "{{links.unsubscribe}}"
#define LATE_CODES "{{tickets.codes}}"
#define LATE_LIST "{{tickets.list}}"
#define LATE_LIST_COST 25 /* as how many fields a list counts */

struct late {
    const char *confirm_link, *cancel_link, *unsubscribe_link; /* NULL: none */
    const struct delivery_ticket *tickets;
    size_t n_tickets;
};

/* A NULL text gives NULL. */
char *late_fill(const void *arena, const char *text, const struct late *late);
