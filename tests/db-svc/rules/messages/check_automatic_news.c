/* News that an event sends by itself of where and when it is, and of money. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "tests/db-svc/rules/messages/automatic_fixture.h"
#include "tests/support/given.h"

#define MINUTE INT64_C(60000)

static void move(const char *patch)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{%s}}", patch);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

START_TEST(edits_of_some_minutes_are_one_move_from_the_first_place_to_the_last)
{
    begin("{'changes':true}");
    move("'location':'Park'");
    const struct notification *news = only(AUTOMATIC_MOVED);
    ck_assert_int_eq(news->status, NOTIFICATION_SCHEDULED);
    ck_assert_int_eq(news->due_at.ms, t.now + 5 * MINUTE);
    t.now += 4 * MINUTE;
    move("'location':'Arena'");
    news = only(AUTOMATIC_MOVED);
    ck_assert_int_eq(news->due_at.ms, t.now + 5 * MINUTE);
    ck_assert_str_eq(news->previous->location, "Hall");
    t.now += MINUTE;
    move("'description':'Loud'");
    ck_assert_int_eq(only(AUTOMATIC_MOVED)->due_at.ms, t.now + 4 * MINUTE);
    move("'location':'Hall'");
    ck_assert_int_eq(only(AUTOMATIC_MOVED)->status, NOTIFICATION_CANCELLED);
    scenario_close(&t);
}
END_TEST

START_TEST(silence_is_of_one_edit_alone)
{
    begin("{'changes':true}");
    move("'location':'Park','silent':true");
    sent_nothing();
    move("'location':'Arena'");
    ck_assert_str_eq(only(AUTOMATIC_MOVED)->previous->location, "Park");
    scenario_close(&t);
}
END_TEST

START_TEST(a_refund_is_told_if_money_went_back_and_once)
{
    begin("{'refunds':true}");
    const char *id = buy("ana@example.org", "");
    sent_nothing();
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    const struct notification *told = only(AUTOMATIC_REFUNDED);
    ck_assert_int_eq(told->counts->queued, 1);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", id);
    (void)only(AUTOMATIC_REFUNDED);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("automatic_news", edits_of_some_minutes_are_one_move_from_the_first_place_to_the_last,
           silence_is_of_one_edit_alone, a_refund_is_told_if_money_went_back_and_once)
