#include "tickets-svc/ticket_printer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"

#define WAITING_MAX 64

struct ticket_print {
    TAILQ_ENTRY(ticket_print) next;
    void *arena; /* its own, with all that is here */
    const struct ticket_pdf_page *pages;
    size_t n;
    struct ticket_pdf_file file;
    void (*done)(void *context, struct ticket_pdf_file file); /* NULL: nobody wants it any more */
    void *context;
};
TAILQ_HEAD(prints, ticket_print);

struct ticket_printer {
    struct loop *loop;
    struct ticket_pdf *drawer;
    pthread_t thread;
    int wake;
    size_t n_wanted; /* put and not told; the loop's */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct prints waiting, drawn; /* under the lock, as what follows */
    bool ended;
};

/* --- The thread --- */

static struct ticket_print *next_print(struct ticket_printer *printer)
{
    struct ticket_print *print = NULL;
    (void)pthread_mutex_lock(&printer->lock);
    while (!printer->ended && (print = TAILQ_FIRST(&printer->waiting)) == NULL)
        (void)pthread_cond_wait(&printer->changed, &printer->lock);
    if (print != NULL)
        TAILQ_REMOVE(&printer->waiting, print, next);
    (void)pthread_mutex_unlock(&printer->lock);
    return print;
}

static void hand_back(struct ticket_printer *printer, struct ticket_print *print)
{
    (void)pthread_mutex_lock(&printer->lock);
    TAILQ_INSERT_TAIL(&printer->drawn, print, next);
    (void)pthread_mutex_unlock(&printer->lock);
    (void)eventfd_write(printer->wake, 1);
}

static void *print_all(void *user)
{
    struct ticket_printer *printer = user;
    struct ticket_print *print;
    while ((print = next_print(printer)) != NULL) {
        print->file = ticket_pdf_draw(printer->drawer, print->arena, print->pages, print->n,
                                      clock_read().wall_ms);
        hand_back(printer, print);
    }
    return NULL;
}

/* --- The loop --- */

static struct ticket_print *take(struct ticket_printer *printer, struct prints *from)
{
    (void)pthread_mutex_lock(&printer->lock);
    struct ticket_print *print = TAILQ_FIRST(from);
    if (print != NULL)
        TAILQ_REMOVE(from, print, next);
    (void)pthread_mutex_unlock(&printer->lock);
    return print;
}

static void on_drawn(void *user, uint32_t events, const struct clock_time *now)
{
    (void)events;
    (void)now;
    struct ticket_printer *printer = user;
    struct ticket_print *print;
    eventfd_t count;
    (void)eventfd_read(printer->wake, &count);
    while ((print = take(printer, &printer->drawn)) != NULL) {
        printer->n_wanted--;
        if (print->done != NULL)
            print->done(print->context, print->file);
        mem_free(print->arena);
    }
}

struct ticket_print *ticket_printer_put(struct ticket_printer *printer, void *arena_take,
                                        const struct ticket_pdf_page *pages, size_t n,
                                        void (*done)(void *context, struct ticket_pdf_file file),
                                        void *context)
{
    if (printer->n_wanted == WAITING_MAX) {
        mem_free(arena_take);
        return NULL;
    }
    struct ticket_print *print = mem_new(arena_take, struct ticket_print);
    *print = (struct ticket_print){
        .arena = arena_take, .pages = pages, .n = n, .done = done, .context = context};
    printer->n_wanted++;
    (void)pthread_mutex_lock(&printer->lock);
    TAILQ_INSERT_TAIL(&printer->waiting, print, next);
    (void)pthread_cond_signal(&printer->changed);
    (void)pthread_mutex_unlock(&printer->lock);
    return print;
}

void ticket_print_forget(struct ticket_print *print)
{
    print->done = NULL;
}

int ticket_printer_open(const void *arena, struct loop *loop, struct ticket_printer **ret_printer)
{
    struct ticket_printer *printer = mem_new(arena, struct ticket_printer);
    printer->loop = loop;
    printer->drawer = ticket_pdf_open(printer);
    TAILQ_INIT(&printer->waiting);
    TAILQ_INIT(&printer->drawn);
    (void)pthread_mutex_init(&printer->lock, NULL);
    (void)pthread_cond_init(&printer->changed, NULL);
    printer->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (printer->wake < 0)
        return -errno;
    int r = loop_add(loop, printer->wake, EPOLLIN, on_drawn, printer);
    if (r == 0)
        r = -pthread_create(&printer->thread, NULL, print_all, printer);
    if (r < 0) {
        (void)close(printer->wake);
        return r;
    }
    *ret_printer = printer;
    return 0;
}

static void drop(struct ticket_printer *printer, struct prints *prints)
{
    struct ticket_print *print;
    while ((print = take(printer, prints)) != NULL)
        mem_free(print->arena);
}

void ticket_printer_close(struct ticket_printer *printer)
{
    (void)pthread_mutex_lock(&printer->lock);
    printer->ended = true;
    (void)pthread_cond_signal(&printer->changed);
    (void)pthread_mutex_unlock(&printer->lock);
    (void)pthread_join(printer->thread, NULL);
    drop(printer, &printer->waiting);
    drop(printer, &printer->drawn);
    loop_remove(printer->loop, printer->wake);
    (void)close(printer->wake);
}
