/* A buyer cancels by the page of the order, where the event lets buyers do so. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/self_service.h"
#include "tests/support/given.h"

static struct scenario t;

#define HOUR INT64_C(3600000)
#define ANA "ana@example.org"
#define UNTIL "2026-05-01T20:00:00Z"
static const char *order_id;

static void let_cancel(const char *until)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'buyer_may_cancel_until':%s}}", until);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static void buy(int quantity, const char *more)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'buyer':{'name':'Ana Secret','email':'" ANA "'},"
                  "'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':%d}]%s}",
                  quantity, more);
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    order_id = mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    let_cancel("'" UNTIL "'");
}

static const struct order *order(void)
{
    return scenario_record(&t, &collection_orders, order_id);
}

static const char *token_of(const char *email)
{
    const struct self_service_order mine = {EVENT_ID, order_id, .email = email};
    return self_service_order_link(t.arena, &t.self_service, &mine, t.now).token;
}

static void cancel(const char *email)
{
    scenario_when(&t, "order.cancel_by_token", "{'token':'%s'}", token_of(email));
}

static void cancel_ticket(const char *email, int number)
{
    scenario_when(&t, "ticket.cancel_by_token", "{'token':'%s','n':%d}", token_of(email), number);
}

static void transfer(int number, const char *email)
{
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'%s','n':%d,'name':'Bea Secret','email':'%s'}", order_id,
                  number, email);
    ck_assert_int_eq(t.result.answer.status, 200);
}

START_TEST(a_cancelled_order_is_due_in_full_and_its_places_are_free)
{
    begin();
    buy(2, "");
    cancel(ANA);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    ck_assert_int_eq(scenario_number(&t, "refund_due/amount"), 5000);
    ck_assert_str_eq(scenario_text(&t, "tickets/1/status"), "void");
    ck_assert_int_eq(order()->status, ORDER_CANCELLED);
    ck_assert_int_eq(order()->refund_due.amount, 5000);
    ck_assert_int_eq(order()->tickets.at[0].void_reason, VOID_CANCELLED);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.cancelled", 0));
    json_t *due = scenario_emitted(&t, "order.refund_due", 0);
    ck_assert_str_eq(json_string_value(json_object_get(due, "reason")), "cancelled_by_buyer");
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(due, "amount"), "amount")),
                     5000);
    cancel(ANA);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(one_ticket_goes_and_the_others_stay)
{
    begin();
    buy(3, "");
    cancel_ticket(ANA, 2);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_int_eq(order()->status, ORDER_PAID);
    ck_assert_int_eq(order()->refund_due.amount, 2500);
    ck_assert_int_eq(order()->tickets.at[1].status, TICKET_VOID);
    ck_assert_int_eq(order()->tickets.at[0].status, TICKET_VALID);
    check_stock_is(&t, GENERAL_ID, 2, 0);
    cancel_ticket(ANA, 2);
    scenario_unchanged(&t, 200);
    cancel(ANA);
    ck_assert_int_eq(order()->status, ORDER_CANCELLED);
    ck_assert_int_eq(order()->refund_due.amount, 7500);
    json_t *due = scenario_emitted(&t, "order.refund_due", 0);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(due, "amount"), "amount")),
                     5000);
    cancel_ticket(ANA, 4);
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_due_is_paid_back_as_any_other)
{
    begin();
    buy(2, "");
    cancel_ticket(ANA, 1);
    scenario_when(&t, "payment.refunded",
                  "{" AT ",'order_id':'%s','payment_id':'p','refund_id':'r',"
                  "'amount':{'amount':2500,'currency':'EUR'}}",
                  order_id);
    ck_assert_int_eq(order()->refund_due.amount, 0);
    ck_assert_int_eq(order()->refunded.amount, 2500);
    ck_assert_int_eq(order()->status, ORDER_PAID);
    ck_assert_int_eq(order()->tickets.at[1].status, TICKET_VALID);
    cancel(ANA);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", order_id);
    ck_assert_int_eq(order()->status, ORDER_REFUNDED);
    ck_assert_int_eq(order()->refunded.amount, 5000);
    scenario_close(&t);
}
END_TEST

static void refund(const char *codes)
{
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'%s}", order_id, codes);
}

static void refund_tickets(int first, int last)
{
    const char *codes = "";
    for (int n = first; n <= last; n++)
        codes = mem_printf(t.arena, "%s%s'%s'", codes, n > first ? "," : "",
                           order()->tickets.at[n - 1].code);
    refund(mem_printf(t.arena, ",'tickets':[%s]", codes));
}

/* As where money goes back by hand, and the other tickets stay. */
START_TEST(a_desk_gives_back_what_is_due_for_one_ticket_once)
{
    begin();
    buy(4, "");
    cancel_ticket(ANA, 1);
    cancel_ticket(ANA, 2);
    refund_tickets(1, 1);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    ck_assert_int_eq(order()->refunded.amount, 2500);
    ck_assert_int_eq(order()->refund_due.amount, 2500);
    ck_assert_int_eq(order()->tickets.at[0].void_reason, VOID_REFUNDED);
    ck_assert_int_eq(order()->tickets.at[1].void_reason, VOID_CANCELLED);
    refund_tickets(1, 1);
    scenario_unchanged(&t, 200);
    refund_tickets(1, 3);
    ck_assert_int_eq(order()->refunded.amount, 7500);
    ck_assert_int_eq(order()->refund_due.amount, 0);
    ck_assert_int_eq(order()->tickets.at[1].void_reason, VOID_REFUNDED);
    ck_assert_int_eq(order()->tickets.at[3].status, TICKET_VALID);
    scenario_close(&t);
}
END_TEST

/* The page was loaded before the money went back. */
START_TEST(repeated_after_the_refund_it_changes_nothing)
{
    begin();
    buy(2, "");
    cancel(ANA);
    refund("");
    ck_assert_int_eq(order()->status, ORDER_REFUNDED);
    cancel(ANA);
    scenario_unchanged(&t, 200);
    cancel_ticket(ANA, 2);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_free_order_and_a_hold_end_at_once)
{
    begin();
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" GENERAL_ID
                  "','patch':{'price':{'amount':0,'currency':'EUR'}}}");
    buy(1, "");
    cancel(ANA);
    ck_assert_int_eq(order()->status, ORDER_CANCELLED);
    ck_assert_ptr_null(scenario_emitted(&t, "order.refund_due", 0));
    buy(1, ",'hold_seconds':600");
    check_stock_is(&t, GENERAL_ID, 0, 1);
    cancel(ANA);
    ck_assert_int_eq(order()->status, ORDER_CANCELLED);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_used_ticket_stays_and_so_does_the_whole_order)
{
    begin();
    buy(2, "");
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", order()->tickets.at[0].code);
    cancel(ANA);
    scenario_refused(&t, 409, "checked_in");
    cancel_ticket(ANA, 1);
    scenario_refused(&t, 409, "checked_in");
    cancel_ticket(ANA, 2);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_int_eq(order()->status, ORDER_PAID);
    scenario_close(&t);
}
END_TEST

/* It was given away, perhaps for money. */
START_TEST(a_ticket_of_another_holder_stays_theirs)
{
    begin();
    buy(2, "");
    transfer(2, "bea@example.org");
    cancel_ticket(ANA, 2);
    scenario_refused(&t, 404, "not_found");
    cancel_ticket("bea@example.org", 2);
    scenario_refused(&t, 404, "not_found");
    cancel("bea@example.org");
    scenario_refused(&t, 404, "not_found");
    cancel(ANA);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_int_eq(order()->status, ORDER_PAID);
    ck_assert_int_eq(order()->refund_due.amount, 2500);
    ck_assert_int_eq(order()->tickets.at[1].status, TICKET_VALID);
    transfer(2, "cid@example.org");
    cancel(ANA);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(nobody_cancels_where_or_when_the_event_does_not_let_them)
{
    begin();
    buy(1, "");
    let_cancel("null");
    cancel(ANA);
    scenario_refused(&t, 409, "cancellation_closed");
    ck_assert(!scenario_flag(&t, "buyer_may_cancel_until"));
    let_cancel("'" UNTIL "'");
    t.now += 2 * HOUR;
    cancel_ticket(ANA, 1);
    scenario_refused(&t, 409, "cancellation_closed");
    ck_assert_str_eq(scenario_text(&t, "buyer_may_cancel_until"), "2026-05-01T20:00:00.000Z");
    let_cancel("'2027-05-01T20:00:00Z'");
    t.now += 72 * HOUR; /* the event is over */
    cancel(ANA);
    scenario_refused(&t, 409, "cancellation_closed");
    scenario_close(&t);
}
END_TEST

START_TEST(what_has_ended_is_not_cancelled)
{
    begin();
    buy(1, "");
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", order_id);
    cancel(ANA);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_when(&t, "order.cancel_by_token", "{'token':'nonsense'}");
    scenario_refused(&t, 422, "invalid_token");
    ck_assert(t.result.answer.no_receipt);
    scenario_close(&t);
}
END_TEST

START_TEST(another_event_like_it_has_its_own_time)
{
    begin();
    scenario_when(&t, "event.clone", "{" AT ",'starts_at':'2026-05-12T18:00:00Z'}");
    ck_assert_str_eq(scenario_text(&t, "buyer_may_cancel_until"), "2026-05-11T20:00:00.000Z");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("own_cancel", a_cancelled_order_is_due_in_full_and_its_places_are_free,
           one_ticket_goes_and_the_others_stay, what_is_due_is_paid_back_as_any_other,
           a_free_order_and_a_hold_end_at_once, a_used_ticket_stays_and_so_does_the_whole_order,
           a_ticket_of_another_holder_stays_theirs,
           nobody_cancels_where_or_when_the_event_does_not_let_them,
           a_desk_gives_back_what_is_due_for_one_ticket_once,
           repeated_after_the_refund_it_changes_nothing, what_has_ended_is_not_cancelled,
           another_event_like_it_has_its_own_time)
