/* What a hold promises: paid or extended once, while it lasts, and no longer. */
#include "tests/support/check_main.h"

#include "tests/db-svc/rules/sales/order_fixture.h"
#include "tests/support/given.h"

START_TEST(a_hold_has_no_tickets_and_an_end)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    ck_assert_str_eq(scenario_text(&t, "status"), "held");
    ck_assert_str_eq(scenario_text(&t, "expires_at"), "2026-05-01T18:10:00.000Z");
    ck_assert(!scenario_flag(&t, "tickets"));
    ck_assert(!scenario_flag(&t, "hold_seconds"));
    ck_assert_int_eq(order_of(id)->due_at.ms, SCENARIO_NOW + 600000);
    check_stock_is(&t, GENERAL_ID, 0, 2);
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_is_no_longer_than_the_installation_allows)
{
    begin();
    (void)place(ITEM(GENERAL_ID, 1), ",'hold_seconds':3601");
    SCENARIO_INVALID(&t, "#/hold_seconds too_large");
    ck_assert_int_eq(scenario_number(&t, "errors/0/limit"), 3600);
    (void)place(ITEM(GENERAL_ID, 1), ",'hold_seconds':3600");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_is_confirmed_though_its_event_is_over_by_then)
{
    begin();
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'starts_at':'2026-05-01T17:00:00Z',"
                  "'ends_at':'2026-05-01T18:05:00Z'}}");
    const char *id = hold(ITEM(GENERAL_ID, 1));
    ck_assert_int_eq(t.result.answer.status, 201);
    t.now += 599999;
    when("order.confirm", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_is_confirmed_once)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    when("order.confirm", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    ck_assert_uint_eq(json_array_size(json_object_get(t.body, "tickets")), 2);
    ck_assert_int_eq(scenario_number(&t, "version"), 2);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.confirmed", 0));
    ck_assert(!order_of(id)->due_at.set);
    check_stock_is(&t, GENERAL_ID, 2, 0);
    when("order.confirm", id);
    scenario_unchanged(&t, 200);
    ck_assert_int_eq(scenario_number(&t, "version"), 2);
    t.now += 3600000;
    when("order.confirm", id);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_cannot_be_confirmed_once_it_is_over)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    t.now += 600000;
    when("order.confirm", id);
    scenario_refused(&t, 409, "hold_expired");
    when("order.expire", id);
    when("order.confirm", id);
    scenario_refused(&t, 409, "hold_expired");
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_at_a_cancelled_event_is_not_paid)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    scenario_when(&t, "event.cancel", "{" AT "}");
    when("order.confirm", id);
    scenario_refused(&t, 409, "not_on_sale");
    when("order.cancel", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_lapses_once_and_not_before_its_time)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    t.now += 599999;
    when("order.expire", id);
    scenario_unchanged(&t, 200);
    ck_assert(t.result.answer.no_receipt);
    t.now++;
    when("order.expire", id);
    ck_assert_str_eq(scenario_text(&t, "status"), "expired");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.expired", 0));
    ck_assert(!order_of(id)->due_at.set);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    when("order.expire", id);
    scenario_unchanged(&t, 200);
    when("order.cancel", id);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(a_paid_order_does_not_lapse)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    when("order.confirm", id);
    t.now += 600000;
    when("order.expire", id);
    scenario_unchanged(&t, 200);
    check_stock_is(&t, GENERAL_ID, 2, 0);
    scenario_close(&t);
}
END_TEST

static void extend(const char *order_id, const char *more)
{
    scenario_when(&t, "order.extend", "{" AT ",'order_id':'%s'%s}", order_id, more);
}

START_TEST(a_hold_is_extended_once)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    t.now += 599000;
    extend(id, "");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "expires_at"), "2026-05-01T18:20:00.000Z");
    ck_assert(scenario_flag(&t, "extended"));
    ck_assert_int_eq(order_of(id)->due_at.ms, SCENARIO_NOW + 1200000);
    json_t *fact = scenario_emitted(&t, "order.extended", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "expires_at")),
                     "2026-05-01T18:20:00.000Z");
    check_stock_is(&t, GENERAL_ID, 0, 2);
    extend(id, "");
    scenario_refused(&t, 422, "limit_exceeded");
    ck_assert_str_eq(scenario_text(&t, "limit_name"), "extensions");
    ck_assert_int_eq(scenario_number(&t, "limit"), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(an_expiry_that_an_extension_overtook_is_not_due)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    t.now += 599999;
    extend(id, ",'hold_seconds':5");
    t.now++;
    when("order.expire", id);
    scenario_unchanged(&t, 200);
    ck_assert(t.result.answer.no_receipt);
    t.now += 5000;
    when("order.expire", id);
    ck_assert_str_eq(scenario_text(&t, "status"), "expired");
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(an_extension_is_no_longer_than_the_installation_allows)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    extend(id, ",'hold_seconds':3601");
    SCENARIO_INVALID(&t, "#/hold_seconds too_large");
    t.now += 60000;
    extend(id, ",'hold_seconds':3600");
    ck_assert_str_eq(scenario_text(&t, "expires_at"), "2026-05-01T19:01:00.000Z");
    scenario_close(&t);
}
END_TEST

START_TEST(only_a_hold_is_extended_and_only_while_it_lasts)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2)), *paid = place(ITEM(GENERAL_ID, 1), "");
    extend(paid, "");
    scenario_refused(&t, 409, "illegal_transition");
    t.now += 600000;
    extend(id, "");
    scenario_refused(&t, 409, "hold_expired");
    when("order.expire", id);
    extend(id, "");
    scenario_refused(&t, 409, "hold_expired");
    t.now -= 600000;
    id = hold(ITEM(GENERAL_ID, 2));
    scenario_when(&t, "event.cancel", "{" AT "}");
    extend(id, "");
    scenario_refused(&t, 409, "not_on_sale");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("order_hold", a_hold_has_no_tickets_and_an_end,
           a_hold_is_no_longer_than_the_installation_allows,
           a_hold_is_confirmed_though_its_event_is_over_by_then, a_hold_is_confirmed_once,
           a_hold_cannot_be_confirmed_once_it_is_over, a_hold_at_a_cancelled_event_is_not_paid,
           a_hold_lapses_once_and_not_before_its_time, a_paid_order_does_not_lapse,
           a_hold_is_extended_once, an_expiry_that_an_extension_overtook_is_not_due,
           an_extension_is_no_longer_than_the_installation_allows,
           only_a_hold_is_extended_and_only_while_it_lasts)
