/* message_links: a person's own links in what is sent to them. They are made when it is sent:
 * neither the delivery nor a receipt keeps a token. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

/* Good from the attempt at hand on, and for the address that it goes to. */
struct outgoing_message_links {
    const char *confirm, *cancel, *unsubscribe; /* NULL: is not on the event's list */
    const char *order;            /* its page; NULL: no e-mail about one to a reader of it */
    const char *unsubscribe_post; /* for mail programs */
};
struct outgoing_message_links outgoing_message_links(struct decision *decision,
                                                     const struct delivery *delivery);
/* Where the links would lead, for a preview. */
struct outgoing_message_links message_links_like(struct decision *decision);
