/* Templates of HTML: what they give, and that a faulty one is found when it is read. */
#include "libshared/html/html_template.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static const struct html_member ticket[] = {{.name = "code"}, {.name = "holder"}, {0}};
static const struct html_member members[] = {{.name = "name"},
                                             {.name = "body", .is_html = true},
                                             {.name = "flag"},
                                             {.name = "tickets", .members = ticket},
                                             {0}};

static const char *rendered(const void *arena, const char *text, const char *values)
{
    struct html_fault fault;
    const struct html_template *template = html_template_read(arena, text, members, &fault);
    ck_assert_msg(template != NULL, "%s: line %zu: %s", text, fault.line, fault.what);
    char *written = mem_strdup(arena, values);
    for (char *c = written; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *json = json_loads(written, 0, NULL);
    ck_assert_ptr_nonnull(json);
    char *given = html_template_render(arena, template, json);
    json_decref(json);
    return given;
}

START_TEST(names_give_way_to_their_values)
{
    static const char *const rows[][3] = {
        {"", "{}", ""},
        {"Hello", "{}", "Hello"},
        {"Hello {{name}}!", "{'name':'Ada'}", "Hello Ada!"},
        {"{{ name }}", "{'name':'Ada'}", "Ada"},
        {"[{{name}}]", "{}", "[]"},
        {"{{name}}", "{'name':'<b>\\\"&\\u0027'}", "&lt;b&gt;&quot;&amp;&#39;"},
        {"{{name}}", "{'name':'{{name}}'}", "{{name}}"},
        {"{{{body}}}", "{'body':'<p>x</p>'}", "<p>x</p>"},
        {"a{{! not\nthis }}b", "{}", "ab"},
        {"{ {name} }}", "{'name':'Ada'}", "{ {name} }}"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(rendered(arena, rows[i][0], rows[i][1]), rows[i][2]);
    mem_free(arena);
}
END_TEST

START_TEST(sections_stand_as_often_as_there_is_something)
{
    static const char *const rows[][3] = {
        {"{{#tickets}}<{{code}}>{{/tickets}}", "{'tickets':[{'code':'a'},{'code':'b'}]}", "<a><b>"},
        {"{{#tickets}}x{{/tickets}}", "{'tickets':[]}", ""},
        {"{{#tickets}}{{name}}{{code}}{{/tickets}}", "{'name':'n','tickets':[{'code':'a'}]}", "na"},
        {"{{#name}}by {{name}}{{/name}}", "{'name':'Ada'}", "by Ada"},
        {"{{#name}}by {{name}}{{/name}}", "{'name':''}", ""},
        {"{{#name}}by {{name}}{{/name}}", "{}", ""},
        {"{{#flag}}yes{{/flag}}{{^flag}}no{{/flag}}", "{'flag':true}", "yes"},
        {"{{#flag}}yes{{/flag}}{{^flag}}no{{/flag}}", "{'flag':false}", "no"},
        {"{{^tickets}}none{{/tickets}}", "{}", "none"},
        {"{{^tickets}}none{{/tickets}}", "{'tickets':[{}]}", ""},
        {"{{#tickets}}{{#holder}}{{holder}};{{/holder}}{{^holder}}-;{{/holder}}{{/tickets}}",
         "{'tickets':[{'holder':'Ada'},{}]}", "Ada;-;"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(rendered(arena, rows[i][0], rows[i][1]), rows[i][2]);
    mem_free(arena);
}
END_TEST

START_TEST(a_faulty_template_is_told_by_its_line)
{
    static const struct {
        const char *text;
        size_t line;
        const char *what, *name;
    } rows[] = {
        {"a\n{{nme}}", 2, "unknown_member", "nme"},
        {"{{code}}", 1, "unknown_member", "code"},
        {"{{#tickets}}\n\n{{number}}{{/tickets}}", 3, "unknown_member", "number"},
        {"{{#name}}", 1, "not_closed", "name"},
        {"a\n{{#flag}}{{#name}}{{/flag}}{{/name}}", 2, "not_open", "flag"},
        {"{{/name}}", 1, "not_open", "name"},
        {"\n\n{{name", 3, "not_closed", "{{"},
        {"{{{name}}}", 1, "is_text", "name"},
        {"{{body}}", 1, "is_html", "body"},
        {"{{{body}}", 1, "not_closed", "{{{"},
        {"{{tickets}}", 1, "is_list", "tickets"},
        {"{{}}", 1, "unknown_member", ""},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct html_fault fault;
        ck_assert_msg(html_template_read(arena, rows[i].text, members, &fault) == NULL, "%s",
                      rows[i].text);
        ck_assert_msg(fault.line == rows[i].line, "%s: line %zu", rows[i].text, fault.line);
        ck_assert_str_eq(fault.what, rows[i].what);
        ck_assert_str_eq(fault.name, rows[i].name);
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("html_template", names_give_way_to_their_values,
           sections_stand_as_often_as_there_is_something, a_faulty_template_is_told_by_its_line)
