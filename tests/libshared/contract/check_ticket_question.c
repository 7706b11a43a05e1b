/* What a question of an event may be: each fault is named, at its place. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "tests/support/ids.h"

#define EVENT(questions)                                                                           \
    "{'name':'Fair','starts_at':'2026-06-01T20:00:00+02:00','time_zone':'Europe/Madrid',"          \
    "'location':'Square','category':'music','currency':'EUR','questions':" questions "}"

static struct {
    void *arena;
    struct event event;
} t;

/* The faults as "pointer code", in one text. */
static const char *faults_of(const char *text)
{
    t.arena = mem_arena(NULL, 0);
    struct violations violations = {.arena = t.arena};
    struct decoder decoder = {.arena = t.arena, .violations = &violations};
    char *json = mem_strdup(t.arena, text);
    for (char *c = json; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *value = json_loads(json, 0, NULL);
    ck_assert_msg(value != NULL, "%s", json);
    bool good = record_decode(&decoder, &event_record, value, &t.event);
    json_decref(value);
    const char *faults = "";
    for (size_t i = 0; i < violations.n; i++)
        faults = mem_printf(t.arena, "%s%s%s %s", faults, i > 0 ? ", " : "",
                            violations.at[i].pointer, violation_code_text(violations.at[i].code));
    ck_assert_int_eq(good, violations.n == 0);
    return faults;
}

static void check_faults(const char *questions, const char *faults)
{
    const char *text = faults_of(questions);
    ck_assert_str_eq(text, faults);
    mem_free(t.arena);
}

START_TEST(each_fault_of_a_question_is_named)
{
    check_faults(EVENT("[{}]"), "#/questions/0/id required, #/questions/0/label required, "
                                "#/questions/0/kind required");
    check_faults(EVENT("[{'id':'T-shirt size','label':' ','kind':'colour'}]"),
                 "#/questions/0/id invalid_name, #/questions/0/label invalid_text, "
                 "#/questions/0/kind not_allowed");
    check_faults(EVENT("[{'id':'size','label':'Size','kind':'choice'},"
                       "{'id':'diet','label':'Diet','kind':'text','choices':['a','b']}]"),
                 "#/questions/0/choices required, #/questions/1/choices not_allowed");
    check_faults(EVENT("[{'id':'size','label':'Size','kind':'choice','choices':['S','M','S','']}]"),
                 "#/questions/0/choices/2 duplicate, #/questions/0/choices/3 too_short");
    check_faults(
        EVENT("[{'id':'a','label':'A','kind':'text'},{'id':'a','label':'B','kind':'text'}]"),
        "#/questions/1/id duplicate");
    check_faults(EVENT("[{'id':'a','label':'A','kind':'text','ticket_type_ids':['x']}]"),
                 "#/questions/0/ticket_type_ids/0 invalid_id");
}
END_TEST

START_TEST(other_languages_have_every_choice_once)
{
    check_faults(
        EVENT("[{'id':'size','label':'Size','kind':'choice','choices':['S','M'],"
              "'texts':[{'locale':'es','label':'Talla','choices':['P']},"
              "{'locale':'ES','label':'Talla'},{'locale':'de','choices':['K','M','G']}]}]"),
        "#/questions/0/texts/2/label required");
    check_faults(EVENT("[{'id':'size','label':'Size','kind':'choice','choices':['S','M'],"
                       "'texts':[{'locale':'es','label':'Talla','choices':['P']},"
                       "{'locale':'ES','label':'Talla'},"
                       "{'locale':'de','label':'Größe','choices':['K','M','G']}]}]"),
                 "#/questions/0/texts/0/choices too_short, #/questions/0/texts/1/locale duplicate, "
                 "#/questions/0/texts/2/choices too_long");
}
END_TEST

static const char *questions_of(int n)
{
    void *arena = mem_arena(NULL, 0);
    const char *list = "";
    for (int i = 0; i < n; i++)
        list = mem_printf(arena, "%s%s{'id':'q%d','label':'Q','kind':'text'}", list,
                          i > 0 ? "," : "", i);
    const char *text = faults_of(mem_printf(arena, EVENT("[%s]"), list));
    mem_free(arena);
    return text;
}

START_TEST(an_event_asks_at_most_twenty)
{
    ck_assert_str_eq(questions_of(20), "");
    mem_free(t.arena);
    ck_assert_str_eq(questions_of(21), "#/questions too_long");
    mem_free(t.arena);
}
END_TEST

START_TEST(what_an_event_does_not_ask_is_not_written)
{
    (void)faults_of(EVENT("null"));
    json_t *shown = record_json(&event_record, &t.event);
    ck_assert_ptr_null(json_object_get(shown, "questions"));
    json_decref(shown);
    mem_free(t.arena);
}
END_TEST

CHECK_MAIN("ticket_question", each_fault_of_a_question_is_named,
           other_languages_have_every_choice_once, an_event_asks_at_most_twenty,
           what_an_event_does_not_ask_is_not_written)
