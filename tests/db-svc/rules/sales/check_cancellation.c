/* What the end of an event promises: nothing is sold, every hold falls, every paid order is
 * cancelled and told to be refunded, once, and how far it has come can be seen. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/cancellation.h"
#include "tests/support/given.h"

static struct scenario t;

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 1000);
}

static const char *place(const char *more)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID
                  "','quantity':2}],'buyer':{'name':'Secret','email':'a@example.org'}%s}",
                  more);
    ck_assert_int_eq(t.result.answer.status, 201);
    t.now++; /* ids rise */
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const struct cancellation *cancellation(void)
{
    return scenario_record(&t, &collection_cancellations, EVENT_ID);
}

/* The body of the page that the last command asks for. NULL: none. */
static const char *next_page(void)
{
    json_t *page = scenario_emitted(&t, "event.cancel_page", 0);
    char *text = json_dumps(page, JSON_COMPACT);
    const char *body = text != NULL ? mem_strdup(t.arena, text) : NULL;
    free(text);
    return body;
}

struct told {
    int pages, cancelled, due;
};

static void count(struct told *told)
{
    while (scenario_emitted(&t, "order.cancelled", (size_t)told->cancelled) != NULL)
        told->cancelled++;
}

static struct told run_pages(void)
{
    struct told told = {0};
    for (const char *page = next_page(); page != NULL; page = next_page()) {
        struct told one = {0};
        scenario_when(&t, "event.cancel_page", "%s", page);
        ck_assert_int_eq(t.result.answer.status, 204);
        count(&one);
        while (scenario_emitted(&t, "order.refund_due", (size_t)one.due) != NULL)
            one.due++;
        told.pages++;
        told.cancelled += one.cancelled;
        told.due += one.due;
    }
    return told;
}

START_TEST(holds_fall_and_every_paid_order_is_to_be_refunded)
{
    begin();
    (void)place(",'hold_seconds':600");
    const char *paid = place(""), *gone = place("");
    scenario_when(&t, "order.cancel", "{" AT ",'order_id':'%s'}", gone);
    scenario_when(&t, "event.cancel", "{" AT "}");
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    ck_assert_int_eq(cancellation()->status, CANCELLATION_RUNNING);
    scenario_when(&t, "event.cancel_page", "%s", next_page());
    check_stock_is(&t, GENERAL_ID, 2, 0);
    scenario_when(&t, "event.cancel_page", "%s", next_page());
    check_stock_is(&t, GENERAL_ID, 0, 0);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.cancelled", 0));
    json_t *due = scenario_emitted(&t, "order.refund_due", 0);
    ck_assert_str_eq(json_string_value(json_object_get(due, "order_id")), paid);
    ck_assert_str_eq(json_string_value(json_object_get(due, "reason")), "event_cancelled");
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(due, "amount"), "amount")),
                     5000);
    ck_assert_ptr_null(scenario_emitted(&t, "order.refund_due", 1));
    ck_assert_ptr_null(next_page());
    ck_assert_int_eq(cancellation()->status, CANCELLATION_DONE);
    ck_assert_int_eq(cancellation()->orders_done, 2);
    ck_assert_int_eq(cancellation()->holds_released, 1);
    ck_assert_int_eq(cancellation()->refunds_due, 1);
    ck_assert(cancellation()->done_at.set);
    scenario_close(&t);
}
END_TEST

START_TEST(many_orders_go_by_pages_and_none_is_left_out)
{
    begin();
    for (int i = 0; i < 250; i++)
        (void)place(i % 2 == 0 ? "" : ",'hold_seconds':600");
    scenario_when(&t, "event.update", "{" AT ",'patch':{'status':'cancelled'}}");
    struct told told = run_pages();
    ck_assert_int_gt(told.pages, 2);
    ck_assert_int_eq(told.cancelled, 250);
    ck_assert_int_eq(told.due, 125);
    ck_assert_int_eq(cancellation()->orders_done, 250);
    ck_assert_int_eq(cancellation()->holds_released, 125);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_page_told_again_does_nothing)
{
    begin();
    (void)place("");
    scenario_when(&t, "event.cancel", "{" AT "}");
    const char *first = next_page();
    (void)run_pages();
    scenario_when(&t, "event.cancel_page", "%s", first);
    scenario_unchanged(&t, 204);
    scenario_when(&t, "event.cancel", "{" AT "}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(only_a_cancelled_event_has_pages)
{
    begin();
    (void)place("");
    scenario_when(&t, "event.cancel_page", "{" AT ",'orders':'paid'}");
    scenario_unchanged(&t, 204);
    scenario_close(&t);
}
END_TEST

START_TEST(a_free_order_is_cancelled_and_owes_nothing)
{
    begin();
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" GENERAL_ID "','patch':{'price':{'amount':0}}}");
    const char *id = place("");
    scenario_when(&t, "event.cancel", "{" AT "}");
    const struct told told = run_pages();
    ck_assert_int_eq(told.cancelled, 1);
    ck_assert_int_eq(told.due, 0);
    ck_assert_int_eq(cancellation()->refunds_due, 0);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", id);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

/* Else such an event could never be deleted. */
START_TEST(the_place_of_a_used_ticket_keeps_no_cancelled_event)
{
    begin();
    const char *id = place(""), *code = mem_strdup(t.arena, scenario_text(&t, "tickets/0/code"));
    const char *other = place("");
    scenario_when(&t, "event.update", "{" AT ",'patch':{'starts_at':'2026-05-01T18:00:00Z'}}");
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", code);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s','force':true}", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    check_stock_is(&t, GENERAL_ID, 3, 0);
    scenario_when(&t, "event.cancel", "{" AT "}");
    const char *page = next_page();
    scenario_when(&t, "event.delete", "{" AT "}");
    scenario_refused(&t, 409, "has_sales"); /* it is not through */
    while (page != NULL) {
        scenario_when(&t, "event.cancel_page", "%s", page);
        page = next_page();
    }
    check_stock_is(&t, GENERAL_ID, 1, 0);
    scenario_when(&t, "event.delete", "{" AT "}");
    scenario_refused(&t, 409, "has_sales"); /* the other order's money is due */
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", other);
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("cancellation", the_place_of_a_used_ticket_keeps_no_cancelled_event,
           a_free_order_is_cancelled_and_owes_nothing,
           holds_fall_and_every_paid_order_is_to_be_refunded,
           many_orders_go_by_pages_and_none_is_left_out, a_page_told_again_does_nothing,
           only_a_cancelled_event_has_pages)
