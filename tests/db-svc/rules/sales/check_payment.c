/* What a payment promises: it pays once, never for nothing, and what cannot be used is given back.
 */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/payment.h"
#include "tests/support/given.h"

static struct scenario t;

#define NO_ORDER_ID "order_01jz3w4v9he8qb2m5x7k6d0c1n"

static void begin(void)
{
    given_published(&t);
    given_type_as(&t, GENERAL_ID,
                  (struct ticket_type){.capacity = 4, .per_buyer_limit = {true, 4}});
}

static const char *place(const char *buyer, int quantity, const char *more)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID
                  "','quantity':%d}],'buyer':{'name':'Secret','email':'%s@example.org'}%s}",
                  quantity, buyer, more);
    ck_assert_int_eq(t.result.answer.status, 201);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const char *hold(int quantity)
{
    return place("ana", quantity, ",'hold_seconds':600");
}

static void when(const char *type, const char *order_id)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s'}", order_id);
}

static void pay(const char *payment_id, const char *order_id, int64_t amount)
{
    scenario_when(&t, "payment.succeeded",
                  "{" AT ",'order_id':'%s','payment_id':'%s','amount':{'amount':%lld,"
                  "'currency':'EUR'}}",
                  order_id, payment_id, (long long)amount);
}

static void payment_fails(const char *order_id)
{
    scenario_when(&t, "payment.failed", "{" AT ",'order_id':'%s','payment_id':'p-0'}", order_id);
}

static const char *fact_text(const char *fact, const char *name)
{
    const char *text = json_string_value(json_object_get(scenario_emitted(&t, fact, 0), name));
    return text != NULL ? text : "";
}

/* The last command told to give the amount back, for that reason. */
static void refund_is_due(const char *payment_id, int64_t amount, const char *reason)
{
    json_t *fact = scenario_emitted(&t, "order.refund_due", 0);
    ck_assert_msg(fact != NULL, "no refund is due: %s", t.result.answer.body);
    ck_assert_str_eq(fact_text("order.refund_due", "payment_id"), payment_id);
    ck_assert_str_eq(fact_text("order.refund_due", "reason"), reason);
    json_t *due = json_object_get(fact, "amount");
    ck_assert_int_eq(json_integer_value(json_object_get(due, "amount")), amount);
    ck_assert_str_eq(json_string_value(json_object_get(due, "currency")), "EUR");
}

static void status_is(const char *status)
{
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), status);
}

START_TEST(a_payment_confirms_a_hold_once)
{
    begin();
    const char *id = hold(2);
    pay("p-1", id, 5000);
    status_is("paid");
    ck_assert_uint_eq(json_array_size(json_object_get(t.body, "tickets")), 2);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.confirmed", 0));
    ck_assert_ptr_null(scenario_emitted(&t, "order.refund_due", 0));
    check_stock_is(&t, GENERAL_ID, 2, 0);
    pay("p-1", id, 5000);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_second_payment_is_given_back)
{
    begin();
    const char *id = hold(2);
    pay("p-1", id, 5000);
    pay("p-2", id, 5000);
    status_is("paid");
    refund_is_due("p-2", 5000, "already_paid");
    pay("p-2", id, 5000);
    scenario_unchanged(&t, 200);
    check_stock_is(&t, GENERAL_ID, 2, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_wrong_amount_is_given_back_and_leaves_the_hold)
{
    begin();
    const char *id = hold(2);
    pay("p-1", id, 4999);
    status_is("held");
    refund_is_due("p-1", 4999, "wrong_amount");
    pay("p-2", id, 5000);
    status_is("paid");
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_of_another_currency_is_a_wrong_amount)
{
    begin();
    const char *id = hold(2);
    scenario_when(&t, "payment.succeeded",
                  "{" AT ",'order_id':'%s','payment_id':'p-1','amount':{'amount':5000,"
                  "'currency':'USD'}}",
                  id);
    status_is("held");
    ck_assert_str_eq(fact_text("order.refund_due", "reason"), "wrong_amount");
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_after_the_hold_takes_the_stock_again_if_there_is_some)
{
    begin();
    const char *id = hold(2);
    t.now += 600000;
    when("order.expire", id);
    pay("p-1", id, 5000);
    status_is("paid");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.confirmed", 0));
    ck_assert_uint_eq(json_array_size(json_object_get(t.body, "tickets")), 2);
    ck_assert(!scenario_flag(&t, "expires_at"));
    check_stock_is(&t, GENERAL_ID, 2, 0);
    when("order.cancel", id);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_whose_hold_lapsed_but_was_not_released_takes_what_it_held)
{
    begin();
    const char *id = hold(4);
    t.now += 600000;
    pay("p-1", id, 10000);
    status_is("paid");
    check_stock_is(&t, GENERAL_ID, 4, 0);
    when("order.expire", id);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_that_finds_nothing_left_is_given_back)
{
    begin();
    const char *id = hold(2);
    t.now += 600000;
    when("order.expire", id);
    (void)place("ben", 3, "");
    pay("p-1", id, 5000);
    status_is("paid_unfulfilled");
    refund_is_due("p-1", 5000, "unfulfilled");
    check_stock_is(&t, GENERAL_ID, 3, 0);
    pay("p-2", id, 5000);
    status_is("paid_unfulfilled");
    refund_is_due("p-2", 5000, "already_paid");
    when("order.refund", id);
    status_is("refunded");
    check_stock_is(&t, GENERAL_ID, 3, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_late_payment_is_within_the_limit_of_its_buyer)
{
    begin();
    const char *id = hold(2);
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" GENERAL_ID "','patch':{'capacity':10}}");
    t.now += 600000;
    when("order.expire", id);
    (void)place("ANA", 3, "");
    pay("p-1", id, 5000);
    status_is("paid_unfulfilled");
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_at_a_cancelled_event_is_given_back)
{
    begin();
    const char *held = hold(1), *lapsed = hold(1);
    t.now += 600000;
    when("order.expire", lapsed);
    scenario_when(&t, "event.cancel", "{" AT "}");
    pay("p-1", held, 2500);
    status_is("cancelled");
    refund_is_due("p-1", 2500, "event_cancelled");
    pay("p-2", lapsed, 2500);
    status_is("paid_unfulfilled");
    refund_is_due("p-2", 2500, "event_cancelled");
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_of_a_cancelled_order_is_given_back)
{
    begin();
    const char *id = hold(1);
    when("order.cancel", id);
    pay("p-1", id, 2500);
    status_is("cancelled");
    refund_is_due("p-1", 2500, "order_cancelled");
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_pays_one_order_only)
{
    begin();
    const char *one = hold(1), *other = hold(1);
    pay("p-1", one, 2500);
    pay("p-1", other, 2500);
    scenario_refused(&t, 409, "payment_used");
    pay("p-2", NO_ORDER_ID, 2500);
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_failed_payment_leaves_the_hold_until_it_lapses)
{
    begin();
    const char *held = hold(1), *paid = place("ben", 1, "");
    payment_fails(held);
    status_is("held");
    ck_assert_ptr_null(scenario_emitted(&t, "order.cancelled", 0));
    check_stock_is(&t, GENERAL_ID, 1, 1);
    payment_fails(held);
    scenario_unchanged(&t, 200);
    payment_fails(paid);
    status_is("paid");
    pay("p-0", held, 2500);
    status_is("paid");
    ck_assert_ptr_null(scenario_emitted(&t, "order.refund_due", 0));
    held = hold(1);
    payment_fails(held);
    t.now += 600000;
    when("order.expire", held);
    status_is("expired");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("payment", a_payment_confirms_a_hold_once, a_second_payment_is_given_back,
           a_wrong_amount_is_given_back_and_leaves_the_hold,
           a_payment_of_another_currency_is_a_wrong_amount,
           a_payment_after_the_hold_takes_the_stock_again_if_there_is_some,
           a_payment_whose_hold_lapsed_but_was_not_released_takes_what_it_held,
           a_payment_that_finds_nothing_left_is_given_back,
           a_late_payment_is_within_the_limit_of_its_buyer,
           a_payment_at_a_cancelled_event_is_given_back,
           a_payment_of_a_cancelled_order_is_given_back, a_payment_pays_one_order_only,
           a_failed_payment_leaves_the_hold_until_it_lapses)
