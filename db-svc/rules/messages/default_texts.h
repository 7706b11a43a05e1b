/* default_texts: the texts of messages that nobody has written, by kind and language.
 *
 *   const struct default_text text = default_texts_of(DEFAULT_TEXT_WELCOME, attendee->locale);
 *
 * Both texts are templates with content.h's fields; the texts themselves are in default_texts.def.
 * In place of a language that is not there stands English. Constant; any thread. */
#pragma once

enum default_texts_kind {
    DEFAULT_TEXT_WELCOME, /* to a person who registered, with the links to confirm and to cancel */
    DEFAULT_TEXT_TICKETS, /* to the buyer of a paid order */
    DEFAULT_TEXT_TICKET,  /* to the holder of one ticket, whoever paid */
    DEFAULT_TEXT_POSTPONED,
    DEFAULT_TEXT_CANCELLED,
    DEFAULT_TEXT_REMINDER,
    DEFAULT_TEXT_MOVED,
    DEFAULT_TEXT_REFUNDED,        /* to the buyer */
    DEFAULT_TEXT_ADDRESS_CHANGED, /* to the address that an order no longer has */
    DEFAULT_TEXTS
};

/* The languages that there are, as tags: English first; ended by NULL. */
extern const char *const default_texts_languages[];

struct default_text {
    const char *subject, *message;
};
/* A NULL locale: unknown. */
struct default_text default_texts_of(enum default_texts_kind kind, const char *locale);
