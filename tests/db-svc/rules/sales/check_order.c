/* What an order promises: all or nothing, at a frozen price, and stock that comes back once. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define BUYER "'buyer':{'name':'Ana Secret','email':'ana@example.org','phone':'+34600111222'}"
#define ITEM(id, quantity) "{'ticket_type_id':'" id "','quantity':" #quantity "}"

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 3);
}

static const char *place(const char *items, const char *more)
{
    scenario_when(&t, "order.place", "{" AT ",'items':[%s]," BUYER "%s}", items, more);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const char *hold(const char *items)
{
    return place(items, ",'hold_seconds':600");
}

static void when(const char *type, const char *order_id)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s'}", order_id);
}

static const struct order *order_of(const char *id)
{
    return scenario_record(&t, &collection_orders, id);
}

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

static const char *buy_limited(const char *email, int quantity, bool held)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" NO_TYPE_ID "','quantity':%d}],"
                  "'buyer':{'name':'Ana Secret','email':'%s'}%s}",
                  quantity, email, held ? ",'hold_seconds':60" : "");
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

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

CHECK_MAIN("order", facts_and_stock_say_of_which_epoch_they_are,
           a_sale_is_paid_has_its_tickets_and_moves_the_stock, the_fact_of_a_sale_says_what_moved,
           the_price_is_frozen_at_the_sale, a_hold_has_no_tickets_and_an_end,
           a_hold_is_no_longer_than_the_installation_allows,
           all_that_is_wrong_with_a_request_is_named_at_once, only_a_published_event_sells,
           a_type_sells_only_within_its_window, an_event_that_is_over_no_longer_sells,
           a_hold_is_confirmed_though_its_event_is_over_by_then,
           an_order_is_all_or_nothing_and_says_what_is_left,
           a_refusal_tells_what_is_held_from_what_is_sold, an_order_is_within_the_limit_of_an_order,
           a_buyer_is_within_the_limit_over_all_orders_however_the_address_is_written,
           what_was_bought_before_there_was_a_limit_is_not_taken_off_it, a_hold_is_confirmed_once,
           a_hold_cannot_be_confirmed_once_it_is_over, a_hold_at_a_cancelled_event_is_not_paid,
           cancelling_gives_the_stock_back_once_and_voids_the_tickets,
           a_refund_gives_the_stock_back_once_and_voids_the_tickets,
           some_tickets_of_an_order_are_taken_back, the_last_ticket_taken_back_ends_the_order,
           only_an_orders_own_tickets_are_taken_back,
           what_is_taken_back_no_longer_counts_for_its_buyer,
           a_hold_lapses_once_and_not_before_its_time, a_paid_order_does_not_lapse,
           a_hold_is_extended_once, an_expiry_that_an_extension_overtook_is_not_due,
           an_extension_is_no_longer_than_the_installation_allows,
           only_a_hold_is_extended_and_only_while_it_lasts,
           a_missing_order_is_404_and_a_stale_one_412, the_sum_holds_after_any_sequence)
