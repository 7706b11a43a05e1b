/* letter_links: a person's own links in what is sent to them. They are made when it is sent:
 * neither the delivery nor a receipt keeps a token. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

/* The text with the links in it, good from the attempt at hand on, and for the address that it goes
 * to; empty for who is not on the event's list. NULL gives NULL. */
const char *letter_links(struct turn *turn, const struct delivery *delivery, const char *text);
/* Where the links would lead, for a preview. */
const char *letter_links_like(struct turn *turn, const char *text);
