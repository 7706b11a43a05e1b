/* Every command that changes an order stands in its trail, with who sent it. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;
static const char *id;

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 100);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':1}],"
                  "'buyer':{'name':'Ana Secret','email':'ana@example.org'},'hold_seconds':60}");
    ck_assert_int_eq(t.result.answer.status, 201);
    id = mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const struct order *order(void)
{
    return scenario_record(&t, &collection_orders, id);
}

static void when(const char *type, const char *more)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s'%s}", id, more);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static void correct(const char *phone)
{
    scenario_when(&t, "order.update", "{" AT ",'order_id':'%s','patch':{'buyer':{'phone':'%s'}}}",
                  id, phone);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static bool changed(const struct order_step *step, const char *member)
{
    return texts_have(&step->changed, member);
}

START_TEST(each_command_adds_its_sender_and_what_it_changed)
{
    begin();
    ck_assert_uint_eq(order()->trail.n, 1);
    ck_assert_str_eq(order()->trail.at[0].command, "order.place");
    ck_assert_str_eq(order()->trail.at[0].source, SCENARIO_SOURCE);
    ck_assert_str_eq(order()->trail.at[0].command_id, "command-1");
    ck_assert_uint_eq(order()->trail.at[0].changed.n, 0);
    t.now += 5;
    when("order.confirm", "");
    const struct order_step *step = &order()->trail.at[1];
    ck_assert_uint_eq(order()->trail.n, 2);
    ck_assert_int_eq(step->at, t.now);
    ck_assert(changed(step, "status") && changed(step, "tickets") && changed(step, "paid"));
    ck_assert(!changed(step, "buyer") && !changed(step, "version") && !changed(step, "due_at"));
    correct("+34600111222");
    ck_assert_uint_eq(order()->trail.at[2].changed.n, 1);
    ck_assert_str_eq(order()->trail.at[2].changed.at[0], "buyer");
    scenario_close(&t);
}
END_TEST

START_TEST(what_changes_nothing_or_is_refused_leaves_no_trace)
{
    begin();
    when("order.confirm", "");
    when("order.confirm", "");
    scenario_when(&t, "order.extend", "{" AT ",'order_id':'%s'}", id);
    ck_assert_int_eq(t.result.answer.status, 409);
    ck_assert_uint_eq(order()->trail.n, 2);
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", order()->tickets.at[0].code);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_uint_eq(order()->trail.n, 2);
    scenario_close(&t);
}
END_TEST

START_TEST(of_very_many_commands_the_first_and_the_last_are_kept)
{
    begin();
    for (int i = 0; i < 2 * ORDER_STEPS_MAX; i++)
        correct(mem_printf(t.arena, "+346001%05d", i));
    const struct order *now = order();
    ck_assert_uint_eq(now->trail.n, ORDER_STEPS_MAX);
    ck_assert_str_eq(now->trail.at[0].command, "order.place");
    for (size_t i = 1; i < ORDER_STEPS_MAX; i++)
        ck_assert_str_eq(now->trail.at[i].command_id,
                         mem_printf(t.arena, "command-%zu", ORDER_STEPS_MAX + 2 + i));
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("order_trail", each_command_adds_its_sender_and_what_it_changed,
           what_changes_nothing_or_is_refused_leaves_no_trace,
           of_very_many_commands_the_first_and_the_last_are_kept)
