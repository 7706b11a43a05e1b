/* Fields in texts: each value goes in once and as it is, whatever it holds. */
#include "db-svc/rules/messages/template.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static const struct template_field fields[] = {
    {"event.name", "Concert"},
    {"event.location", NULL},
    {"recipient.name", "{{event.name}} }} {{ \r\nBcc: <b>&amp;"},
    {"a", "1"},
    {0},
};

static const char *rendered(const void *arena, const char *text)
{
    return template_render(arena, text, fields).text;
}

START_TEST(a_field_gives_way_to_its_value)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"Hello", "Hello"},
        {"{{event.name}}", "Concert"},
        {"To {{event.name}}!", "To Concert!"},
        {"{{ event.name }}", "Concert"},
        {"{{a}}{{a}}-{{a}}", "11-1"},
        {"at [{{event.location}}]", "at []"},
        {"{a} }} { {a}} {", "{a} }} { {a}} {"},
        {"\xc2\xa1{{a}}!\n", "\xc2\xa1"
                             "1!\n"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(template_check(rows[i][0], fields), TEMPLATE_RIGHT);
        ck_assert_str_eq(rendered(arena, rows[i][0]), rows[i][1]);
    }
    mem_free(arena);
}
END_TEST

START_TEST(a_value_is_not_read_as_a_template)
{
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(rendered(arena, "<{{recipient.name}}>"),
                     "<{{event.name}} }} {{ \r\nBcc: <b>&amp;>");
    ck_assert_str_eq(rendered(arena, "{{{{a}}}}{{a}}"), "{{1}}1");
    mem_free(arena);
}
END_TEST

START_TEST(marks_are_known_by_where_they_are)
{
    static const struct template_field marked[] = {
        {.name = "code", .value = "{{code}}", .mark = true},
        {.name = "name", .value = "{{code}}"},
        {0},
    };
    void *arena = mem_arena(NULL, 0);
    struct template_text text = template_render(arena, "{{name}} {{ code }}{{code}}", marked);
    ck_assert_str_eq(text.text, "{{code}} {{code}}{{code}}");
    ck_assert_uint_eq(text.n_marks, 2);
    ck_assert_uint_eq(text.marks[0], 9);
    ck_assert_uint_eq(text.marks[1], 17);
    mem_free(arena);
}
END_TEST

START_TEST(what_is_no_field_is_found_and_stays)
{
    static const char *const texts[] = {"{{",
                                        "{{}}",
                                        "{{ }}",
                                        "{{b}}",
                                        "{{event}}",
                                        "{{event.name",
                                        "{{event.name}",
                                        "{{event.name }",
                                        "{{EVENT.NAME}}",
                                        "{{#if a}}",
                                        "{{{a}}}",
                                        "{{event. name}}",
                                        "{{a\n}}",
                                        "{{a}}{{a",
                                        "{{aa}}"};
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_msg(template_check(texts[i], fields) == TEMPLATE_UNKNOWN_FIELD, "%s", texts[i]);
        if (strstr(texts[i], "{{a}}") == NULL)
            ck_assert_str_eq(rendered(arena, texts[i]), texts[i]);
    }
    mem_free(arena);
}
END_TEST

START_TEST(no_text_has_more_than_a_hundred_fields)
{
    void *arena = mem_arena(NULL, 0);
    char *text = mem_strdup(arena, "");
    for (int i = 0; i < TEMPLATE_FIELDS_MAX; i++)
        text = mem_printf(arena, "%s{{a}}", text);
    ck_assert_int_eq(template_check(text, fields), TEMPLATE_RIGHT);
    ck_assert_uint_eq(strlen(rendered(arena, text)), TEMPLATE_FIELDS_MAX);
    ck_assert_int_eq(template_check(mem_printf(arena, "%s{{a}}", text), fields),
                     TEMPLATE_TOO_MANY_FIELDS);
    mem_free(arena);
}
END_TEST

/* Whatever comes: nothing is read or written beyond its end, and what is right has no field left.
 */
START_TEST(any_text_is_taken)
{
    static const char letters[] = "{{{}}}a. \n";
    void *arena = mem_arena(NULL, 0);
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char text[24] = "";
        for (size_t at = 0; at + 1 < sizeof text; at++) {
            seed = seed * 1664525 + 1013904223;
            text[at] = letters[(seed >> 24) % (sizeof letters - 1)];
        }
        const char *out = rendered(arena, text);
        if (template_check(text, fields) == TEMPLATE_RIGHT)
            ck_assert_msg(strstr(out, "{{") == NULL, "%s", text);
        else
            ck_assert_ptr_nonnull(strstr(out, "{{"));
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("template", a_field_gives_way_to_its_value, a_value_is_not_read_as_a_template,
           marks_are_known_by_where_they_are, what_is_no_field_is_found_and_stays,
           no_text_has_more_than_a_hundred_fields, any_text_is_taken)
