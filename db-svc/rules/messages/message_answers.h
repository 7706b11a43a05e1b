/* message_answers: what was answered for the tickets that a message is about, as its reader reads
 * it. Pure; the text lives in the arena. */
#pragma once

#include "db-svc/rules/messages/message_tickets.h"
#include "libshared/contract/event.h"

/* A line for each ticket that was answered for, of some 20 KB at most: "…" ends what is more.
 * NULL: nothing was answered. A NULL event is gone, a NULL locale unknown. */
const char *message_answers(const void *arena, const struct event *event,
                            const struct outgoing_message_tickets *tickets, const char *locale);
