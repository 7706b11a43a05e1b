/* What holders answer: asked for at the order, kept with the ticket, gone with the holder. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/db-svc/rules/sales/order_fixture.h"
#include "tests/support/given.h"

#define SIZE                                                                                       \
    "{'id':'size','label':'Size','kind':'choice','choices':['S','M'],'required':true,"             \
    "'ticket_type_ids':['" GENERAL_ID "']}"
#define FIRST "{'id':'first','label':'First visit?','kind':'yes_no'}"
#define DIET "{'id':'diet','label':'Diet','kind':'text','show_at_check_in':true}"
#define WITH(id, quantity, tickets)                                                                \
    "{'ticket_type_id':'" id "','quantity':" #quantity ",'tickets':[" tickets "]}"
#define ANSWERS(answers) "{'answers':{" answers "}}"

static void ask(const char *questions)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'questions':%s}}", questions);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static void begin_asking(void)
{
    begin();
    ask("[" SIZE "," FIRST "," DIET "]");
}

static const char *sell(const char *items)
{
    const char *id = place(items, "");
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    return id;
}

static void answer(const char *id, const char *tickets)
{
    scenario_when(&t, "order.answer", "{" AT ",'order_id':'%s','tickets':[%s]}", id, tickets);
}

static void pass(const char *how, const char *id, const char *person)
{
    scenario_when(&t, how, "{" AT ",'order_id':'%s','n':1,%s}", id, person);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

/* As "id answer" in their order; "" if there are none. */
static const char *answers_of(const char *order_id, size_t number)
{
    const struct ticket *ticket = &order_of(order_id)->tickets.at[number - 1];
    const char *text = "";
    for (size_t i = 0; i < ticket->answers.n; i++)
        text = mem_printf(t.arena, "%s%s%s %s", text, i > 0 ? ", " : "", ticket->answers.names[i],
                          ticket->answers.values[i]);
    return text;
}

START_TEST(each_ticket_has_the_answers_that_were_given_for_it)
{
    begin_asking();
    const char *id = sell(
        WITH(GENERAL_ID, 2, ANSWERS("'size':'M','first':'yes'") "," ANSWERS("'size':'S'")) "," WITH(
            VIP_ID, 1, ANSWERS("'diet':'vegan'")));
    ck_assert_str_eq(scenario_text(&t, "tickets/0/answers/size"), "M");
    ck_assert(!scenario_flag(&t, "items/0/tickets"));
    ck_assert_str_eq(answers_of(id, 1), "size M, first yes");
    ck_assert_str_eq(answers_of(id, 2), "size S");
    ck_assert_str_eq(answers_of(id, 3), "diet vegan");
    scenario_close(&t);
}
END_TEST

START_TEST(every_fault_of_the_answers_is_named_at_its_place)
{
    begin_asking();
    (void)place(WITH(GENERAL_ID, 3,
                     ANSWERS("'size':'XL','first':'maybe','colour':'red'") "," ANSWERS(
                         "'size':''")) "," WITH(VIP_ID, 1, ANSWERS("'size':'S'")),
                "");
    SCENARIO_INVALID(&t, "#/items/0/tickets/0/answers/size not_allowed",
                     "#/items/0/tickets/0/answers/first not_allowed",
                     "#/items/0/tickets/0/answers/colour unknown_question",
                     "#/items/0/tickets/1/answers/size required",
                     "#/items/0/tickets/2/answers/size required",
                     "#/items/1/tickets/0/answers/size unknown_question");
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_required_is_required_of_every_ticket_unless_it_is_answered_later)
{
    begin_asking();
    (void)place(ITEM(GENERAL_ID, 2), "");
    SCENARIO_INVALID(&t, "#/items/0/tickets/0/answers/size required",
                     "#/items/0/tickets/1/answers/size required");
    (void)place(ITEM(GENERAL_ID, 2), ",'hold_seconds':600");
    ck_assert_int_eq(t.result.answer.status, 422);
    (void)sell(ITEM(VIP_ID, 1));
    (void)place(WITH(GENERAL_ID, 1, ANSWERS("'diet':'vegan'")), ",'answers_later':true");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert(!scenario_flag(&t, "answers_later"));
    (void)place(WITH(GENERAL_ID, 1, ANSWERS("'size':'XL'")), ",'answers_later':true");
    SCENARIO_INVALID(&t, "#/items/0/tickets/0/answers/size not_allowed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_withdrawn_question_is_not_asked_and_what_was_answered_stays)
{
    begin_asking();
    const char *id = sell(WITH(GENERAL_ID, 1, ANSWERS("'size':'M'")));
    ask("[{'id':'size','label':'Shirt','kind':'choice','choices':['XL'],'required':true,"
        "'withdrawn':true}," FIRST "," DIET "]");
    (void)sell(ITEM(GENERAL_ID, 1));
    (void)place(WITH(GENERAL_ID, 1, ANSWERS("'size':'XL'")), "");
    SCENARIO_INVALID(&t, "#/items/0/tickets/0/answers/size unknown_question");
    answer(id, "{'n':1,'answers':{'diet':'vegan'}}");
    ck_assert_str_eq(answers_of(id, 1), "size M, diet vegan");
    scenario_close(&t);
}
END_TEST

/* Pages send all that they show, also where the event has changed since. */
START_TEST(what_was_answered_before_may_be_sent_again)
{
    begin_asking();
    const char *id = sell(WITH(GENERAL_ID, 1, ANSWERS("'size':'S','first':'no'")));
    ask("[{'id':'size','label':'Size','kind':'choice','choices':['Small','M'],'required':true},"
        "{'id':'first','label':'First visit?','kind':'yes_no','withdrawn':true}," DIET "]");
    answer(id, "{'n':1,'answers':{'size':'S','first':'no','diet':'vegan'}}");
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    ck_assert_str_eq(answers_of(id, 1), "size S, first no, diet vegan");
    answer(id, "{'n':1,'answers':{'size':'XL','first':'yes'}}");
    SCENARIO_INVALID(&t, "#/tickets/0/answers/size not_allowed",
                     "#/tickets/0/answers/first unknown_question");
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_keeps_answers_until_it_has_tickets)
{
    begin_asking();
    const char *id = place(WITH(GENERAL_ID, 2, ANSWERS("'size':'M'") "," ANSWERS("'size':'S'")),
                           ",'hold_seconds':600");
    ck_assert_str_eq(scenario_text(&t, "items/0/tickets/1/answers/size"), "S");
    when("order.confirm", id);
    ck_assert_str_eq(answers_of(id, 1), "size M");
    ck_assert_str_eq(answers_of(id, 2), "size S");
    ck_assert(!scenario_flag(&t, "items/0/tickets"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_is_answered_later)
{
    begin_asking();
    const char *id =
        place(ITEM(GENERAL_ID, 2) "," ITEM(VIP_ID, 1), ",'hold_seconds':600,'answers_later':true");
    answer(id, "{'n':3,'answers':{'diet':'vegan'}},{'n':2,'answers':{'size':'S'}}");
    ck_assert_str_eq(scenario_text(&t, "items/0/tickets/1/answers/size"), "S");
    ck_assert_str_eq(scenario_text(&t, "items/1/tickets/0/answers/diet"), "vegan");
    answer(id, "{'n':2,'answers':{'size':'M'}}");
    when("order.confirm", id);
    ck_assert_str_eq(answers_of(id, 1), "");
    ck_assert_str_eq(answers_of(id, 2), "size M");
    ck_assert_str_eq(answers_of(id, 3), "diet vegan");
    scenario_close(&t);
}
END_TEST

START_TEST(answers_are_given_later_and_changed)
{
    begin_asking();
    const char *id = place(ITEM(GENERAL_ID, 2), ",'answers_later':true");
    answer(id, "{'n':2,'answers':{'size':'M','diet':'vegan'}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "tickets/1/answers/diet"), "vegan");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.updated", 0));
    answer(id, "{'n':2,'answers':{'size':'S','diet':''}}");
    ck_assert_str_eq(answers_of(id, 2), "size S");
    answer(id, "{'n':2,'answers':{'size':'S'}}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(every_fault_of_later_answers_is_named)
{
    begin_asking();
    const char *id = place(ITEM(GENERAL_ID, 2), ",'answers_later':true");
    answer(id, "{'n':1,'answers':{'diet':'vegan'}},{'n':1,'answers':{'size':'S'}},"
               "{'n':3,'answers':{}},{'n':2,'answers':{'size':'XL','colour':'red'}}");
    SCENARIO_INVALID(&t, "#/tickets/0/answers/size required", "#/tickets/1/n duplicate",
                     "#/tickets/2/n not_allowed", "#/tickets/3/answers/size not_allowed",
                     "#/tickets/3/answers/colour unknown_question");
    scenario_close(&t);
}
END_TEST

START_TEST(tickets_that_are_gone_are_not_answered_for)
{
    begin_asking();
    const char *id = sell(ITEM(VIP_ID, 2));
    scenario_when(&t, "order.cancel", "{" AT ",'order_id':'%s','tickets':['%s']}", id,
                  order_of(id)->tickets.at[0].code);
    answer(id, "{'n':1,'answers':{'diet':'vegan'}}");
    scenario_refused(&t, 409, "void");
    when("order.cancel", id);
    answer(id, "{'n':2,'answers':{'diet':'vegan'}}");
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(a_corrected_holder_keeps_the_answers)
{
    begin_asking();
    const char *id = sell(WITH(GENERAL_ID, 1, ANSWERS("'size':'M'")));
    pass("ticket.assign", id, "'name':'Bea Secret','email':'bea@example.org'");
    ck_assert_str_eq(answers_of(id, 1), "size M");
    pass("ticket.assign", id, "'name':'Beatriz Secret','email':'Bea@Example.org'");
    ck_assert_str_eq(scenario_text(&t, "answers/size"), "M");
    scenario_when(&t, "ticket.reissue", "{" AT ",'order_id':'%s','n':1}", id);
    ck_assert_str_eq(answers_of(id, 1), "size M");
    pass("ticket.transfer", id, "'name':'Bea Secret','email':'bea@example.org'");
    ck_assert_str_eq(answers_of(id, 1), "size M");
    scenario_close(&t);
}
END_TEST

START_TEST(another_holder_has_no_answers_but_their_own)
{
    begin_asking();
    const char *id = sell(WITH(GENERAL_ID, 1, ANSWERS("'size':'M','diet':'vegan'")));
    pass("ticket.transfer", id, "'name':'Bea Secret','email':'bea@example.org'");
    ck_assert_str_eq(answers_of(id, 1), "");
    answer(id, "{'n':1,'answers':{'size':'S'}}");
    pass("ticket.assign", id, "'name':'Cid Secret','email':'cid@example.org'");
    ck_assert_str_eq(answers_of(id, 1), "");
    pass("ticket.transfer", id,
         "'name':'Dan Secret','email':'dan@example.org','answers':{'size':'M'}");
    ck_assert_str_eq(answers_of(id, 1), "size M");
    pass("ticket.assign", id,
         "'name':'Dan Secret','email':'dan@example.org','answers':{'diet':'none'}");
    ck_assert_str_eq(answers_of(id, 1), "size M, diet none");
    const char *code = order_of(id)->tickets.at[0].code;
    pass("ticket.transfer", id,
         "'name':'Dan Secret','email':'dan@example.org','answers':{'diet':'vegan'}");
    ck_assert_str_eq(answers_of(id, 1), "size M, diet vegan");
    ck_assert_str_eq(order_of(id)->tickets.at[0].code, code);
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'%s','n':1,'name':'Eva Secret','email':'eva@example.org',"
                  "'answers':{'size':'XL','diet':'none'}}",
                  id);
    SCENARIO_INVALID(&t, "#/answers/size not_allowed");
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'%s','n':1,'name':'Eva Secret','email':'eva@example.org',"
                  "'answers':{'diet':'none'}}",
                  id);
    SCENARIO_INVALID(&t, "#/answers/size required");
    scenario_close(&t);
}
END_TEST

START_TEST(gates_are_shown_what_is_for_them)
{
    begin_asking();
    const char *id = sell(WITH(GENERAL_ID, 1, ANSWERS("'size':'M','diet':'vegan'")));
    const char *code = order_of(id)->tickets.at[0].code;
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", code);
    ck_assert_str_eq(scenario_text(&t, "answers/diet"), "vegan");
    ck_assert(!scenario_flag(&t, "answers/size"));
    scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'%s'}", code);
    ck_assert(!scenario_flag(&t, "answers/size"));
    scenario_when(&t, "ticket.check_in_bulk",
                  "{" AT ",'scans':[{'code':'%s','at':'2026-05-01T17:59:00Z','nonce':'x'}]}", code);
    ck_assert_str_eq(scenario_text(&t, "results/0/ticket/answers/diet"), "vegan");
    ck_assert(!scenario_flag(&t, "results/0/ticket/answers/size"));
    id = sell(WITH(GENERAL_ID, 1, ANSWERS("'size':'M'")));
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", order_of(id)->tickets.at[0].code);
    ck_assert(!scenario_flag(&t, "answers"));
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_answered_for_a_ticket_is_bounded)
{
    begin();
    char questions[700] = "[", answers[3100] = "", text[501];
    memset(text, 'x', 500);
    text[500] = '\0';
    for (int i = 0; i < 9; i++)
        (void)snprintf(questions + strlen(questions), 80,
                       "%s{'id':'q%d','label':'Q','kind':'text'}", i > 0 ? "," : "", i);
    ask(strcat(questions, "]"));
    for (int i = 0; i < 6; i++)
        (void)snprintf(answers + strlen(answers), 510, "%s'q%d':'%s'", i > 0 ? "," : "", i, text);
    const char *id = sell(mem_printf(t.arena,
                                     "{'ticket_type_id':'" GENERAL_ID "','quantity':1,'tickets':["
                                     "{'answers':{%s}}]}",
                                     answers));
    answer(id, mem_printf(t.arena, "{'n':1,'answers':{'q6':'%s','q7':'%s'}}", text, text));
    SCENARIO_INVALID(&t, "#/tickets/0/answers too_long");
    answer(id, mem_printf(t.arena, "{'n':1,'answers':{'q6':'%s'}}", text));
    ck_assert_int_eq(t.result.answer.status, 200);
    /* As JSON has it, which is what a message carries. */
    memset(text, '\\', 500);
    answer(id, mem_printf(t.arena, "{'n':1,'answers':{'q7':'%s'}}", text));
    SCENARIO_INVALID(&t, "#/tickets/0/answers too_long");
    scenario_close(&t);
}
END_TEST

START_TEST(a_sale_that_is_asked_nothing_is_as_it_was)
{
    begin();
    const char *id = sell(ITEM(GENERAL_ID, 1));
    const struct order *order = order_of(id);
    ck_assert_ptr_null(order->items.at[0].tickets.at);
    ck_assert_ptr_null(order->tickets.at[0].answers.names);
    (void)place(WITH(GENERAL_ID, 1, ANSWERS("'size':'M'")), "");
    SCENARIO_INVALID(&t, "#/items/0/tickets/0/answers/size unknown_question");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("ticket_answers", each_ticket_has_the_answers_that_were_given_for_it,
           every_fault_of_the_answers_is_named_at_its_place,
           what_is_required_is_required_of_every_ticket_unless_it_is_answered_later,
           a_withdrawn_question_is_not_asked_and_what_was_answered_stays,
           what_was_answered_before_may_be_sent_again, a_hold_keeps_answers_until_it_has_tickets,
           a_hold_is_answered_later, answers_are_given_later_and_changed,
           every_fault_of_later_answers_is_named, tickets_that_are_gone_are_not_answered_for,
           a_corrected_holder_keeps_the_answers, another_holder_has_no_answers_but_their_own,
           gates_are_shown_what_is_for_them, what_is_answered_for_a_ticket_is_bounded,
           a_sale_that_is_asked_nothing_is_as_it_was)
