/* The HTML part of an e-mail: what it shows, that nothing in it becomes markup, and its size. */
#include "notify-svc/mail_page.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

#define GMAIL_MAX (102 * 1000)
#define SPANISH_AT "sábado, 2 de mayo de 2026, 20:00 (Europe/Madrid)"

static void *arena;
static const struct html_template *template;

static void setup(void)
{
    arena = mem_arena(NULL, 0);
    struct html_fault fault;
    template = mail_page_template(arena, NULL, &fault);
    ck_assert_ptr_nonnull(template);
}

static void teardown(void)
{
    mem_free(arena);
}

static struct delivery_event gala = {.name = "Gala <b>",
                                     .when = SPANISH_AT,
                                     .where = "Teatro",
                                     .status = "published",
                                     .locale = "es-MX"};

/* An order of so many tickets, each of a code "code-1", … */
static struct delivery_payload order_of(size_t n, const char *type, const char *holder)
{
    struct delivery_payload order = {.subject = "S & T", .message = "Hello", .event = &gala};
    order.tickets.at = mem_array(arena, struct delivery_ticket, n + 1);
    for (; order.tickets.n < n; order.tickets.n++)
        order.tickets.at[order.tickets.n] =
            (struct delivery_ticket){.code = mem_printf(arena, "code-%zu.", order.tickets.n + 1),
                                     .signature = "s",
                                     .type = type,
                                     .holder = holder};
    return order;
}

static const struct picture *picture; /* of the event */

static const char *page_of(const struct delivery_payload *order)
{
    size_t n =
        order->tickets.n < MAIL_PAGE_PICTURES_MAX ? order->tickets.n : MAIL_PAGE_PICTURES_MAX;
    const char *pictures[MAIL_PAGE_PICTURES_MAX];
    for (size_t i = 0; i < n; i++)
        pictures[i] = mem_printf(arena, "picture-%zu.", i + 1);
    return mail_page(arena, template, order,
                     &(struct mail_page_pictures){.event = picture != NULL ? "picture-e." : NULL,
                                                  .picture = picture,
                                                  .tickets = pictures,
                                                  .n_tickets = n});
}

static bool has(const char *page, const char *text)
{
    return strstr(page, text) != NULL;
}

START_TEST(a_mail_shows_its_event_and_each_ticket)
{
    setup();
    struct delivery_payload order = order_of(2, "VIP & co", "Ada \"A\"");
    order.tickets.at[1].holder = NULL;
    order.message = "Hola\nVIP & co: code-2.\nConfirma:\nhttps://a.org/#t";
    const char *page = page_of(&order);
    ck_assert(has(page, "<!DOCTYPE html>\r\n<html lang=\"es-MX\">"));
    ck_assert(has(page, "<title>S &amp; T</title>"));
    ck_assert(has(page, "Gala &lt;b&gt;") && has(page, SPANISH_AT) && has(page, "Teatro"));
    ck_assert(has(page, "cid:picture-1.\"") && has(page, "cid:picture-2.\""));
    ck_assert(has(page, "VIP &amp; co") && has(page, "Ada &quot;A&quot;"));
    ck_assert(has(page, "<a class=\"button\" href=\"https://a.org/#t\">Confirma</a>"));
    ck_assert(!has(page, "VIP &amp; co: code-2."));
    ck_assert(has(page, ">code-1.</code>"));
    ck_assert(!has(page, "Cancelado") && !has(page, "{{"));
    teardown();
}
END_TEST

START_TEST(a_mail_shows_the_picture_of_its_event_as_large_as_there_is_room)
{
    static const struct {
        int width, height;
        const char *shown;
    } shapes[] = {{1200, 400, "width=\"600\" height=\"200\""},
                  {533, 800, "width=\"266\" height=\"400\""},
                  {1200, 800, "width=\"600\" height=\"400\""},
                  {1200, 1, "width=\"600\" height=\"1\""},
                  {300, 100, "width=\"300\" height=\"100\""}};
    setup();
    struct event_picture about = {.alt = "\"Poster\" <b>"};
    struct delivery_event event = gala;
    struct delivery_payload order = order_of(1, "VIP", NULL);
    order.event = &event;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        picture = &(struct picture){.width = shapes[i].width, .height = shapes[i].height};
        event.picture = &about;
        const char *page = page_of(&order);
        ck_assert(has(page, "cid:picture-e.\"") && has(page, "cid:picture-1.\""));
        ck_assert_msg(has(page, shapes[i].shown), "%s", page);
        ck_assert(has(page, "alt=\"&quot;Poster&quot; &lt;b&gt;\""));
        event.picture = &(struct event_picture){.alt = NULL};
        ck_assert(has(page_of(&order), "alt=\"Gala &lt;b&gt;\""));
    }
    picture = NULL;
    ck_assert(!has(page_of(&order), "picture-e"));
    teardown();
}
END_TEST

START_TEST(what_became_of_the_event_is_told_in_the_readers_language)
{
    setup();
    struct delivery_event event = gala;
    struct delivery_payload order = order_of(0, NULL, NULL);
    order.event = &event;
    event.status = "cancelled";
    ck_assert(has(page_of(&order), ">Cancelado<"));
    event.locale = "en";
    ck_assert(has(page_of(&order), ">Cancelled<"));
    event.status = "postponed";
    ck_assert(has(page_of(&order), ">Postponed<") && !has(page_of(&order), ">Cancelled<"));
    order.event = NULL;
    ck_assert(has(page_of(&order), "Hello"));
    teardown();
}
END_TEST

START_TEST(an_order_of_a_hundred_shows_the_first_ten_and_counts_the_others)
{
    setup();
    struct delivery_payload order = order_of(100, "General admission", "Ana García");
    const char *page = page_of(&order);
    ck_assert(has(page, "cid:picture-10.") && has(page, "code-10."));
    ck_assert(!has(page, "code-11."));
    ck_assert(has(page, "Y 90 entradas más, en el archivo adjunto."));
    ck_assert(!has(page_of(&(struct delivery_payload){.message = "m"}), "archivo"));
    teardown();
}
END_TEST

/* 200 characters, of which many grow when they are escaped. */
START_TEST(a_page_is_not_cut_off_however_long_names_are)
{
    setup();
    char *name = mem_strdup(arena, "");
    for (int i = 0; i < 200; i++)
        name = talloc_strdup_append_buffer(name, i % 2 ? "\xf0\x9f\x8e\xab" : "\"");
    struct delivery_payload order = order_of(200, name, name);
    ck_assert(has(page_of(&order), "code-10."));
    ck_assert_uint_le(strlen(page_of(&order)), GMAIL_MAX);
    teardown();
}
END_TEST

START_TEST(a_designers_own_template_is_checked)
{
    setup();
    struct html_fault fault;
    ck_assert_ptr_null(mail_page_template(arena, "<p>\n{{evnt_name}}", &fault));
    ck_assert_uint_eq(fault.line, 2);
    ck_assert_str_eq(fault.name, "evnt_name");
    template = mail_page_template(arena, "{{event_name}}: {{{message}}}", &fault);
    const struct delivery_payload order = order_of(1, NULL, NULL);
    ck_assert_str_eq(page_of(&order), "Gala &lt;b&gt;: <p>Hello</p>\r\n");
    teardown();
}
END_TEST

START_TEST(a_mail_has_the_colour_of_its_event)
{
    setup();
    struct delivery_payload order = order_of(0, NULL, NULL);
    ck_assert(has(page_of(&order), "background:#1e2a5a; color:#ffffff"));
    struct delivery_event yellow = gala;
    yellow.color = "#ffe066";
    order.event = &yellow;
    const char *page = page_of(&order);
    ck_assert(has(page, "background:#ffe066; color:#000000"));
    ck_assert(!has(page, "#1e2a5a"));
    teardown();
}
END_TEST

CHECK_MAIN("mail_page", a_mail_shows_the_picture_of_its_event_as_large_as_there_is_room,
           a_mail_has_the_colour_of_its_event, a_mail_shows_its_event_and_each_ticket,
           what_became_of_the_event_is_told_in_the_readers_language,
           an_order_of_a_hundred_shows_the_first_ten_and_counts_the_others,
           a_page_is_not_cut_off_however_long_names_are, a_designers_own_template_is_checked)
