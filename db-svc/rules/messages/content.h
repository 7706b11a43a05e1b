/* content: what a notification says to one recipient. Pure, but that time zones come from the
 * system's database; one thread. Results live in the arena given. */
#pragma once

#include "db-svc/rules/messages/template.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

struct content {
    const struct event *event;          /* NULL: it is gone */
    const struct delivery *delivery;    /* whose name and address it goes by */
    const struct attendee *attendee;    /* NULL: none */
    const struct order *order;          /* NULL: none */
    const struct event_place *previous; /* of the event, before it was moved; NULL: was not */
    const struct delivery_ticket *tickets;
    size_t n_tickets;
    const char *locale; /* NULL: unknown */
};

/* Adds what is wrong with the fields in the subject and message of `parent`; NULL is right. What is
 * for its reader alone is wrong in a subject, which lists of mails show. */
void content_check(struct decoder *decoder, const struct path *parent,
                   const struct notification_text *text);
/* Whether the text has a field of tickets; NULL has none. */
bool content_shows_tickets(const char *text);
/* Whether the text has the link of that mark (send_time_fields.h), by any of its names. */
bool content_shows_link(const char *text, const char *mark);
/* With marks for what send_time_fields.h puts in. NULL gives NULL. */
struct template_text content_render(const void *arena, const char *text,
                                    const struct content *content);
/* How many marks that has, whatever the content is. */
size_t content_marks(const char *text);
