/* Refunds that fail and payments that are disputed: each is recorded once, and money that did not
 * arrive is due again. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define EUR(amount) "'amount':{'amount':" #amount ",'currency':'EUR'}"
#define NO_ORDER_ID "order_01jz3w4v9he8qb2m5x7k6d0c1n"

static void when(const char *type, const char *id, const char *more)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s','payment_id':'p-1'%s}", id, more);
}

/* An order of two tickets that p-1 has paid. */
static const char *given_paid(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 100);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':2}],"
                  "'buyer':{'name':'Ana','email':'ana@example.org'},'hold_seconds':600}");
    ck_assert_int_eq(t.result.answer.status, 201);
    const char *id = mem_strdup(t.arena, scenario_text(&t, "id"));
    when("payment.succeeded", id, "," EUR(5000));
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    return id;
}

static void money_is(const char *status, int64_t refunded, int64_t due)
{
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    ck_assert_str_eq(scenario_text(&t, "status"), status);
    ck_assert_int_eq(scenario_number(&t, "paid/amount"), 5000);
    ck_assert_int_eq(scenario_number(&t, "refunded/amount"), refunded);
    ck_assert_int_eq(scenario_number(&t, "refund_due/amount"), due);
}

static void told(const char *fact, int64_t amount, const char *reason)
{
    json_t *body = scenario_emitted(&t, fact, 0);
    ck_assert_msg(body != NULL, "no %s is told", fact);
    json_t *money = json_object_get(body, "amount");
    ck_assert_int_eq(json_integer_value(json_object_get(money, "amount")), amount);
    ck_assert_str_eq(json_string_value(json_object_get(body, "reason")), reason);
    ck_assert_str_eq(json_string_value(json_object_get(body, "payment_id")), "p-1");
}

START_TEST(a_refund_that_fails_stands_in_the_order_once)
{
    static const char failed[] = ",'refund_id':'r-1'," EUR(1000) ",'reason':'expired_card'";
    const char *id = given_paid();
    when("payment.refund_failed", id, failed);
    money_is("paid", 0, 0);
    told("order.refund_failed", 1000, "expired_card");
    ck_assert_str_eq(scenario_text(&t, "payments/1/status"), "refund_failed");
    ck_assert_str_eq(scenario_text(&t, "payments/1/refund_id"), "r-1");
    ck_assert_str_eq(scenario_text(&t, "payments/1/reason"), "expired_card");
    when("payment.refund_failed", id, failed);
    scenario_unchanged(&t, 200);
    when("payment.refund_failed", NO_ORDER_ID, failed);
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(money_of_a_refund_that_failed_later_is_due_again)
{
    static const char some[] = ",'refund_id':'r-1'," EUR(1000);
    const char *id = given_paid();
    when("payment.refunded", id, some);
    money_is("paid", 1000, 0);
    when("payment.refund_failed", id, some);
    money_is("paid", 0, 1000);
    when("payment.refunded", id, ",'refund_id':'r-2'," EUR(1000));
    money_is("paid", 1000, 0);
    scenario_close(&t);
}
END_TEST

/* A ticket's money went back by hand, and then all of it at the payment system, by mistake. */
START_TEST(only_what_a_refund_gave_back_is_due_again)
{
    static const char all[] = ",'refund_id':'r-1'," EUR(5000);
    const char *id = given_paid();
    const struct order *order = scenario_record(&t, &collection_orders, id);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s','tickets':['%s']}", id,
                  order->tickets.at[0].code);
    money_is("paid", 2500, 0);
    when("payment.refunded", id, all);
    money_is("paid", 5000, 0);
    ck_assert(!scenario_flag(&t, "payments/1/counted"));
    when("payment.refund_failed", id, all);
    money_is("paid", 2500, 2500);
    scenario_close(&t);
}
END_TEST

START_TEST(an_order_whose_refund_failed_later_waits_for_another)
{
    const char *id = given_paid();
    when("payment.refunded", id, "");
    money_is("refunded", 5000, 0);
    when("payment.refund_failed", id, ",'refund_id':'p-1'," EUR(5000));
    money_is("cancelled", 0, 5000);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    when("payment.refunded", id, ",'refund_id':'r-2'," EUR(5000));
    money_is("refunded", 5000, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_refund_that_failed_does_not_count_when_its_success_is_told_later)
{
    static const char all[] = ",'refund_id':'r-1'," EUR(5000);
    const char *id = given_paid();
    when("payment.refund_failed", id, all);
    when("payment.refunded", id, all);
    scenario_unchanged(&t, 200);
    money_is("paid", 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_dispute_is_told_once_and_moves_nothing)
{
    static const char disputed[] = ",'dispute_id':'d-1'," EUR(5000) ",'reason':'fraudulent'";
    const char *id = given_paid();
    when("payment.disputed", id, disputed);
    money_is("paid", 0, 0);
    told("order.payment_disputed", 5000, "fraudulent");
    ck_assert_str_eq(scenario_text(&t, "payments/1/status"), "disputed");
    ck_assert_str_eq(scenario_text(&t, "payments/1/dispute_id"), "d-1");
    check_stock_is(&t, GENERAL_ID, 2, 0);
    when("payment.disputed", id, disputed);
    scenario_unchanged(&t, 200);
    when("payment.disputed", NO_ORDER_ID, disputed);
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("payment_trouble", a_refund_that_fails_stands_in_the_order_once,
           money_of_a_refund_that_failed_later_is_due_again,
           only_what_a_refund_gave_back_is_due_again,
           an_order_whose_refund_failed_later_waits_for_another,
           a_refund_that_failed_does_not_count_when_its_success_is_told_later,
           a_dispute_is_told_once_and_moves_nothing)
