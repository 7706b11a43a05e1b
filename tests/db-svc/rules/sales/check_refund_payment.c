/* What a payment system says of an order: declines, late money, and money given back. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "libshared/contract/dead_code.h"
#include "tests/db-svc/rules/sales/refund_fixture.h"
#include "tests/support/given.h"

START_TEST(a_failed_payment_stands_in_the_order_and_leaves_the_hold)
{
    begin();
    const char *id = place(2, ",'hold_seconds':600");
    when("payment.failed", id,
         ",'payment_id':'p-1','amount':{'amount':5000,'currency':'EUR'},'reason':'card_declined'");
    money_is("held", 0, 0, 0);
    ck_assert_str_eq(scenario_text(&t, "payments/0/payment_id"), "p-1");
    ck_assert_str_eq(scenario_text(&t, "payments/0/status"), "failed");
    ck_assert_str_eq(scenario_text(&t, "payments/0/reason"), "card_declined");
    ck_assert_int_eq(scenario_number(&t, "payments/0/amount/amount"), 5000);
    ck_assert_str_eq(scenario_text(&t, "payments/0/at"), "2026-05-01T18:00:00.001Z");
    ck_assert_str_eq(scenario_text(&t, "expires_at"), "2026-05-01T18:10:00.000Z");
    check_stock_is(&t, GENERAL_ID, 0, 2);
    when("payment.failed", id, ",'payment_id':'p-1'");
    scenario_unchanged(&t, 200);
    pay("p-2", id, 5000);
    money_is("paid", 5000, 0, 0);
    ck_assert_str_eq(scenario_text(&t, "payments/1/status"), "succeeded");
    ck_assert(!scenario_flag(&t, "payments/1/reason"));
    ck_assert(!scenario_flag(&t, "payments/2"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_keeps_its_id_over_declines)
{
    begin();
    const char *id = place(1, ",'hold_seconds':600");
    when("payment.failed", id, ",'payment_id':'p-1'");
    pay("p-1", id, 2500);
    money_is("paid", 2500, 0, 0);
    when("payment.failed", id, ",'payment_id':'p-1'");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(many_declines_stay_within_bounds)
{
    begin();
    const char *id = place(1, ",'hold_seconds':600");
    pay("wrong", id, 1);
    for (int i = 0; i < 300; i++)
        when("payment.failed", id, mem_printf(t.arena, ",'payment_id':'p-%d'", i));
    ck_assert_uint_eq(json_array_size(json_object_get(t.body, "payments")), ORDER_PAYMENTS_MAX);
    ck_assert_str_eq(scenario_text(&t, "payments/0/payment_id"), "wrong");
    ck_assert_str_eq(scenario_text(&t, "payments/249/payment_id"), "p-299");
    scenario_close(&t);
}
END_TEST

START_TEST(what_paid_stands_there_however_often_some_of_it_goes_back)
{
    begin();
    const char *id = place(1, ",'hold_seconds':600");
    pay("p-1", id, 2500);
    for (int i = 0; i < 2 * ORDER_PAYMENTS_MAX; i++)
        payment_refunded(
            "p-1", id,
            mem_printf(t.arena, ",'refund_id':'r-%d','amount':{'amount':1,'currency':'EUR'}", i));
    money_is("paid", 2500, 2 * ORDER_PAYMENTS_MAX, 0);
    ck_assert_uint_eq(json_array_size(json_object_get(t.body, "payments")), ORDER_PAYMENTS_MAX);
    ck_assert_str_eq(scenario_text(&t, "payments/0/status"), "succeeded");
    ck_assert_str_eq(scenario_text(&t, "payments/249/refund_id"), "r-499");
    scenario_close(&t);
}
END_TEST

START_TEST(money_that_comes_after_the_end_is_due)
{
    begin();
    const char *id = place(1, ",'hold_seconds':600");
    when("order.cancel", id, "");
    pay("p-1", id, 2500);
    money_is("cancelled", 2500, 0, 2500);
    when("order.refund", id, "");
    money_is("refunded", 2500, 2500, 0);
    pay("p-2", id, 2500);
    money_is("refunded", 5000, 2500, 2500);
    when("order.refund", id, "");
    money_is("refunded", 5000, 5000, 0);
    id = place(1, ",'hold_seconds':60");
    pay("p-3", id, 1);
    t.now += 60000;
    when("order.expire", id, "");
    money_is("expired", 1, 0, 1);
    when("order.refund", id, "");
    money_is("expired", 1, 1, 0);
    when("order.refund", id, "");
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(money_of_another_currency_is_told_and_not_added)
{
    begin();
    const char *id = place(1, ",'hold_seconds':600");
    when("payment.succeeded", id, ",'payment_id':'p-1','amount':{'amount':99,'currency':'USD'}");
    money_is("held", 0, 0, 0);
    ck_assert_str_eq(scenario_text(&t, "payments/0/amount/currency"), "USD");
    ck_assert_int_eq(told_amount("order.refund_due"), 99);
    payment_refunded("p-1", id, ",'amount':{'amount':99,'currency':'USD'}");
    money_is("held", 0, 0, 0);
    ck_assert_str_eq(scenario_text(&t, "payments/1/status"), "refunded");
    scenario_close(&t);
}
END_TEST

START_TEST(a_refund_by_the_payment_system_is_a_refund_once)
{
    begin();
    const char *id = place(2, ",'hold_seconds':600");
    pay("p-1", id, 5000);
    payment_refunded("p-1", id, "");
    money_is("refunded", 5000, 5000, 0);
    REASONS_ARE("refunded", "refunded");
    check_stock_is(&t, GENERAL_ID, 0, 0);
    json_t *fact = scenario_emitted(&t, "order.refunded", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "payment_id")), "p-1");
    ck_assert_int_eq(told_amount("order.refunded"), 5000);
    payment_refunded("p-1", id, ",'amount':{'amount':5000,'currency':'EUR'}");
    scenario_unchanged(&t, 200);
    payment_refunded("p-1", "order_01jz3w4v9he8qb2m5x7k6d0c1n", "");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(an_amount_without_tickets_voids_none)
{
    begin();
    const char *id = place(2, ",'hold_seconds':600");
    pay("p-1", id, 5000);
    payment_refunded("p-1", id, ",'refund_id':'r-1','amount':{'amount':5000,'currency':'EUR'}");
    money_is("paid", 5000, 5000, 0);
    REASONS_ARE("", "");
    check_stock_is(&t, GENERAL_ID, 2, 0);
    ck_assert_int_eq(told_amount("order.refunded"), 5000);
    when_of("order.cancel", id, "12", "");
    money_is("cancelled", 5000, 5000, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_part_refund_voids_only_the_tickets_that_it_names)
{
    begin();
    const char *id = place(3, ",'hold_seconds':600");
    pay("p-1", id, 7500);
    payment_refunded("p-1", id, ",'refund_id':'r-1','amount':{'amount':1000,'currency':'EUR'}");
    money_is("paid", 7500, 1000, 0);
    REASONS_ARE("", "", "");
    ck_assert_str_eq(scenario_text(&t, "payments/1/refund_id"), "r-1");
    payment_refunded("p-1", id, ",'refund_id':'r-1','amount':{'amount':1000,'currency':'EUR'}");
    scenario_unchanged(&t, 200);
    payment_refunded("p-1", id,
                     mem_printf(t.arena,
                                ",'refund_id':'r-2','amount':{'amount':2500,'currency':'EUR'},"
                                "'tickets':[%s]",
                                codes(id, "3")));
    money_is("paid", 7500, 3500, 0);
    REASONS_ARE("", "", "refunded");
    check_stock_is(&t, GENERAL_ID, 2, 0);
    when_of("order.refund", id, "1", "");
    money_is("paid", 7500, 6000, 0);
    when("order.refund", id, "");
    money_is("refunded", 7500, 7500, 0); /* not 8500 */
    ck_assert_int_eq(told_amount("order.refunded"), 1500);
    scenario_close(&t);
}
END_TEST

START_TEST(a_refund_without_an_amount_is_of_all_that_its_payment_paid)
{
    begin();
    const char *id = place(1, ",'hold_seconds':600");
    pay("p-1", id, 2500);
    pay("p-2", id, 2500);
    payment_refunded("p-2", id, "");
    money_is("paid", 5000, 2500, 0);
    payment_refunded("by hand", id, "");
    money_is("refunded", 5000, 5000, 0);
    payment_refunded("again", id, ",'amount':{'amount':2500,'currency':'EUR'}");
    money_is("refunded", 5000, 5000, 0); /* no more than was paid */
    ck_assert_int_eq(scenario_number(&t, "payments/4/amount/amount"), 2500);
    scenario_close(&t);
}
END_TEST

START_TEST(money_that_is_back_takes_used_tickets_with_it_but_not_their_places)
{
    begin();
    const char *id = place(2, ",'hold_seconds':600");
    pay("p-1", id, 5000);
    use(id, 1);
    payment_refunded("p-1", id, "");
    money_is("refunded", 5000, 5000, 0);
    REASONS_ARE("refunded", "refunded");
    check_stock_is(&t, GENERAL_ID, 1, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_late_payment_is_for_nothing_once_the_event_no_longer_sells)
{
    static const char *const patches[] = {"'status':'postponed'", "'status':'finished'",
                                          "'ends_at':'2026-05-02T18:00:01Z'"};
    for (size_t i = 0; i < 3; i++) {
        begin();
        const char *id = place(1, ",'hold_seconds':60");
        t.now += 2 * INT64_C(86400000);
        when("order.expire", id, "");
        scenario_when(&t, "event.update", "{" AT ",'patch':{%s}}", patches[i]);
        ck_assert_int_eq(t.result.answer.status, 200);
        pay("p-1", id, 2500);
        money_is("paid_unfulfilled", 2500, 0, 2500);
        when("order.refund", id, "");
        money_is("refunded", 2500, 2500, 0);
        scenario_close(&t);
    }
}
END_TEST

/* A refund that takes days, or waits for a person, while its ticket gets another code. */
START_TEST(a_refund_takes_the_ticket_whose_code_was_replaced_since)
{
    begin();
    const char *id = place(3, ",'hold_seconds':600");
    pay("p-1", id, 7500);
    const char *asked = codes(id, "2");
    when("ticket.transfer", id, ",'n':2,'name':'Eva','email':'eva@example.org'");
    when("ticket.reissue", id, ",'n':2");
    payment_refunded("p-1", id,
                     mem_printf(t.arena,
                                ",'refund_id':'r-1','amount':{'amount':2500,'currency':'EUR'},"
                                "'tickets':[%s]",
                                asked));
    money_is("paid", 7500, 2500, 0);
    REASONS_ARE("", "refunded", "");
    check_stock_is(&t, GENERAL_ID, 2, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(money_that_is_back_counts_though_nobody_knows_which_ticket_had_the_code)
{
    begin();
    const char *id = place(1, ",'hold_seconds':600");
    pay("p-1", id, 2500);
    scenario_given(&t, &collection_dead_codes, "c0",
                   &(struct dead_code){.event_id = EVENT_ID, .order_id = id});
    payment_refunded("p-1", id,
                     ",'refund_id':'r-1','amount':{'amount':1000,'currency':'EUR'},"
                     "'tickets':['c0']");
    money_is("paid", 2500, 1000, 0);
    REASONS_ARE("");
    scenario_given(
        &t, &collection_dead_codes, "c1",
        &(struct dead_code){.event_id = EVENT_ID, .order_id = "order_01jz3w4v9he8qb2m5x7k6d0c1p"});
    payment_refunded("p-1", id,
                     ",'refund_id':'r-2','amount':{'amount':1000,'currency':'EUR'},"
                     "'tickets':['c0','c1','c2']");
    scenario_refused(&t, 422, "validation_failed");
    ck_assert_str_eq(scenario_text(&t, "errors/0/pointer"), "#/tickets/1");
    ck_assert_str_eq(scenario_text(&t, "errors/1/pointer"), "#/tickets/2");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("refund_payment", a_failed_payment_stands_in_the_order_and_leaves_the_hold,
           a_payment_keeps_its_id_over_declines, many_declines_stay_within_bounds,
           what_paid_stands_there_however_often_some_of_it_goes_back,
           money_that_comes_after_the_end_is_due, money_of_another_currency_is_told_and_not_added,
           a_refund_by_the_payment_system_is_a_refund_once, an_amount_without_tickets_voids_none,
           a_part_refund_voids_only_the_tickets_that_it_names,
           a_refund_takes_the_ticket_whose_code_was_replaced_since,
           money_that_is_back_counts_though_nobody_knows_which_ticket_had_the_code,
           a_refund_without_an_amount_is_of_all_that_its_payment_paid,
           money_that_is_back_takes_used_tickets_with_it_but_not_their_places,
           a_late_payment_is_for_nothing_once_the_event_no_longer_sells)
