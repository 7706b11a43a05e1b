/* html: plain text as HTML, for those whose mail program shows nothing else.
 *
 * Empty lines part paragraphs, line ends stay, addresses of the web become links. All else is
 * escaped: nothing of the text becomes markup. Pure; any thread; the result is in the arena. */
#pragma once

/* What stands within a body. */
char *html_body(const void *arena, const char *text);
