/* html: plain text as HTML, for those whose mail program shows nothing else.
 *
 * Empty lines part paragraphs, line ends stay, addresses of the web become links. A line that ends
 * with a colon, and one behind it that is an address alone, become a button. All else is escaped:
 * nothing of the text becomes markup. Pure; any thread; the result is in the arena. */
#pragma once

/* The content of a body, without lines that equal one of `left_out`, which the page shows in
 * another way. The list ends with NULL; NULL is an empty one. */
char *html_body(const void *arena, const char *text, const char *const *left_out);
