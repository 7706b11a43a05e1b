/* html: plain text as HTML, for those whose mail program shows nothing else.
 *
 * Empty lines part paragraphs, line ends stay, addresses of the web become links. All else is
 * escaped: nothing of the text becomes markup. Pure; any thread; the result is in the arena. */
#pragma once

#include <stddef.h>

/* A QR code that comes with the mail, and what it shows. */
struct html_picture {
    const char *id; /* its Content-ID, without the angle brackets */
    const char *title, *code;
};

/* What stands within a body. */
char *html_body(const void *arena, const char *text);
/* A whole page, with the pictures below the text; its lines end with CRLF. */
char *html_page(const void *arena, const char *text, const struct html_picture *pictures, size_t n);
