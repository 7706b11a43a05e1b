/* What a sale promises: all or nothing, at a frozen price, within its limits. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/db-svc/rules/sales/order_fixture.h"
#include "tests/support/given.h"

START_TEST(facts_and_stock_say_of_which_epoch_they_are)
{
    begin();
    t.epoch = 7;
    (void)place(ITEM(GENERAL_ID, 1), "");
    const json_t *fact = scenario_emitted(&t, "order.placed", 0);
    const json_t *level = json_array_get(json_object_get(fact, "stock"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(fact, "epoch")), 7);
    ck_assert_int_eq(json_integer_value(json_object_get(level, "epoch")), 7);
    ck_assert_ptr_nonnull(strstr(t.result.stock, "\"epoch\":7"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_sale_is_paid_has_its_tickets_and_moves_the_stock)
{
    begin();
    const char *id = place(ITEM(GENERAL_ID, 2) "," ITEM(VIP_ID, 1), ",'external_id':'x-1'");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(t.result.answer.location,
                     mem_printf(t.arena, "/v1/events/" EVENT_ID "/orders/%s", id));
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    ck_assert_int_eq(scenario_number(&t, "total/amount"), 7500);
    ck_assert_str_eq(scenario_text(&t, "total/currency"), "EUR");
    ck_assert_int_eq(scenario_number(&t, "items/0/amount/amount"), 5000);
    ck_assert_int_eq(scenario_number(&t, "items/0/unit_price/amount"), 2500);
    ck_assert_str_eq(scenario_text(&t, "buyer/email"), "ana@example.org");
    ck_assert_str_eq(scenario_text(&t, "external_id"), "x-1");
    ck_assert_uint_eq(json_array_size(json_object_get(t.body, "tickets")), 3);
    ck_assert_str_eq(scenario_text(&t, "tickets/2/ticket_type_id"), VIP_ID);
    ck_assert_str_eq(scenario_text(&t, "tickets/0/status"), "valid");
    ck_assert_uint_eq(strlen(scenario_text(&t, "tickets/0/code")), 26);
    ck_assert_str_ne(scenario_text(&t, "tickets/0/code"), scenario_text(&t, "tickets/1/code"));
    ck_assert(!scenario_flag(&t, "expires_at"));
    check_stock_is(&t, GENERAL_ID, 2, 0);
    check_stock_is(&t, VIP_ID, 1, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(the_fact_of_a_sale_says_what_moved)
{
    begin();
    const char *id = place(ITEM(GENERAL_ID, 2), "");
    json_t *fact = scenario_emitted(&t, "order.placed", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "order_id")), id);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "event_id")), EVENT_ID);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "status")), "paid");
    json_t *item = json_array_get(json_object_get(fact, "items"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(item, "quantity")), 2);
    json_t *level = json_array_get(json_object_get(fact, "stock"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(level, "sold")), 2);
    ck_assert_uint_eq(t.result.n_outgoing, 1);
    scenario_close(&t);
}
END_TEST

START_TEST(the_price_is_frozen_at_the_sale)
{
    begin();
    const char *id = hold(ITEM(GENERAL_ID, 2));
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" GENERAL_ID "','patch':{'price':{'amount':9999}}}");
    when("order.confirm", id);
    ck_assert_int_eq(scenario_number(&t, "total/amount"), 5000);
    scenario_close(&t);
}
END_TEST

START_TEST(all_that_is_wrong_with_a_request_is_named_at_once)
{
    begin();
    scenario_given(&t, &collection_ticket_types, "tkttype_01jz3w4v9he8qb2m5x7k6d0c9n",
                   &(struct ticket_type){.event_id = OTHER_EVENT_ID, .capacity = 5});
    (void)place(ITEM("tkttype_01jz3w4v9he8qb2m5x7k6d0c9n", 1) "," ITEM(GENERAL_ID,
                                                                       1) "," ITEM(NO_TYPE_ID, 1),
                ",'hold_seconds':9999");
    SCENARIO_INVALID(&t, "#/items/0/ticket_type_id other_event",
                     "#/items/2/ticket_type_id other_event", "#/hold_seconds too_large");
    scenario_close(&t);
}
END_TEST

START_TEST(only_a_published_event_sells)
{
    for (enum event_status status = EVENT_DRAFT; status <= EVENT_FINISHED; status++) {
        scenario_open(&t);
        given_event(&t, EVENT_ID, status);
        given_type(&t, GENERAL_ID, 10);
        (void)place(ITEM(GENERAL_ID, 1), "");
        if (status == EVENT_PUBLISHED) {
            ck_assert_int_eq(t.result.answer.status, 201);
        } else {
            scenario_refused(&t, 409, "not_on_sale");
            ck_assert_str_eq(scenario_text(&t, "reason"), "event_status");
            ck_assert_str_eq(scenario_text(&t, "event_status"), event_status_names[status]);
        }
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_type_sells_only_within_its_window)
{
    static const struct {
        int64_t after_start; /* of a window of 100 seconds */
        const char *reason;  /* NULL: on sale */
    } times[] = {{-1, "sales_not_started"}, {0, NULL}, {99999, NULL}, {100000, "sales_ended"}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        begin();
        given_type_as(&t, NO_TYPE_ID,
                      (struct ticket_type){.capacity = 5,
                                           .sales_start = {true, SCENARIO_NOW},
                                           .sales_end = {true, SCENARIO_NOW + 100000}});
        t.now = SCENARIO_NOW + times[i].after_start;
        (void)place(ITEM(GENERAL_ID, 1) "," ITEM(NO_TYPE_ID, 1), "");
        if (times[i].reason == NULL) {
            ck_assert_int_eq(t.result.answer.status, 201);
        } else {
            scenario_refused(&t, 409, "not_on_sale");
            ck_assert_str_eq(scenario_text(&t, "reason"), times[i].reason);
            ck_assert_str_eq(scenario_text(&t, "ticket_type_id"), NO_TYPE_ID);
            ck_assert(scenario_flag(&t, i == 0 ? "sales_start" : "sales_end"));
        }
        scenario_close(&t);
    }
}
END_TEST

/* In Madrid the event's day ends at 22:00Z of the day after SCENARIO_NOW. */
START_TEST(an_event_that_is_over_no_longer_sells)
{
    static const int64_t end = SCENARIO_NOW + INT64_C(86400000) + 4 * INT64_C(3600000);
    begin();
    given_type_as(&t, NO_TYPE_ID,
                  (struct ticket_type){.capacity = 5, .sales_end = {true, end + 60000}});
    t.now = end - 1;
    (void)place(ITEM(GENERAL_ID, 1), "");
    ck_assert_int_eq(t.result.answer.status, 201);
    t.now = end;
    (void)place(ITEM(NO_TYPE_ID, 1) "," ITEM(GENERAL_ID, 1), "");
    scenario_refused(&t, 409, "not_on_sale");
    ck_assert_str_eq(scenario_text(&t, "reason"), "event_over");
    ck_assert_str_eq(scenario_text(&t, "over_at"), "2026-05-02T22:00:00.000Z");
    ck_assert_str_eq(scenario_text(&t, "ticket_type_id"), GENERAL_ID);
    (void)place(ITEM(NO_TYPE_ID, 1), "");
    ck_assert_int_eq(t.result.answer.status, 201);
    t.now = end + 60000;
    (void)place(ITEM(NO_TYPE_ID, 1), "");
    scenario_refused(&t, 409, "not_on_sale");
    scenario_when(&t, "event.update", "{" AT ",'patch':{'ends_at':'2026-05-02T23:00:00Z'}}");
    (void)place(ITEM(GENERAL_ID, 1), "");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(an_order_is_all_or_nothing_and_says_what_is_left)
{
    begin();
    (void)place(ITEM(GENERAL_ID, 7), "");
    (void)place(ITEM(VIP_ID, 2), "");
    (void)place(ITEM(VIP_ID, 2) "," ITEM(GENERAL_ID, 4), "");
    scenario_refused(&t, 409, "sold_out");
    ck_assert_int_eq(scenario_number(&t, "available"), 1);
    ck_assert_str_eq(scenario_text(&t, "ticket_type_id"), VIP_ID);
    ck_assert_int_eq(scenario_number(&t, "items/1/available"), 3);
    ck_assert_int_eq(scenario_number(&t, "items/1/requested"), 4);
    ck_assert_str_eq(scenario_text(&t, "items/1/ticket_type_id"), GENERAL_ID);
    check_stock_is(&t, GENERAL_ID, 7, 0);
    (void)place(ITEM(GENERAL_ID, 3), "");
    ck_assert_int_eq(t.result.answer.status, 201);
    (void)place(ITEM(GENERAL_ID, 1), "");
    scenario_refused(&t, 409, "sold_out");
    ck_assert_int_eq(scenario_number(&t, "available"), 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_refusal_tells_what_is_held_from_what_is_sold)
{
    begin();
    (void)place(ITEM(GENERAL_ID, 4), "");
    (void)hold(ITEM(GENERAL_ID, 4));
    const char *soon = place(ITEM(GENERAL_ID, 1), ",'hold_seconds':60");
    (void)place(ITEM(GENERAL_ID, 3), "");
    scenario_refused(&t, 409, "held_by_others");
    ck_assert_int_eq(scenario_number(&t, "available"), 1);
    ck_assert_str_eq(scenario_text(&t, "next_expiry"), "2026-05-01T18:01:00.000Z");
    ck_assert_int_eq(scenario_number(&t, "items/0/held"), 5);
    (void)place(ITEM(GENERAL_ID, 7), "");
    scenario_refused(&t, 409, "sold_out");
    ck_assert(!scenario_flag(&t, "next_expiry"));
    (void)place(ITEM(GENERAL_ID, 3) "," ITEM(VIP_ID, 4), "");
    scenario_refused(&t, 409, "sold_out");
    when("order.cancel", soon);
    (void)place(ITEM(GENERAL_ID, 3), "");
    scenario_refused(&t, 409, "held_by_others");
    ck_assert_str_eq(scenario_text(&t, "next_expiry"), "2026-05-01T18:10:00.000Z");
    scenario_close(&t);
}
END_TEST

START_TEST(a_refusal_says_whether_any_buyer_would_get_it)
{
    begin();
    given_type_as(&t, NO_TYPE_ID,
                  (struct ticket_type){.capacity = 4, .per_buyer_limit = {true, 4}});
    (void)place(ITEM(GENERAL_ID, 11), "");
    scenario_refused(&t, 409, "sold_out");
    ck_assert(t.result.answer.any_buyer);
    (void)hold(ITEM(GENERAL_ID, 10));
    ck_assert(!t.result.answer.any_buyer);
    (void)place(ITEM(GENERAL_ID, 1), "");
    scenario_refused(&t, 409, "held_by_others");
    ck_assert(t.result.answer.any_buyer);
    (void)place(ITEM(GENERAL_ID, 1) "," ITEM(NO_TYPE_ID, 1), "");
    scenario_refused(&t, 409, "held_by_others");
    ck_assert(!t.result.answer.any_buyer);
    (void)buy_limited("ana@example.org", 4, false);
    (void)buy_limited("ben@example.org", 4, false);
    scenario_refused(&t, 409, "sold_out");
    ck_assert(!t.result.answer.any_buyer);
    (void)buy_limited("ana@example.org", 4, false);
    scenario_refused(&t, 422, "limit_exceeded");
    ck_assert(!t.result.answer.any_buyer);
    t.now += 1000LL * 24 * 3600 * 1000;
    (void)place(ITEM(NO_TYPE_ID, 1), "");
    scenario_refused(&t, 409, "not_on_sale");
    ck_assert(t.result.answer.any_buyer);
    scenario_close(&t);
}
END_TEST

START_TEST(an_order_is_within_the_limit_of_an_order)
{
    begin();
    given_type_as(&t, NO_TYPE_ID,
                  (struct ticket_type){.capacity = 50, .per_order_limit = {true, 4}});
    (void)place(ITEM(NO_TYPE_ID, 5), "");
    scenario_refused(&t, 422, "limit_exceeded");
    ck_assert_int_eq(scenario_number(&t, "limit"), 4);
    ck_assert_str_eq(scenario_text(&t, "limit_name"), "per_order_limit");
    ck_assert_str_eq(scenario_text(&t, "ticket_type_id"), NO_TYPE_ID);
    (void)place(ITEM(NO_TYPE_ID, 4), "");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(a_buyer_is_within_the_limit_over_all_orders_however_the_address_is_written)
{
    begin();
    given_type_as(&t, NO_TYPE_ID,
                  (struct ticket_type){.capacity = 50, .per_buyer_limit = {true, 4}});
    (void)buy_limited("ana@example.org", 3, false);
    (void)buy_limited("ANA@Example.ORG", 2, false);
    scenario_refused(&t, 422, "limit_exceeded");
    ck_assert_str_eq(scenario_text(&t, "limit_name"), "per_buyer_limit");
    ck_assert_int_eq(scenario_number(&t, "limit"), 4);
    (void)buy_limited("ben@example.org", 4, false);
    ck_assert_int_eq(t.result.answer.status, 201);
    const char *held = buy_limited("Ana@example.org", 1, true);
    ck_assert_int_eq(t.result.answer.status, 201);
    (void)buy_limited("ana@example.org", 1, false);
    scenario_refused(&t, 422, "limit_exceeded");
    when("order.cancel", held);
    held = buy_limited("ana@example.org", 1, true);
    t.now += 60000;
    when("order.expire", held);
    const char *paid = buy_limited("ana@example.org", 1, false);
    ck_assert_int_eq(t.result.answer.status, 201);
    when("order.cancel", paid);
    when("order.cancel", paid);
    (void)buy_limited("ana@example.org", 2, false);
    scenario_refused(&t, 422, "limit_exceeded");
    scenario_close(&t);
}
END_TEST

START_TEST(what_was_bought_before_there_was_a_limit_is_not_taken_off_it)
{
    begin();
    given_type(&t, NO_TYPE_ID, 50);
    const char *before = buy_limited("ana@example.org", 4, false);
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" NO_TYPE_ID "','patch':{'per_buyer_limit':2}}");
    (void)buy_limited("ana@example.org", 2, false);
    ck_assert_int_eq(t.result.answer.status, 201);
    when("order.cancel", before);
    (void)buy_limited("ana@example.org", 1, false);
    scenario_refused(&t, 422, "limit_exceeded");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("order_place", facts_and_stock_say_of_which_epoch_they_are,
           a_sale_is_paid_has_its_tickets_and_moves_the_stock, the_fact_of_a_sale_says_what_moved,
           the_price_is_frozen_at_the_sale, all_that_is_wrong_with_a_request_is_named_at_once,
           only_a_published_event_sells, a_type_sells_only_within_its_window,
           an_event_that_is_over_no_longer_sells, an_order_is_all_or_nothing_and_says_what_is_left,
           a_refusal_tells_what_is_held_from_what_is_sold,
           a_refusal_says_whether_any_buyer_would_get_it, an_order_is_within_the_limit_of_an_order,
           a_buyer_is_within_the_limit_over_all_orders_however_the_address_is_written,
           what_was_bought_before_there_was_a_limit_is_not_taken_off_it)
