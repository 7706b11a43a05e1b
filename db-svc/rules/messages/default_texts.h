/* default_texts: what messages say that nobody has written, by kind and language.
 *
 *   const struct wording wording = default_texts_of(WORDING_WELCOME, attendee->locale);
 *
 * Both texts are templates with content.h's fields; the texts themselves are in wordings.def. Who
 * wants a language that is not there reads English. Constant; any thread. */
#pragma once

enum default_texts_kind {
    WORDING_WELCOME, /* to who has registered, with the links to confirm and to cancel */
    WORDING_TICKETS, /* to who has paid */
    WORDING_TICKET,  /* to whose one ticket is, whoever has paid */
    WORDING_POSTPONED,
    WORDING_CANCELLED,
    WORDING_REMINDER,
    WORDINGS
};

/* The languages that there are, as tags: English first; ended by NULL. */
extern const char *const default_texts_languages[];

struct wording {
    const char *subject, *message;
};
/* A NULL locale: unknown. */
struct wording default_texts_of(enum default_texts_kind kind, const char *locale);
