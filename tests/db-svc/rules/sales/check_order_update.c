/* What may be corrected of an order: who bought it, and the caller's own members. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define BUYER "'buyer':{'name':'Ana Secret','email':'ana@example.org'}"

static const char *id;

static void begin_with(const char *more)
{
    given_published(&t);
    given_type_as(&t, GENERAL_ID,
                  (struct ticket_type){.capacity = 100, .per_buyer_limit = {true, 4}});
    given_type(&t, VIP_ID, 10);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':3}],"
                  "'external_id':'x-1','metadata':{'a':'1'}," BUYER "%s}",
                  more);
    ck_assert_int_eq(t.result.answer.status, 201);
    id = mem_strdup(t.arena, scenario_text(&t, "id"));
    t.now++;
}

static void begin(void)
{
    begin_with("");
}

static void update(const char *patch)
{
    scenario_when(&t, "order.update", "{" AT ",'order_id':'%s','patch':{%s}}", id, patch);
}

static int place(const char *email, int quantity)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':%d}],"
                  "'buyer':{'name':'Secret','email':'%s'}}",
                  quantity, email);
    t.now++;
    return t.result.answer.status;
}

START_TEST(a_buyer_is_corrected_member_by_member)
{
    begin();
    update("'buyer':{'email':'Ana@new.example.org','phone':'+34600111222'},'external_id':'x-2',"
           "'metadata':{'b':'2'}");
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    ck_assert_str_eq(scenario_text(&t, "buyer/name"), "Ana Secret");
    ck_assert_str_eq(scenario_text(&t, "buyer/email"), "Ana@new.example.org");
    ck_assert_str_eq(scenario_text(&t, "buyer/phone"), "+34600111222");
    ck_assert_str_eq(scenario_text(&t, "external_id"), "x-2");
    ck_assert_str_eq(scenario_text(&t, "metadata/a"), "1");
    ck_assert_str_eq(scenario_text(&t, "metadata/b"), "2");
    ck_assert_int_eq(scenario_number(&t, "version"), 2);
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "order.updated", 0));
    check_stock_is(&t, GENERAL_ID, 3, 0);
    update("'buyer':{'email':'Ana@new.example.org'}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(what_was_sold_is_not_edited)
{
    begin();
    update("'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':2}],'hold_seconds':60,"
           "'status':'refunded','buyer':{'email':'none'}");
    SCENARIO_INVALID(&t, "#/items read_only", "#/status read_only", "#/hold_seconds read_only",
                     "#/buyer/email invalid_email");
    update("'total':{'amount':1,'currency':'EUR'},'items':null");
    SCENARIO_INVALID(&t, "#/items read_only", "#/total read_only");
    update("'buyer':null");
    SCENARIO_INVALID(&t, "#/buyer required");
    scenario_close(&t);
}
END_TEST

START_TEST(it_is_this_order_in_this_version_and_not_erased)
{
    begin();
    t.if_match = "\"7\"";
    update("'external_id':'x'");
    scenario_refused(&t, 412, "precondition_failed");
    t.if_match = "\"7\", \"1\"";
    update("'external_id':'x'");
    ck_assert_int_eq(t.result.answer.status, 200);
    t.if_match = NULL;
    scenario_when(&t, "order.update",
                  "{'event_id':'" EVENT_ID "','order_id':'order_01jz3w4v9he8qb2m5x7k6d0c1n',"
                  "'patch':{'external_id':'x'}}");
    scenario_refused(&t, 404, "not_found");
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'%s'}", id);
    update("'buyer':{'name':'Ana Secret','email':'ana@example.org'}");
    scenario_refused(&t, 409, "illegal_transition");
    ck_assert_str_eq(scenario_text(&t, "from"), "erased");
    scenario_close(&t);
}
END_TEST

START_TEST(what_was_bought_counts_for_the_corrected_address)
{
    begin();
    update("'buyer':{'email':'bea@example.org'}");
    ck_assert_int_eq(place("BEA@example.org", 2), 422);
    ck_assert_int_eq(place("ana@example.org", 4), 201);
    ck_assert_int_eq(place("bea@example.org", 1), 201);
    scenario_when(&t, "order.cancel", "{" AT ",'order_id':'%s'}", id);
    ck_assert_int_eq(place("bea@example.org", 4), 422);
    ck_assert_int_eq(place("bea@example.org", 3), 201);
    scenario_close(&t);
}
END_TEST

/* Cancelled tickets do not count, and those that keep their places do. */
START_TEST(only_what_counts_moves)
{
    begin();
    const struct order *order = scenario_record(&t, &collection_orders, id);
    const char *codes[] = {order->tickets.at[0].code, order->tickets.at[1].code};
    scenario_when(&t, "order.cancel", "{" AT ",'order_id':'%s','tickets':['%s']}", id, codes[0]);
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", codes[1]);
    scenario_when(&t, "order.cancel", "{" AT ",'order_id':'%s','tickets':['%s'],'force':true}", id,
                  codes[1]);
    ck_assert_int_eq(t.result.answer.status, 200);
    update("'buyer':{'email':'bea@example.org'}");
    ck_assert_int_eq(place("bea@example.org", 3), 422);
    ck_assert_int_eq(place("bea@example.org", 2), 201);
    ck_assert_int_eq(place("ana@example.org", 4), 201);
    scenario_close(&t);
}
END_TEST

/* Linked ones follow the person on the list. */
START_TEST(a_ticket_in_the_buyers_own_name_follows)
{
    static const char *const holders[] = {"'name':'Ana Secret','email':'ANA@example.org'",
                                          "'name':'Cid Secret','email':'cid@example.org'"};
    begin();
    for (int i = 0; i < 2; i++)
        scenario_when(&t, "ticket.assign", "{" AT ",'order_id':'%s','n':%d,%s}", id, i + 1,
                      holders[i]);
    scenario_when(&t, "attendee.register",
                  "{" AT ",'name':'Bea Secret','email':'bea@example.org'}");
    const char *bea = mem_strdup(t.arena, scenario_text(&t, "id"));
    update("'buyer':{'email':'bea@example.org'}");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/attendee/email"), "bea@example.org");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/attendee/name"), "Ana Secret");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/attendee/attendee_id"), bea);
    ck_assert_str_eq(scenario_text(&t, "tickets/1/attendee/email"), "cid@example.org");
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, bea);
    ck_assert_int_eq(attendee->tickets.at[0].tickets, 1);
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_is_corrected_and_paid_under_the_new_address)
{
    begin_with(",'hold_seconds':600");
    update("'buyer':{'email':'bea@example.org'}");
    ck_assert_str_eq(scenario_text(&t, "status"), "held");
    ck_assert_int_eq(place("bea@example.org", 2), 422);
    scenario_when(&t, "order.confirm", "{" AT ",'order_id':'%s'}", id);
    ck_assert_str_eq(scenario_text(&t, "buyer/email"), "bea@example.org");
    ck_assert_int_eq(place("bea@example.org", 2), 422);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("order_update", a_buyer_is_corrected_member_by_member, what_was_sold_is_not_edited,
           it_is_this_order_in_this_version_and_not_erased,
           what_was_bought_counts_for_the_corrected_address, only_what_counts_moves,
           a_ticket_in_the_buyers_own_name_follows,
           a_hold_is_corrected_and_paid_under_the_new_address)
