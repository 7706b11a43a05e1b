/* send_time_fields: what is put into a text as it goes out, and kept nowhere: links that give their
 * reader a right, and tickets' codes. More people read what was sent than may use them.
 *
 * A kept text has marks in their places, and the delivery knows where they are: what a value looks
 * like makes no place. Pure; any thread; results live in the arena given. */
#pragma once

#include <stddef.h>

#include "db-svc/rules/messages/template.h"
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

/* A NULL text gives NULL. Where no mark is, nothing is put in. */
char *send_time_fields_fill(const void *arena, const struct template_text *text,
                            const struct late *late);
/* A text that was kept without its marks, found by their looks; none if they are not `expected`
 * many: then some came with a value. */
struct template_text send_time_fields_find(const void *arena, const char *text, size_t expected);
