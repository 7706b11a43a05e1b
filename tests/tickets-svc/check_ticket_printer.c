/* Tickets drawn on a thread beside the loop: each is told once, unless nobody wants it any more. */
#include "tickets-svc/ticket_printer.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static void *arena;
static struct loop *loop;
static struct ticket_printer *printer;
static size_t told, awaited;

static void setup(void)
{
    arena = mem_arena(NULL, 0);
    told = 0;
    ck_assert_int_eq(loop_open(arena, &loop), 0);
    ck_assert_int_eq(ticket_printer_open(arena, loop, &printer), 0);
}

static void teardown(void)
{
    ticket_printer_close(printer);
    mem_free(arena);
}

static void on_drawn(void *context, struct ticket_pdf_file file)
{
    ck_assert_ptr_eq(context, &told);
    ck_assert_mem_eq(file.bytes, "%PDF-", 5);
    if (++told == awaited)
        loop_stop(loop);
}

static struct ticket_print *put(void)
{
    void *own = mem_arena(NULL, 0);
    struct ticket_pdf_page *page = mem_new(own, struct ticket_pdf_page);
    *page = (struct ticket_pdf_page){.event = "Gala", .code = "c1", .read = "c1.s1"};
    return ticket_printer_put(printer, own, page, 1, on_drawn, &told);
}

static void await(size_t n)
{
    awaited = n;
    ck_assert_int_eq(loop_run(loop), 0);
}

START_TEST(each_is_told_once)
{
    setup();
    for (int i = 0; i < 5; i++)
        ck_assert_ptr_nonnull(put());
    await(5);
    ck_assert_uint_eq(told, 5);
    teardown();
}
END_TEST

START_TEST(what_is_wanted_no_more_is_told_to_nobody)
{
    setup();
    struct ticket_print *forgotten = put();
    (void)put();
    ticket_print_forget(forgotten);
    await(1);
    ck_assert_uint_eq(told, 1);
    teardown();
}
END_TEST

START_TEST(only_so_many_wait)
{
    setup();
    size_t n = 0;
    while (n < 1000 && put() != NULL)
        n++;
    ck_assert_uint_eq(n, 64);
    await(n);
    ck_assert_ptr_nonnull(put());
    await(n + 1);
    teardown();
}
END_TEST

START_TEST(what_waits_at_the_end_is_dropped)
{
    setup();
    for (int i = 0; i < 20; i++)
        (void)put();
    teardown();
    ck_assert_uint_eq(told, 0);
}
END_TEST

CHECK_MAIN("ticket_printer", each_is_told_once, what_is_wanted_no_more_is_told_to_nobody,
           only_so_many_wait, what_waits_at_the_end_is_dropped)
