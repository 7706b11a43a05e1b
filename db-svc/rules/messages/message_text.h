/* message_text: the event's own words of an automatic message, in the place of the default ones.
 *
 * Words give way, and what a reader needs stays: an own text that leaves out a link which the
 * default text leads to, such as the one to confirm, has the default's line with it at its end.
 * Pure but for what it reads; one thread; results live in the arena given or borrow. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/message_texts.h"

/* MESSAGE_UNSET: it is not automatic, or somebody has rewritten it. */
enum message_kind message_text_kind(const struct notification *notification);
/* The event's; NULL: it has none of its own. */
const struct message_texts *message_text_read(struct decision *decision, const char *event_id);
/* Wants them, if there are any. */
void message_text_want(struct decision *decision, const char *event_id);
/* The text for a reader who wants `locale` (NULL: unknown), with the locale to write times in:
 * of that language, or else the first, unless there is a default one of that language. False: the
 * default text is theirs. */
bool message_text_choose(const void *arena, const struct message_texts *own, enum message_kind kind,
                         const char *locale, struct notification_text *ret_text);
