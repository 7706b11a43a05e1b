/* content: what a notification says to one recipient. Pure, but that time zones come from the
 * system's database; one thread. Results live in the arena given. */
#pragma once

#include "db-svc/rules/template.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

struct content {
    const struct event *event;       /* NULL: it is gone */
    const struct delivery *delivery; /* whose name and address it goes by */
    const struct attendee *attendee; /* NULL: none */
    const struct order *order;       /* NULL: none */
};

/* Whether a text has only fields that there are. */
enum template_fault content_check(const char *text);
/* NULL gives NULL. */
char *content_render(const void *arena, const char *text, const struct content *content);
