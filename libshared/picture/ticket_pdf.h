/* ticket_pdf: tickets to print, a page of A4 each, black on white, with a bar
 * in the colour of the event.
 *
 * Text is shaped by Pango, in whatever fonts the machine has: right to left, CJK and combining
 * marks as their writers expect. A name that is too long becomes smaller, and then ends with an
 * ellipsis. Drawing takes milliseconds and fonts take memory, so it is no work for a service's
 * loop. Any thread; those who draw with one drawer wait for each other. A drawer is freed with its
 * arena, results live in the arena given. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "libshared/picture/picture.h"

struct ticket_pdf;
struct ticket_pdf *ticket_pdf_open(const void *arena);

/* UTF-8; NULL: nothing to say. */
struct ticket_pdf_page {
    const char *event, *when, *where;
    const char *type, *holder;
    const char *code;              /* for people */
    const char *read;              /* for gates: the QR code's text */
    const char *color;             /* of the event, #rrggbb */
    const struct picture *picture; /* of the event */
};
struct ticket_pdf_file {
    const char *bytes;
    size_t size;
};
/* `wall_ms` is when it is made. */
struct ticket_pdf_file ticket_pdf_draw(struct ticket_pdf *drawer, const void *arena,
                                       const struct ticket_pdf_page *pages, size_t n,
                                       int64_t wall_ms);
