/* What a refund gives back, and what stays due. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/db-svc/rules/sales/refund_fixture.h"
#include "tests/support/given.h"

static void cancel_event(void)
{
    scenario_when(&t, "event.cancel", "{" AT "}");
    json_t *next;
    while ((next = scenario_emitted(&t, "event.cancel_page", 0)) != NULL) {
        char *text = json_dumps(next, 0);
        scenario_when(&t, "event.cancel_page", "%s", text);
        free(text);
    }
}

static void stored_money_is(const char *id, enum order_status status, int64_t paid,
                            int64_t refunded, int64_t due)
{
    json_t *order = record_json(&order_record, order_of(id));
    static const char *const members[] = {"paid", "refunded", "refund_due"};
    const int64_t expected[] = {paid, refunded, due};
    ck_assert_int_eq(order_of(id)->status, status);
    for (size_t i = 0; i < 3; i++) {
        const json_t *money = json_object_get(order, members[i]);
        ck_assert_int_eq(json_integer_value(json_object_get(money, "amount")), expected[i]);
    }
    json_decref(order);
}

START_TEST(an_order_says_what_was_paid)
{
    begin();
    const char *id = place(2, ",'hold_seconds':600");
    money_is("held", 0, 0, 0);
    when("order.confirm", id, "");
    money_is("paid", 5000, 0, 0);
    (void)place(3, "");
    money_is("paid", 7500, 0, 0);
    ck_assert(!scenario_flag(&t, "tickets/0/void_reason"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_refund_is_of_what_was_paid_and_says_why_tickets_are_void)
{
    begin();
    const char *id = place(3, "");
    when_of("order.refund", id, "2", "");
    money_is("paid", 7500, 2500, 0);
    REASONS_ARE("", "refunded", "");
    ck_assert_int_eq(told_amount("order.refunded"), 2500);
    when_of("order.cancel", id, "3", "");
    money_is("paid", 7500, 2500, 0);
    REASONS_ARE("", "refunded", "cancelled");
    when("order.refund", id, "");
    money_is("refunded", 7500, 5000, 0);
    REASONS_ARE("refunded", "refunded", "cancelled");
    ck_assert_int_eq(told_amount("order.refunded"), 2500);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(what_was_cancelled_without_money_back_is_not_refunded)
{
    begin();
    const char *id = place(3, "");
    when_of("order.cancel", id, "1", "");
    when_of("order.refund", id, "1", "");
    scenario_refused(&t, 409, "illegal_transition");
    ck_assert_str_eq(scenario_text(&t, "from"), "cancelled");
    when_of("order.refund", id, "12", "");
    scenario_refused(&t, 409, "illegal_transition");
    when_of("order.refund", id, "2", "");
    when_of("order.refund", id, "2", "");
    scenario_unchanged(&t, 200);
    when("order.cancel", id, "");
    money_is("cancelled", 7500, 2500, 0);
    when("order.refund", id, "");
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(a_used_ticket_is_neither_cancelled_nor_refunded)
{
    static const char *const types[] = {"order.cancel", "order.refund"};
    begin();
    const char *id = place(2, "");
    use(id, 2);
    for (size_t i = 0; i < 2; i++) {
        when(types[i], id, "");
        scenario_refused(&t, 409, "checked_in");
        ck_assert_int_eq(scenario_number(&t, "tickets/0/n"), 2);
        ck_assert_str_eq(scenario_text(&t, "tickets/0/gate"), "north");
        ck_assert(scenario_flag(&t, "tickets/0/checked_in_at"));
        when_of(types[i], id, "12", "");
        scenario_refused(&t, 409, "checked_in");
        when(types[i], id, ",'force':false");
        scenario_refused(&t, 409, "checked_in");
    }
    check_stock_is(&t, GENERAL_ID, 2, 0);
    when_of("order.refund", id, "1", "");
    money_is("paid", 5000, 2500, 0);
    check_stock_is(&t, GENERAL_ID, 1, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_used_ticket_that_is_forced_keeps_its_place)
{
    begin();
    given_type(&t, VIP_ID, 1);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" VIP_ID "','quantity':1}]," BUYER "}");
    const char *id = mem_strdup(t.arena, scenario_text(&t, "id"));
    use(id, 1);
    when("order.refund", id, ",'force':true");
    money_is("refunded", 2500, 2500, 0);
    REASONS_ARE("refunded");
    check_stock_is(&t, VIP_ID, 1, 0);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" VIP_ID "','quantity':1}]," BUYER "}");
    scenario_refused(&t, 409, "sold_out");
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", order_of(id)->tickets.at[0].code);
    ck_assert_str_eq(scenario_text(&t, "code"), "void");
    id = place(2, "");
    use(id, 1);
    when_of("order.cancel", id, "12", ",'force':true");
    money_is("cancelled", 5000, 0, 0);
    check_stock_is(&t, GENERAL_ID, 1, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_place_that_is_kept_counts_for_its_buyer)
{
    begin();
    given_type_as(&t, VIP_ID, (struct ticket_type){.capacity = 9, .per_buyer_limit = {true, 2}});
    static const char sale[] =
        "{" AT ",'items':[{'ticket_type_id':'" VIP_ID "','quantity':%d}]," BUYER "}";
    scenario_when(&t, "order.place", sale, 2);
    const char *id = mem_strdup(t.arena, scenario_text(&t, "id"));
    use(id, 1);
    when("order.cancel", id, ",'force':true");
    scenario_when(&t, "order.place", sale, 2);
    scenario_refused(&t, 422, "limit_exceeded");
    scenario_when(&t, "order.place", sale, 1);
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(what_cannot_be_used_is_due_until_it_is_refunded)
{
    begin();
    const char *id = place(2, ",'hold_seconds':600");
    pay("p-1", id, 4999);
    money_is("held", 4999, 0, 4999);
    ck_assert_str_eq(scenario_text(&t, "payments/0/reason"), "wrong_amount");
    pay("p-2", id, 5000);
    money_is("paid", 9999, 0, 4999);
    pay("p-3", id, 5000);
    money_is("paid", 14999, 0, 9999);
    ck_assert_str_eq(scenario_text(&t, "payments/2/reason"), "already_paid");
    payment_refunded("p-3", id, ",'amount':{'amount':5000,'currency':'EUR'}");
    money_is("paid", 14999, 5000, 4999);
    ck_assert_str_eq(scenario_text(&t, "payments/3/status"), "refunded");
    ck_assert_str_eq(scenario_text(&t, "payments/3/payment_id"), "p-3");
    REASONS_ARE("", "");
    when("order.refund", id, "");
    money_is("refunded", 14999, 14999, 0);
    when("order.refund", id, "");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_cancelled_event_owes_what_was_paid_and_voids_every_ticket)
{
    begin();
    const char *id = place(3, ""), *part = place(3, ""), *held = place(1, ",'hold_seconds':600");
    use(id, 1);
    when_of("order.refund", part, "1", "");
    when_of("order.cancel", part, "2", "");
    pay("p-1", held, 2499);
    cancel_event();
    stored_money_is(id, ORDER_CANCELLED, 7500, 0, 7500);
    stored_money_is(part, ORDER_CANCELLED, 7500, 2500, 2500);
    stored_money_is(held, ORDER_CANCELLED, 2499, 0, 2499);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    when_of("order.refund", id, "12", "");
    money_is("cancelled", 7500, 5000, 2500);
    REASONS_ARE("refunded", "refunded", "event_cancelled");
    when_of("order.refund", id, "1", "");
    scenario_unchanged(&t, 200);
    when("order.refund", id, "");
    money_is("refunded", 7500, 7500, 0);
    REASONS_ARE("refunded", "refunded", "refunded");
    when_of("order.refund", part, "2", "");
    scenario_refused(&t, 409, "illegal_transition");
    when("order.refund", part, "");
    money_is("refunded", 7500, 5000, 0);
    REASONS_ARE("refunded", "cancelled", "refunded");
    scenario_close(&t);
}
END_TEST

START_TEST(a_cancelled_event_owes_no_more_than_was_kept)
{
    begin();
    const char *id = place(2, ",'hold_seconds':600");
    pay("p-1", id, 5000);
    payment_refunded("p-1", id, ",'amount':{'amount':3001,'currency':'EUR'}");
    money_is("paid", 5000, 3001, 0);
    cancel_event();
    stored_money_is(id, ORDER_CANCELLED, 5000, 3001, 1999);
    when("order.refund", id, "");
    money_is("refunded", 5000, 5000, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_that_owes_money_is_not_deleted)
{
    begin();
    const char *id = place(1, "");
    cancel_event();
    scenario_when(&t, "event.delete", "{" AT "}");
    scenario_refused(&t, 409, "has_sales");
    when("order.refund", id, "");
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    scenario_close(&t);
}
END_TEST

static int64_t number_of(const struct order *order, const char *member)
{
    json_t *shown = record_json(&order_record, order);
    int64_t amount = json_integer_value(json_object_get(json_object_get(shown, member), "amount"));
    json_decref(shown);
    return amount;
}

static void amounts_are_sound(const char *id)
{
    const struct order *order = order_of(id);
    int64_t paid = number_of(order, "paid"), refunded = number_of(order, "refunded");
    int64_t due = number_of(order, "refund_due");
    ck_assert_int_ge(refunded, 0);
    ck_assert_int_ge(due, 0);
    ck_assert_int_le(refunded + due, paid);
    ck_assert(order->status != ORDER_PAID_UNFULFILLED || due > 0);
}

/* Of a type whose price does not divide what is given back. */
START_TEST(amounts_hold_after_any_sequence)
{
    enum { STEPS = 4000 };
    const char *id = NULL;
    unsigned short seed[3] = {7, 11, 13};
    begin();
    given_type(&t, VIP_ID, 1000);
    int64_t paid = 0, refunded = 0;
    for (int step = 0; step < STEPS; step++) {
        long chance = nrand48(seed) % 10;
        t.now += nrand48(seed) % 5000;
        const char *payment = mem_printf(t.arena, "p-%d", step);
        if (id == NULL || chance == 0) {
            scenario_when(&t, "order.place",
                          "{" AT ",'items':[{'ticket_type_id':'" VIP_ID "','quantity':3}]," BUYER
                          "%s}",
                          nrand48(seed) % 3 == 0 ? "" : ",'hold_seconds':60");
            id =
                t.result.answer.status == 201 ? mem_strdup(t.arena, scenario_text(&t, "id")) : NULL;
            paid = refunded = 0;
            continue;
        }
        if (chance < 3)
            pay(payment, id, nrand48(seed) % 3 == 0 ? 7499 : 7500);
        else if (chance < 5)
            payment_refunded(payment, id,
                             mem_printf(t.arena, ",'amount':{'amount':%ld,'currency':'EUR'}",
                                        nrand48(seed) % 4000));
        else if (chance < 7 && order_of(id)->tickets.n > 0)
            when_of(nrand48(seed) % 2 == 0 ? "order.refund" : "order.cancel", id,
                    chance == 5 ? "1" : "23", nrand48(seed) % 2 == 0 ? "" : ",'force':true");
        else if (chance == 7 && order_of(id)->tickets.n > 0)
            scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}",
                          order_of(id)->tickets.at[nrand48(seed) % 3].code);
        else
            when(chance == 8 ? "order.refund" : "order.expire", id, "");
        amounts_are_sound(id);
        int64_t now_paid = number_of(order_of(id), "paid");
        int64_t now_refunded = number_of(order_of(id), "refunded");
        ck_assert_int_ge(now_paid, paid);
        ck_assert_int_ge(now_refunded, refunded);
        paid = now_paid;
        refunded = now_refunded;
    }
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("refund", an_order_says_what_was_paid,
           a_refund_is_of_what_was_paid_and_says_why_tickets_are_void,
           what_was_cancelled_without_money_back_is_not_refunded,
           a_used_ticket_is_neither_cancelled_nor_refunded,
           a_used_ticket_that_is_forced_keeps_its_place, a_place_that_is_kept_counts_for_its_buyer,
           what_cannot_be_used_is_due_until_it_is_refunded,
           a_cancelled_event_owes_what_was_paid_and_voids_every_ticket,
           a_cancelled_event_owes_no_more_than_was_kept, an_event_that_owes_money_is_not_deleted,
           amounts_hold_after_any_sequence)
