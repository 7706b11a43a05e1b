/* ticket_printer: draws tickets on a thread of its own, so that the loop does not wait for it.
 *
 * Used on the loop's thread. A ticket that nobody waits for any more may still be drawn, and is
 * dropped. */
#pragma once

#include "libshared/picture/ticket_pdf.h"
#include "libshared/service/loop.h"

struct ticket_printer;
struct ticket_print; /* what is being drawn */

int ticket_printer_open(const void *arena, struct loop *loop, struct ticket_printer **ret_printer)
    __attribute__((warn_unused_result));
/* Waits for what is being drawn; nobody is told. */
void ticket_printer_close(struct ticket_printer *printer);

/* Takes `arena`, in which the pages live. `done` is told once, on the loop's thread, unless
 * ticket_print_forget() comes first; the file lives until it returns. NULL: too many wait. */
struct ticket_print *ticket_printer_put(struct ticket_printer *printer, void *arena_take,
                                        const struct ticket_pdf_page *pages, size_t n,
                                        void (*done)(void *context, struct ticket_pdf_file file),
                                        void *context);
void ticket_print_forget(struct ticket_print *print);
