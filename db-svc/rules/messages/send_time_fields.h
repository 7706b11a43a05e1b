/* send_time_fields: what is put into a text as it goes out, and kept nowhere: links that give their
 * reader a right, tickets' codes, and what was answered for tickets. More people read what was sent
 * than may use them.
 *
 * A kept text has marks in their places, and the delivery knows where they are: what a value looks
 * like makes no place. Pure; any thread; results live in the arena given. */
#pragma once

#include <stddef.h>

#include "db-svc/rules/messages/template.h"
#include "libshared/contract/notification.h"

#define SEND_TIME_CONFIRM "{{links.confirm}}"
#define SEND_TIME_CANCEL "{{links.cancel}}"
#define SEND_TIME_UNSUBSCRIBE "{{links.unsubscribe}}"
#define SEND_TIME_ORDER "{{links.order}}"
#define SEND_TIME_CODES "{{tickets.codes}}"
#define SEND_TIME_LIST "{{tickets.list}}"
#define SEND_TIME_ANSWERS "{{tickets.answers}}"
#define SEND_TIME_LIST_COST 25 /* as how many fields a list counts */

struct send_time_fields {
    const char *confirm_link, *cancel_link, *unsubscribe_link; /* NULL: none */
    const char *order_link; /* NULL: none; then neither is the line that announces it by a colon */
    const struct delivery_ticket *tickets;
    size_t n_tickets;
    const char *answers; /* likewise */
};

/* A NULL text gives NULL. Where no mark is, nothing is put in. */
char *send_time_fields_fill(const void *arena, const struct template_text *text,
                            const struct send_time_fields *fields);
/* A text that was kept without its marks, found by their looks; none if they are not `expected`
 * many: then some came with a value. */
struct template_text send_time_fields_find(const void *arena, const char *text, size_t expected);
