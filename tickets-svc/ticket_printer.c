#include "tickets-svc/ticket_printer.h"

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/service/background.h"

#define WAITING_MAX 64

struct ticket_printer {
    struct background *background;
    struct ticket_pdf *drawer;
};

struct ticket_print {
    struct background_work *work;
    struct ticket_pdf *drawer;
    void *arena; /* its own, with all that is here */
    const struct ticket_pdf_page *pages;
    size_t n;
    struct ticket_pdf_file file;
    void (*done)(void *context, struct ticket_pdf_file file);
    void *context;
};

static void draw(void *own)
{
    struct ticket_print *print = own;
    print->file =
        ticket_pdf_draw(print->drawer, print->arena, print->pages, print->n, clock_read().wall_ms);
}

static void on_drawn(void *context, void *own)
{
    (void)context;
    const struct ticket_print *print = own;
    print->done(print->context, print->file);
}

struct ticket_print *ticket_printer_put(struct ticket_printer *printer, void *arena_take,
                                        const struct ticket_pdf_page *pages, size_t n,
                                        void (*done)(void *context, struct ticket_pdf_file file),
                                        void *context)
{
    struct ticket_print *print = mem_new(arena_take, struct ticket_print);
    *print = (struct ticket_print){.drawer = printer->drawer,
                                   .arena = arena_take,
                                   .pages = pages,
                                   .n = n,
                                   .done = done,
                                   .context = context};
    struct background_work *work =
        background_put(printer->background,
                       &(struct background_task){
                           .arena_take = arena_take, .own = print, .run = draw, .done = on_drawn});
    if (work == NULL)
        return NULL;
    print->work = work; /* the thread does not look at it */
    return print;
}

void ticket_print_forget(struct ticket_print *print)
{
    background_forget(print->work);
}

int ticket_printer_open(const void *arena, struct loop *loop, struct ticket_printer **ret_printer)
{
    struct ticket_printer *printer = mem_new(arena, struct ticket_printer);
    printer->drawer = ticket_pdf_open(printer);
    int r = background_open(printer, loop, WAITING_MAX, &printer->background);
    if (r == 0)
        *ret_printer = printer;
    return r;
}

void ticket_printer_close(struct ticket_printer *printer)
{
    background_close(printer->background);
}
