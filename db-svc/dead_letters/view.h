/* view: a dead letter as administrators see it, from the message that it is. Pure; all lives in the
 * arena, and the status is left open. Internal to this room. */
#pragma once

#include "libshared/contract/dead_letter.h"
#include "libshared/kafka/bus.h"

#define DEAD_LETTER_SUFFIX "-dlt"

/* The message as it first came, borrowing from `letter`: where it stood, without the headers that
 * say why it is a dead letter. */
void view_original(void *arena, const struct bus_message *letter, struct bus_message *ret_original);
/* `whole`: with headers and value. */
void view_letter(void *arena, const struct bus_message *letter, bool whole,
                 struct dead_letter *ret_letter);
/* Whether the letter lacks some of the message. */
bool view_is_truncated(const struct bus_message *letter);
