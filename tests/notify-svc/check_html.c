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
        ck_assert_str_eq(html_body(arena, rows[i][0]), rows[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(nothing_of_a_text_becomes_markup)
{
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(html_body(arena, "<script>\"a\" & 'b'</script>"),
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
        ck_assert_str_eq(html_body(arena, rows[i][0]), rows[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(pictures_stand_below_the_text)
{
    static const struct html_picture pictures[] = {
        {.id = "1.d@example.org", .title = "VIP, <Ada>", .code = "c1"},
        {.id = "2.d@example.org", .title = "General", .code = "c2"},
    };
    void *arena = mem_arena(NULL, 0);
    const char *page = html_page(arena, "Hello\nyou", pictures, 2);
    ck_assert_ptr_nonnull(strstr(page, "<p>Hello<br>\r\nyou</p>\r\n"));
    ck_assert_ptr_nonnull(strstr(page,
                                 "<p><img src=\"cid:1.d@example.org\" alt=\"c1\" width=\"240\" "
                                 "height=\"240\"><br>\r\nVIP, &lt;Ada&gt;<br>\r\n<code>c1</code>"
                                 "</p>\r\n"));
    ck_assert_ptr_nonnull(strstr(page, "cid:2.d@example.org"));
    ck_assert_ptr_null(strstr(html_page(arena, "Hello", NULL, 0), "<img"));
    mem_free(arena);
}
END_TEST

CHECK_MAIN("html", pictures_stand_below_the_text, a_text_looks_as_it_was_written,
           nothing_of_a_text_becomes_markup, addresses_of_the_web_become_links)
