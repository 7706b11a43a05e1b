/* mail_page: the HTML part of an e-mail, made of templates/mail.html or of a designer's own.
 *
 * The first tickets have a card each and the others are counted, so that mail programs do not cut
 * the page off: Gmail does above 102 KB. Pure; any thread; results live in the arena given. */
#pragma once

#include "libshared/contract/notification.h"
#include "libshared/html/html_template.h"
#include "libshared/picture/picture.h"

#define MAIL_PAGE_MAX (96 * 1024) /* bytes; Gmail cuts at 102 KB */
#define MAIL_PAGE_PICTURES_MAX 10

/* `text` NULL: the one that comes with the service. NULL: *ret_fault says what is wrong with it. */
const struct html_template *mail_page_template(const void *arena, const char *text,
                                               struct html_fault *ret_fault);

/* By their Content-IDs. */
struct mail_page_pictures {
    const char *event; /* NULL: none */
    const struct picture *picture;
    const char *const *tickets; /* the QR codes of the first ones */
    size_t n_tickets;
};
/* Lines end with CRLF. */
char *mail_page(const void *arena, const struct html_template *template,
                const struct delivery_payload *order, const struct mail_page_pictures *pictures);
