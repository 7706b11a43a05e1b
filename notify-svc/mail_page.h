/* mail_page: the HTML part of an e-mail, made of templates/mail.html or of a designer's own.
 *
 * A page stays below the size at which mail programs cut it off: the first tickets have their QR
 * codes, others a line each as long as there is room, and what is left is counted. Pure; any
 * thread; results live in the arena given. */
#pragma once

#include "libshared/contract/notification.h"
#include "libshared/html/html_template.h"

#define MAIL_PAGE_MAX (96 * 1024) /* bytes; Gmail cuts at 102 KB */
#define MAIL_PAGE_PICTURES_MAX 10

/* `text` NULL: the one that comes with the service. NULL: *ret_fault says what is wrong with it. */
const struct html_template *mail_page_template(const void *arena, const char *text,
                                               struct html_fault *ret_fault);

/* `pictures` are the Content-IDs of the first tickets' QR codes. Lines end with CRLF. */
char *mail_page(const void *arena, const struct html_template *template,
                const struct delivery_order *order, const char *const *pictures, size_t n_pictures);
