/* What an event asks the holder of each ticket, and what may become of a question. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define BODY                                                                                       \
    "'name':'Fair','starts_at':'2026-06-01T20:00:00+02:00','time_zone':'Europe/Madrid',"           \
    "'location':'Square','category':'music','currency':'EUR'"
#define SIZE "{'id':'size','label':'T-shirt size','kind':'choice','choices':['S','M','L']}"
#define FIRST "{'id':'first','label':'Is it your first visit?','kind':'yes_no','required':true}"
#define DIET "{'id':'diet','label':'Diet','kind':'text'}"

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    given_type(&t, GENERAL_ID, 10);
}

static void put(const char *questions)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'questions':%s}}", questions);
}

static void buy(void)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':1}],"
                  "'buyer':{'name':'Ana Secret','email':'ana@example.org'}}");
    ck_assert_int_eq(t.result.answer.status, 201);
}

START_TEST(an_event_shows_what_it_asks)
{
    begin();
    put("[" SIZE "," FIRST "," DIET "]");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "questions/0/id"), "size");
    ck_assert_str_eq(scenario_text(&t, "questions/0/choices/2"), "L");
    ck_assert_str_eq(scenario_text(&t, "questions/1/kind"), "yes_no");
    ck_assert_str_eq(scenario_text(&t, "questions/2/label"), "Diet");
    scenario_close(&t);
}
END_TEST

/* So many, each of so many characters. */
static const char *choices(int n, int length)
{
    const char *list = "";
    for (int i = 0; i < n; i++)
        list = mem_printf(t.arena, "%s%s'%0*d'", list, i > 0 ? "," : "", length, i);
    return list;
}

/* Three questions of 20,000 bytes, and one with so many choices, which are long in Spanish. */
static void put_long(int n)
{
    const char *list = "";
    for (int i = 0; i < 3; i++)
        list = mem_printf(t.arena, "%s{'id':'q%d','label':'Q','kind':'choice','choices':[%s]},",
                          list, i, choices(100, 200));
    put(mem_printf(t.arena,
                   "[%s{'id':'m','label':'Q','kind':'choice','choices':[%s],"
                   "'texts':[{'locale':'es','label':'Q','choices':[%s]}]}]",
                   list, choices(n, 2), choices(n, 200)));
}

/* The page of an order has it all, with what was answered for a hundred tickets. */
START_TEST(what_is_asked_in_one_language_is_bounded)
{
    begin();
    put_long(28);
    SCENARIO_INVALID(&t, "#/questions too_long");
    ck_assert_int_eq(scenario_number(&t, "errors/0/limit"), 65536);
    put_long(20);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_question_is_asked_of_types_of_its_own_event)
{
    begin();
    scenario_given(&t, &collection_ticket_types, VIP_ID,
                   &(struct ticket_type){.event_id = OTHER_EVENT_ID, .capacity = 5});
    put("[{'id':'size','label':'Size','kind':'text','ticket_type_ids':['" GENERAL_ID "','" VIP_ID
        "']},{'id':'diet','label':'Diet','kind':'text','ticket_type_ids':['" NO_TYPE_ID "']}]");
    SCENARIO_INVALID(&t, "#/questions/0/ticket_type_ids/1 other_event",
                     "#/questions/1/ticket_type_ids/0 other_event");
    scenario_when(&t, "event.create",
                  "{" BODY ",'questions':[{'id':'size','label':'Size','kind':'text',"
                  "'ticket_type_ids':['" GENERAL_ID "']}]}");
    SCENARIO_INVALID(&t, "#/questions/0/ticket_type_ids/0 other_event");
    scenario_close(&t);
}
END_TEST

START_TEST(a_question_outlives_a_type_that_it_names)
{
    begin();
    put("[{'id':'size','label':'Size','kind':'text','ticket_type_ids':['" GENERAL_ID "']}]");
    scenario_when(&t, "ticket_type.delete", "{" AT ",'ticket_type_id':'" GENERAL_ID "'}");
    ck_assert_int_eq(t.result.answer.status, 204);
    put("[{'id':'size','label':'Shirt','kind':'text','ticket_type_ids':['" GENERAL_ID "']}]");
    ck_assert_str_eq(scenario_text(&t, "questions/0/label"), "Shirt");
    scenario_close(&t);
}
END_TEST

START_TEST(before_an_order_everything_of_a_question_can_change)
{
    begin();
    put("[" SIZE "," DIET "]");
    put("[{'id':'size','label':'Size','kind':'text'}]");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "questions/0/kind"), "text");
    ck_assert(!scenario_flag(&t, "questions/1"));
    scenario_close(&t);
}
END_TEST

START_TEST(once_something_is_ordered_a_question_keeps_its_kind_and_stays_or_is_withdrawn)
{
    begin();
    put("[" SIZE "," DIET "]");
    buy();
    put("[{'id':'size','label':'Size','kind':'text'}]");
    SCENARIO_INVALID(&t, "#/questions question_in_use", "#/questions/0/kind read_only");
    put("[" SIZE "]");
    SCENARIO_INVALID(&t, "#/questions question_in_use");
    put("null");
    SCENARIO_INVALID(&t, "#/questions question_in_use");
    put("[{'id':'size','label':'Shirt','kind':'choice','choices':['XL']},"
        "{'id':'diet','label':'Diet','kind':'text','withdrawn':true}," FIRST "]");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "questions/0/label"), "Shirt");
    ck_assert(scenario_flag(&t, "questions/1/withdrawn"));
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_like_one_asks_the_same_of_its_own_types)
{
    begin();
    put("[{'id':'size','label':'Size','kind':'text','ticket_type_ids':['" GENERAL_ID "']},"
        "{'id':'diet','label':'Diet','kind':'text','withdrawn':true}," FIRST "]");
    scenario_when(&t, "event.clone", "{" AT ",'starts_at':'2027-06-01T20:00:00+02:00'}");
    ck_assert_int_eq(t.result.answer.status, 201);
    const struct event *clone =
        scenario_record(&t, &collection_events, mem_strdup(t.arena, scenario_text(&t, "id")));
    ck_assert_uint_eq(clone->questions.n, 2);
    ck_assert_str_eq(clone->questions.at[1].id, "first");
    ck_assert_uint_eq(clone->questions.at[0].ticket_type_ids.n, 1);
    const struct ticket_type *type =
        scenario_record(&t, &collection_ticket_types, clone->questions.at[0].ticket_type_ids.at[0]);
    ck_assert_str_eq(type->event_id, clone->id);
    ck_assert_str_eq(scenario_text(&t, "questions/0/ticket_type_ids/0"), type->id);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("event_questions", an_event_shows_what_it_asks, what_is_asked_in_one_language_is_bounded,
           a_question_is_asked_of_types_of_its_own_event, a_question_outlives_a_type_that_it_names,
           before_an_order_everything_of_a_question_can_change,
           once_something_is_ordered_a_question_keeps_its_kind_and_stays_or_is_withdrawn,
           an_event_like_one_asks_the_same_of_its_own_types)
