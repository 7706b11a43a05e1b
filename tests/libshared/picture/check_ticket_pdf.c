/* Tickets to print: what they are, whatever stands on them. What is seen is tested with a PDF
 * reader in tests/acceptance. */
#include "libshared/picture/ticket_pdf.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

#define NOW 1777658400000 /* 2026-05-01T18:00:00Z */

static void *arena;

static struct ticket_pdf_file drawn(const struct ticket_pdf_page *pages, size_t n)
{
    struct ticket_pdf_file file = ticket_pdf_draw(ticket_pdf_open(arena), arena, pages, n, NOW);
    ck_assert_uint_gt(file.size, 100);
    return file;
}

/* How often that stands in it. */
static size_t count(struct ticket_pdf_file file, const char *text)
{
    size_t n = 0;
    const char *at = file.bytes, *end = file.bytes + file.size;
    while ((at = memmem(at, (size_t)(end - at), text, strlen(text))) != NULL) {
        n++;
        at++;
    }
    return n;
}

START_TEST(each_ticket_has_a_page)
{
    static const struct ticket_pdf_page ticket = {.event = "Gala",
                                                  .when = "Saturday",
                                                  .where = "Hall",
                                                  .type = "VIP",
                                                  .holder = "Ada",
                                                  .code = "c1",
                                                  .read = "c1.s1"};
    const struct ticket_pdf_page three[] = {ticket, ticket, ticket};
    arena = mem_arena(NULL, 0);
    const struct ticket_pdf_file one = drawn(&ticket, 1), all = drawn(three, 3);
    ck_assert_mem_eq(one.bytes, "%PDF-", 5);
    ck_assert_uint_eq(count(one, "/Type /Page "), 1);
    ck_assert_uint_eq(count(all, "/Type /Page "), 3);
    mem_free(arena);
}
END_TEST

START_TEST(the_same_ticket_is_the_same_file)
{
    static const struct ticket_pdf_page ticket = {.event = "Gala", .code = "c1", .read = "c1.s1"};
    arena = mem_arena(NULL, 0);
    const struct ticket_pdf_file one = drawn(&ticket, 1), other = drawn(&ticket, 1);
    ck_assert_uint_eq(one.size, other.size);
    ck_assert_mem_eq(one.bytes, other.bytes, one.size);
    ck_assert_uint_eq(count(one, "20260501180000Z"), 1);
    mem_free(arena);
}
END_TEST

START_TEST(whatever_is_written_on_a_ticket_it_is_drawn)
{
    static const char *const texts[] = {
        "",
        NULL,
        "محمد بن عبدالله",
        "山田太郎",
        "Z\u0351\u036b\u0343a\u0320\u0315\u0344l",
        "\u200b\u200c\u200d\ufeff",
        "\xff\xfe no UTF-8",
        "<b>&amp;</i>",
        "line\nline\r\nline\u2029line",
    };
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct ticket_pdf_page ticket = {.event = texts[i],
                                               .when = texts[i],
                                               .where = texts[i],
                                               .type = texts[i],
                                               .holder = texts[i],
                                               .code = texts[i],
                                               .read = "x"};
        ck_assert_uint_eq(count(drawn(&ticket, 1), "/Type /Page "), 1);
    }
    mem_free(arena);
}
END_TEST

START_TEST(a_long_name_stays_on_its_page)
{
    arena = mem_arena(NULL, 0);
    char *name = mem_strdup(arena, "");
    for (int i = 0; i < 200; i++)
        name = talloc_strdup_append_buffer(name, "W");
    const struct ticket_pdf_page ticket = {.event = name,
                                           .when = name,
                                           .where = name,
                                           .type = name,
                                           .holder = name,
                                           .code = "c1",
                                           .read = "c1.s1"};
    ck_assert_uint_eq(count(drawn(&ticket, 1), "/Type /Page "), 1);
    mem_free(arena);
}
END_TEST

START_TEST(a_ticket_has_the_colour_of_its_event)
{
    const struct ticket_pdf_page plain = {.event = "Gala", .code = "c1", .read = "c1.s1"};
    struct ticket_pdf_page red = plain;
    red.color = "#ff0000";
    arena = mem_arena(NULL, 0);
    const struct ticket_pdf_file one = drawn(&plain, 1), other = drawn(&red, 1);
    ck_assert(one.size != other.size || memcmp(one.bytes, other.bytes, one.size) != 0);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("ticket_pdf", a_ticket_has_the_colour_of_its_event, each_ticket_has_a_page,
           the_same_ticket_is_the_same_file, whatever_is_written_on_a_ticket_it_is_drawn,
           a_long_name_stays_on_its_page)
