/* html_page: a page for people, made of files that a designer can edit: an HTML template with
 * {{{style}}} and {{{script}}}, the style sheet of all pages (libshared/html/page.css) and a
 * script. Its policy allows these two, by their hashes, pictures that stand in the page or, if
 * it says so, come from its own service, and requests to that; nothing of another host, and no page
 * around it. Constant once made; any thread. */
#pragma once

#include "libshared/service/facade.h"

/* Declares `name`, a text that is a file of the tree, as it stands there. */
#define HTML_PAGE_FILE(name, file)                                                                 \
    __asm__(".section .rodata\n" #name ":\n.incbin \"" file "\"\n.byte 0\n.previous\n");           \
    extern const char name[] __attribute__((visibility("hidden")))

struct html_page;
enum html_page_pictures { PICTURES_IN_PAGE, PICTURES_OF_SERVICE };
/* NULL: the template is wrong, logged. `script` is borrowed. */
struct html_page *html_page_new(const void *arena, const char *html, const char *script,
                                enum html_page_pictures pictures);
void html_page_serve(struct facade_call *call, const struct html_page *page);
