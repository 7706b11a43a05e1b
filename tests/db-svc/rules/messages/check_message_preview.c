/* A preview of an automatic message with example data: nothing is sent and nothing is kept. */
#include "tests/db-svc/rules/messages/automatic_fixture.h"

#include "libshared/contract/message_texts.h"

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void preview(const char *more)
{
    scenario_when(&t, "message_texts.preview", "{" AT ",%s}", more);
    if (t.result.answer.status == 200)
        scenario_unchanged(&t, 200);
}

START_TEST(every_kind_reads_well_with_example_data)
{
    begin("{}");
    for (int kind = 1; kind < MESSAGE_KINDS; kind++)
        for (int spanish = 0; spanish < 2; spanish++) {
            preview(mem_printf(t.arena, "'kind':'%s','locale':'%s'", message_kind_names[kind],
                               spanish ? "es" : "en"));
            ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
            ck_assert_str_eq(scenario_text(&t, "kind"), message_kind_names[kind]);
            ck_assert_str_eq(scenario_text(&t, "locale"), spanish ? "es" : "en");
            ck_assert(!scenario_flag(&t, "own"));
            const char *message = scenario_text(&t, "message");
            ck_assert(has(scenario_text(&t, "subject"), "Concert"));
            ck_assert(has(message, spanish ? "Hola, Ana García" : "Hello Ana García"));
            ck_assert_msg(!has(message, "{{") && !has(message, ": \n") && !has(message, "  "), "%s",
                          message);
            ck_assert_str_eq(scenario_text(&t, "event/name"), "Concert");
        }
    scenario_close(&t);
}
END_TEST

START_TEST(tickets_have_cards_without_a_code_that_admits)
{
    begin("{}");
    preview("'kind':'tickets'");
    ck_assert_str_eq(scenario_text(&t, "tickets/1/code"), "…");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/type"), "General");
    ck_assert(has(scenario_text(&t, "message"), "Total: 50.00 EUR"));
    preview("'kind':'ticket'");
    ck_assert(scenario_flag(&t, "tickets/0") && !scenario_flag(&t, "tickets/1"));
    preview("'kind':'moved'");
    ck_assert(!scenario_flag(&t, "tickets"));
    ck_assert(has(scenario_text(&t, "message"), "Before, it was planned for Monday 27 April"));
    preview("'kind':'cancelled'");
    ck_assert_str_eq(scenario_text(&t, "event/status"), "cancelled");
    preview("'kind':'postponed'");
    ck_assert_str_eq(scenario_text(&t, "event/status"), "postponed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_text_can_be_tried_before_it_is_saved)
{
    begin("{}");
    preview("'kind':'refunded','locale':'ca','texts':[{'locale':'ca','subject':'S',"
            "'message':'{{order.refunded}} tornats'}]");
    ck_assert_str_eq(scenario_text(&t, "message"), "50.00 EUR tornats");
    ck_assert_str_eq(scenario_text(&t, "locale"), "ca");
    ck_assert(scenario_flag(&t, "own"));
    scenario_when(&t, "message_texts.update",
                  "{" AT
                  ",'patch':{'refunded':[{'locale':'en','subject':'S','message':'Saved'}]}}");
    preview("'kind':'refunded'");
    ck_assert_str_eq(scenario_text(&t, "message"), "Saved");
    preview("'kind':'refunded','texts':[]");
    ck_assert(has(scenario_text(&t, "message"), "we have refunded money"));
    scenario_close(&t);
}
END_TEST

START_TEST(questions_are_answered_as_an_example)
{
    begin("{}");
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'questions':[{'id':'shirt','label':'Shirt','kind':'choice',"
                  "'choices':['M','L']},{'id':'diet','label':'Diet?','kind':'text'},"
                  "{'id':'car','label':'By car?','kind':'yes_no'},"
                  "{'id':'old','label':'Old','kind':'text','withdrawn':true}]}}");
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    preview(
        "'kind':'ticket','texts':[{'locale':'en','subject':'S','message':'{{tickets.answers}}'}]");
    ck_assert(
        has(scenario_text(&t, "message"), "General, Ana García: Shirt: M; Diet? …; By car? yes\n"));
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_wrong_with_it_is_told_at_once)
{
    begin("{}");
    preview("'kind':'moved','texts':[{'locale':'en','subject':'{{x}}','message':'{{y}}'},"
            "{'locale':'en','subject':'a','message':'b'}]");
    SCENARIO_INVALID(&t, "#/texts/0/subject unknown_field", "#/texts/0/message unknown_field",
                     "#/texts/1/locale duplicate");
    preview("'kind':'moved','texts':[{'locale':'en','subject':'{{links.order}}','message':'b'}]");
    SCENARIO_INVALID(&t, "#/texts/0/subject not_in_subject");
    scenario_when(&t, "message_texts.preview", "{'event_id':'" OTHER_EVENT_ID "','kind':'moved'}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("message_preview", every_kind_reads_well_with_example_data,
           tickets_have_cards_without_a_code_that_admits, a_text_can_be_tried_before_it_is_saved,
           questions_are_answered_as_an_example, what_is_wrong_with_it_is_told_at_once)
