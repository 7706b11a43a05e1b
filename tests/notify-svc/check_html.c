/* HTML made of plain text: it looks alike, and nothing of the text becomes markup. */
#include "notify-svc/html.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

START_TEST(a_text_looks_as_it_was_written)
{
    static const char *const rows[][2] = {
        {"Hello", "<p>Hello</p>\n"},
        {"One\nTwo", "<p>One<br>\nTwo</p>\n"},
        {"One\r\nTwo\rThree", "<p>One<br>\nTwo<br>\nThree</p>\n"},
        {"One\n\nTwo", "<p>One</p>\n<p>Two</p>\n"},
        {"\n\nOne\n\n\n\nTwo\n", "<p>One</p>\n<p>Two</p>\n"},
        {"", ""},
        {"ma\xc3\xb1"
         "ana",
         "<p>ma\xc3\xb1"
         "ana</p>\n"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(html_body(arena, rows[i][0], NULL), rows[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(nothing_of_a_text_becomes_markup)
{
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(html_body(arena, "<script>\"a\" & 'b'</script>", NULL),
                     "<p>&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;</p>\n");
    mem_free(arena);
}
END_TEST

START_TEST(addresses_of_the_web_become_links)
{
    static const char *const rows[][2] = {
        {"https://a.org", "<p><a href=\"https://a.org\">https://a.org</a></p>\n"},
        {"see http://a.org/b?c&d.", "<p>see <a href=\"http://a.org/b?c&amp;d\">"
                                    "http://a.org/b?c&amp;d</a>.</p>\n"},
        {"(https://a.org)", "<p>(<a href=\"https://a.org\">https://a.org</a>)</p>\n"},
        {"https://a.org\"onclick=\"b",
         "<p><a href=\"https://a.org\">https://a.org</a>&quot;onclick=&quot;b</p>\n"},
        {"https://a.org<b>", "<p><a href=\"https://a.org\">https://a.org</a>&lt;b&gt;</p>\n"},
        {"https:// javascript:a", "<p>https:// javascript:a</p>\n"},
        {"xhttps://a.org", "<p>xhttps://a.org</p>\n"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(html_body(arena, rows[i][0], NULL), rows[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(an_address_below_its_label_becomes_a_button)
{
    static const char *const rows[][2] = {
        {"Please confirm:\nhttps://a.org?b&c",
         "<p class=\"action\"><a class=\"button\" href=\"https://a.org?b&amp;c\">Please "
         "confirm</a></p>\n"},
        {"One\nA <b>:\r\nhttps://a.org\r\nTwo",
         "<p>One</p>\n<p class=\"action\"><a class=\"button\" href=\"https://a.org\">A "
         "&lt;b&gt;</a></p>\n"
         "<p>Two</p>\n"},
        {"See:\nhttps://a.org now",
         "<p>See:<br>\n<a href=\"https://a.org\">https://a.org</a> now</p>\n"},
        {"See:\n\nhttps://a.org",
         "<p>See:</p>\n<p><a href=\"https://a.org\">https://a.org</a></p>\n"},
        {":\nhttps://a.org", "<p>:<br>\n<a href=\"https://a.org\">https://a.org</a></p>\n"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(html_body(arena, rows[i][0], NULL), rows[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(lines_that_are_said_otherwise_are_left_out)
{
    static const char *const said[] = {"c1", "VIP, Ada: c1", NULL};
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(html_body(arena, "Yours:\nVIP, Ada: c1\r\nc1\nSeat 3: c1\n\nc1 is\nend", said),
                     "<p>Yours:<br>\nSeat 3: c1</p>\n<p>c1 is<br>\nend</p>\n");
    ck_assert_str_eq(html_body(arena, "VIP, Ada: c1", said), "");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("html", an_address_below_its_label_becomes_a_button,
           lines_that_are_said_otherwise_are_left_out, a_text_looks_as_it_was_written,
           nothing_of_a_text_becomes_markup, addresses_of_the_web_become_links)
