/* What an order gives back: its stock, once, with all of its tickets or some. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/db-svc/rules/sales/order_fixture.h"
#include "tests/support/given.h"

START_TEST(cancelling_gives_the_stock_back_once_and_voids_the_tickets)
{
    begin();
    const char *held = hold(ITEM(GENERAL_ID, 2)), *paid = place(ITEM(GENERAL_ID, 3), "");
    const char *code = mem_strdup(t.arena, scenario_text(&t, "tickets/0/code"));
    when("order.cancel", held);
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    check_stock_is(&t, GENERAL_ID, 3, 0);
    when("order.cancel", paid);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.cancelled", 0));
    ck_assert_str_eq(scenario_text(&t, "tickets/2/status"), "void");
    check_stock_is(&t, GENERAL_ID, 0, 0);
    when("order.cancel", held);
    scenario_unchanged(&t, 200);
    when("order.cancel", paid);
    scenario_unchanged(&t, 200);
    when("order.confirm", held);
    scenario_refused(&t, 409, "illegal_transition");
    ck_assert_str_eq(scenario_text(&t, "from"), "cancelled");
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", code);
    ck_assert_str_eq(scenario_text(&t, "code"), "void");
    scenario_close(&t);
}
END_TEST

static void take_back(const char *type, const char *order_id, const char *codes)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s','tickets':[%s]}", order_id, codes);
}

static const char *code_of(const char *order_id, size_t ticket)
{
    return mem_printf(t.arena, "'%s'", order_of(order_id)->tickets.at[ticket].code);
}

START_TEST(a_refund_gives_the_stock_back_once_and_voids_the_tickets)
{
    begin();
    const char *id = place(ITEM(GENERAL_ID, 3), "");
    when("order.refund", id);
    ck_assert_str_eq(scenario_text(&t, "status"), "refunded");
    ck_assert_str_eq(scenario_text(&t, "tickets/2/status"), "void");
    json_t *fact = scenario_emitted(&t, "order.refunded", 0);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(fact, "amount"), "amount")),
                     7500);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    when("order.refund", id);
    scenario_unchanged(&t, 200);
    when("order.cancel", id);
    scenario_refused(&t, 409, "illegal_transition");
    id = place(ITEM(GENERAL_ID, 1), "");
    when("order.cancel", id);
    when("order.refund", id);
    scenario_refused(&t, 409, "illegal_transition");
    id = hold(ITEM(GENERAL_ID, 1));
    when("order.refund", id);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(some_tickets_of_an_order_are_taken_back)
{
    begin();
    const char *id = place(ITEM(GENERAL_ID, 3) "," ITEM(VIP_ID, 1), "");
    const char *two = mem_printf(t.arena, "%s,%s", code_of(id, 0), code_of(id, 3));
    take_back("order.refund", id, two);
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/status"), "void");
    ck_assert_str_eq(scenario_text(&t, "tickets/1/status"), "valid");
    ck_assert_str_eq(scenario_text(&t, "tickets/3/status"), "void");
    check_stock_is(&t, GENERAL_ID, 2, 0);
    check_stock_is(&t, VIP_ID, 0, 0);
    json_t *fact = scenario_emitted(&t, "order.refunded", 0),
           *items = json_object_get(fact, "items");
    ck_assert_uint_eq(json_array_size(items), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(items, 0), "quantity")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(fact, "amount"), "amount")),
                     5000);
    take_back("order.refund", id, two);
    scenario_unchanged(&t, 200);
    take_back("order.cancel", id, code_of(id, 1));
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    check_stock_is(&t, GENERAL_ID, 1, 0);
    when("order.refund", id);
    ck_assert_str_eq(scenario_text(&t, "status"), "refunded");
    fact = scenario_emitted(&t, "order.refunded", 0);
    ck_assert_uint_eq(json_array_size(json_object_get(fact, "items")), 1);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(the_last_ticket_taken_back_ends_the_order)
{
    begin();
    const char *id = place(ITEM(GENERAL_ID, 2), "");
    take_back("order.refund", id, code_of(id, 0));
    take_back("order.cancel", id, code_of(id, 1));
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(only_an_orders_own_tickets_are_taken_back)
{
    begin();
    const char *id = place(ITEM(GENERAL_ID, 1), ""), *other = place(ITEM(GENERAL_ID, 1), "");
    take_back("order.refund", id,
              mem_printf(t.arena, "%s,%s,'x'", code_of(id, 0), code_of(other, 0)));
    SCENARIO_INVALID(&t, "#/tickets/1 not_allowed", "#/tickets/2 not_allowed");
    id = hold(ITEM(GENERAL_ID, 1));
    take_back("order.cancel", id, "'x'");
    SCENARIO_INVALID(&t, "#/tickets/0 not_allowed");
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_taken_back_no_longer_counts_for_its_buyer)
{
    begin();
    given_type_as(&t, NO_TYPE_ID,
                  (struct ticket_type){.capacity = 50, .per_buyer_limit = {true, 4}});
    const char *id = buy_limited("ana@example.org", 4, false);
    take_back("order.refund", id, mem_printf(t.arena, "%s,%s", code_of(id, 0), code_of(id, 1)));
    (void)buy_limited("ana@example.org", 3, false);
    scenario_refused(&t, 422, "limit_exceeded");
    (void)buy_limited("ana@example.org", 2, false);
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(a_missing_order_is_404_and_a_stale_one_412)
{
    static const char *const types[] = {"order.confirm", "order.cancel", "order.expire",
                                        "order.extend", "order.refund"};
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    for (size_t i = 0; i < 4; i++) {
        when(types[i], "order_01jz3w4v9he8qb2m5x7k6d0c1n");
        scenario_refused(&t, 404, "not_found");
        scenario_when(&t, types[i], "{'event_id':'" OTHER_EVENT_ID "','order_id':'%s'}", id);
        scenario_refused(&t, 404, "not_found");
        scenario_when(&t, types[i], "{'event_id':'" NO_EVENT_ID "','order_id':'%s'}", id);
        scenario_refused(&t, 404, "not_found");
        t.if_match = "\"2\"";
        when(types[i], id);
        scenario_refused(&t, 412, "precondition_failed");
        t.if_match = NULL;
    }
    scenario_when(&t, "order.place",
                  "{'event_id':'" NO_EVENT_ID "','items':[" ITEM(GENERAL_ID, 1) "]," BUYER "}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

struct sums {
    const char *type_id;
    int64_t sold, held;
};

static void add_up(void *context, const struct order *order)
{
    struct sums *sums = context;
    for (size_t i = 0; i < order->items.n; i++) {
        if (strcmp(order->items.at[i].ticket_type_id, sums->type_id) != 0)
            continue;
        sums->sold += order->status == ORDER_PAID ? order->items.at[i].quantity : 0;
        sums->held += order->status == ORDER_HELD ? order->items.at[i].quantity : 0;
    }
}

/* The counters are what the orders say. */
static void reconcile(const char *type_id)
{
    const void **orders;
    struct sums sums = {.type_id = type_id};
    size_t n = workset_of_event(t.workset, t.arena, &collection_orders, EVENT_ID, &orders);
    for (size_t i = 0; i < n; i++)
        add_up(&sums, orders[i]);
    check_stock_is(&t, type_id, sums.sold, sums.held);
}

START_TEST(the_sum_holds_after_any_sequence)
{
    enum { KEPT = 20, STEPS = 2000 };
    static const char *const verbs[] = {"order.confirm", "order.cancel", "order.expire",
                                        "order.extend", "order.refund"};
    const char *ids[KEPT] = {0};
    unsigned short seed[3] = {1, 2, 3};
    begin();
    for (int step = 0; step < STEPS; step++) {
        size_t which = (size_t)nrand48(seed) % KEPT;
        t.now += nrand48(seed) % 20000;
        if (ids[which] == NULL || nrand48(seed) % 3 == 0) {
            const char *id = place(nrand48(seed) % 2 == 0 ? ITEM(GENERAL_ID, 2)
                                                          : ITEM(GENERAL_ID, 1) "," ITEM(VIP_ID, 1),
                                   nrand48(seed) % 2 == 0 ? "" : ",'hold_seconds':60");
            ids[which] = t.result.answer.status == 201 ? id : ids[which];
        } else {
            when(verbs[nrand48(seed) % 5], ids[which]);
        }
        reconcile(GENERAL_ID);
        reconcile(VIP_ID);
    }
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("order", cancelling_gives_the_stock_back_once_and_voids_the_tickets,
           a_refund_gives_the_stock_back_once_and_voids_the_tickets,
           some_tickets_of_an_order_are_taken_back, the_last_ticket_taken_back_ends_the_order,
           only_an_orders_own_tickets_are_taken_back,
           what_is_taken_back_no_longer_counts_for_its_buyer,
           a_missing_order_is_404_and_a_stale_one_412, the_sum_holds_after_any_sequence)
