/* What a person answered goes with the person, and what others answered stays. */
#include "tests/db-svc/rules/people/erase_fixture.h"

static const char *ask_and_buy(const char *more)
{
    begin();
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'questions':[{'id':'diet','label':'Diet','kind':'text'}]}}");
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':2,'tickets':["
                  "{'answers':{'diet':'Secret nuts'}},{'answers':{'diet':'Secret milk'}}]}],"
                  "'buyer':{" ANA "}%s}",
                  more);
    ck_assert_int_eq(t.result.answer.status, 201);
    return id_of();
}

static void erase_buyer(const char *order_id)
{
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'%s'}", order_id);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static const struct ticket *ticket(const char *order_id, size_t number)
{
    const struct order *order = scenario_record(&t, &collection_orders, order_id);
    return &order->tickets.at[number - 1];
}

static void assign(const char *order_id, int number, const char *person)
{
    scenario_when(&t, "ticket.assign", "{" AT ",'order_id':'%s','n':%d,%s}", order_id, number,
                  person);
    ck_assert_int_eq(t.result.answer.status, 200);
}

START_TEST(a_buyer_goes_with_the_answers_for_tickets_of_nobody_else)
{
    const char *id = ask_and_buy("");
    assign(id, 2, EVA ",'answers':{'diet':'none'}");
    erase_buyer(id);
    ck_assert_uint_eq(ticket(id, 1)->answers.n, 0);
    ck_assert_str_eq(ticket(id, 2)->answers.values[0], "none");
    ck_assert(forgets(id));
    check_gone();
    scenario_close(&t);
}
END_TEST

START_TEST(a_buyer_goes_with_the_answers_of_a_hold)
{
    const char *id = ask_and_buy(",'hold_seconds':600");
    erase_buyer(id);
    check_gone();
    scenario_close(&t);
}
END_TEST

START_TEST(a_holder_goes_with_the_own_answers_alone)
{
    const char *id = ask_and_buy("");
    assign(id, 2, EVA ",'answers':{'diet':'none'}");
    scenario_when(&t, "attendee.register", "{" AT "," EVA "}");
    erase(id_of());
    ck_assert_str_eq(ticket(id, 1)->answers.values[0], "Secret nuts");
    ck_assert_uint_eq(ticket(id, 2)->answers.n, 0);
    scenario_close(&t);
}
END_TEST

static void answer(const char *order_id, int number)
{
    scenario_when(&t, "order.answer",
                  "{" AT ",'order_id':'%s','tickets':[{'n':%d,'answers':{'diet':'none'}}]}",
                  order_id, number);
}

START_TEST(nothing_is_answered_for_a_person_who_was_erased)
{
    const char *id = ask_and_buy("");
    assign(id, 2, EVA);
    erase_buyer(id);
    answer(id, 1);
    scenario_refused(&t, 409, "illegal_transition");
    ck_assert_str_eq(scenario_text(&t, "from"), "erased");
    answer(id, 2);
    ck_assert_int_eq(t.result.answer.status, 200);
    assign(id, 1, EVA);
    answer(id, 1);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(nothing_is_answered_for_the_hold_of_a_person_who_was_erased)
{
    const char *id = ask_and_buy(",'hold_seconds':600");
    erase_buyer(id);
    answer(id, 1);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("erase_answers", a_buyer_goes_with_the_answers_for_tickets_of_nobody_else,
           a_buyer_goes_with_the_answers_of_a_hold, a_holder_goes_with_the_own_answers_alone,
           nothing_is_answered_for_a_person_who_was_erased,
           nothing_is_answered_for_the_hold_of_a_person_who_was_erased)
