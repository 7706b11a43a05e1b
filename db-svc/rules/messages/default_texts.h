/* default_texts: the texts of messages that nobody has written, by kind and language.
 *
 *   const struct default_text text = default_texts_of(MESSAGE_WELCOME, attendee->locale);
 *
 * Both texts are templates with content.h's fields; the texts themselves are in default_texts.def.
 * In place of a language that is not there stands English. Constant; any thread. */
#pragma once

#include "libshared/contract/message_texts.h"

/* The languages that there are, as tags: English first; ended by NULL. */
extern const char *const default_texts_languages[];

struct default_text {
    const char *subject, *message;
};
/* A NULL locale: unknown. */
struct default_text default_texts_of(enum message_kind kind, const char *locale);
/* All of them, in the arena. */
struct message_texts default_texts_all(const void *arena);
