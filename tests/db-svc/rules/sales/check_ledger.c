/* Every movement of stock is a row with its cause. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/ledger.h"
#include "tests/support/given.h"

static struct scenario t;

#define FLOOR EVENT_ID "/floor"
#define BUYER "'buyer':{'name':'Ada Secret','email':'ada.secret@example.org'}"
#define ITEM(id, quantity) "{'ticket_type_id':'" id "','quantity':" #quantity "}"
#define ORDER(items) "{" AT "," BUYER ",'items':[" items "]}"
#define HOLD(items) "{" AT "," BUYER ",'hold_seconds':60,'items':[" items "]}"
#define GENERAL AT ",'ticket_type_id':'" GENERAL_ID "'"

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 10);
}

/* What the last command entered for a type or a pool; NULL: nothing. */
static const struct ledger_page *page_of(const char *id)
{
    for (size_t i = 0; i < t.n_changes; i++) {
        const struct ledger_page *page = t.changes[i].record;
        if (t.changes[i].collection == &collection_ledger && strcmp(page->of, id) == 0)
            return page;
    }
    return NULL;
}

static const struct ledger_row *row_of(const char *id)
{
    const struct ledger_page *page = page_of(id);
    ck_assert_ptr_nonnull(page);
    ck_assert_uint_eq(page->rows.n, 1);
    return &page->rows.at[0];
}

static void row_is(const char *id, const char *movement, const char *command, int64_t sold,
                   int64_t held)
{
    const struct ledger_row *row = row_of(id);
    ck_assert_str_eq(record_enum_text(movement_names, row->movement), movement);
    ck_assert_str_eq(row->command, command);
    ck_assert_int_eq(row->sold.value, sold);
    ck_assert_int_eq(row->held.value, held);
    ck_assert_int_eq(row->at, t.now);
}

static const char *place(const char *body)
{
    scenario_when(&t, "order.place", "%s", body);
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    return scenario_text(&t, "id");
}

static void act(const char *type, const char *order_id)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s'}", order_id);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

START_TEST(a_sale_is_a_row_with_its_cause)
{
    begin();
    const char *order_id = place(ORDER(ITEM(GENERAL_ID, 2) "," ITEM(VIP_ID, 3)));
    row_is(GENERAL_ID, "sold", "order.place", 2, 0);
    row_is(VIP_ID, "sold", "order.place", 3, 0);
    const struct ledger_page *page = page_of(GENERAL_ID);
    ck_assert_str_eq(page->event_id, EVENT_ID);
    ck_assert_str_eq(page->ticket_type_id, GENERAL_ID);
    ck_assert_ptr_null(page->pool);
    const struct ledger_row *row = row_of(GENERAL_ID);
    ck_assert_str_eq(row->order_id, order_id);
    ck_assert_int_eq(row->rev, stock_of(&t, GENERAL_ID)->rev);
    ck_assert_uint_eq(strlen(row->receipt), 64);
    ck_assert_msg(strncmp(t.result.outgoing[0].id, row->receipt, 64) == 0, "as the facts have it");
    ck_assert(!row->held.set);
    scenario_close(&t);
}
END_TEST

START_TEST(every_road_of_an_order_leaves_its_row)
{
    begin();
    const char *one = place(HOLD(ITEM(GENERAL_ID, 1)));
    row_is(GENERAL_ID, "held", "order.place", 0, 1);
    const char *two = place(HOLD(ITEM(GENERAL_ID, 2)));
    act("order.confirm", one);
    row_is(GENERAL_ID, "confirmed", "order.confirm", 1, -1);
    t.now += 61000;
    act("order.expire", two);
    row_is(GENERAL_ID, "released", "order.expire", 0, -2);
    scenario_when(&t, "payment.succeeded",
                  "{" AT ",'order_id':'%s','payment_id':'p','amount':{'amount':5000,"
                  "'currency':'EUR'}}",
                  two);
    row_is(GENERAL_ID, "sold", "payment.succeeded", 2, 0);
    act("order.refund", two);
    row_is(GENERAL_ID, "returned", "order.refund", -2, 0);
    act("order.cancel", one);
    row_is(GENERAL_ID, "returned", "order.cancel", -1, 0);
    check_stock_is(&t, GENERAL_ID, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(capacity_is_opened_resized_and_closed)
{
    begin();
    scenario_when(&t, "ticket_type.update", "{" GENERAL ",'patch':{'capacity':7}}");
    row_is(GENERAL_ID, "resized", "ticket_type.update", 0, 0);
    ck_assert_int_eq(row_of(GENERAL_ID)->capacity.value, -3);
    scenario_when(&t, "ticket_type.update", "{" GENERAL ",'patch':{'name':'Another'}}");
    ck_assert_ptr_null(page_of(GENERAL_ID));
    scenario_when(&t, "ticket_type.delete", "{" GENERAL "}");
    row_is(GENERAL_ID, "closed", "ticket_type.delete", 0, 0);
    ck_assert_int_eq(row_of(GENERAL_ID)->capacity.value, -7);
    scenario_when(&t, "ticket_type.create",
                  "{" AT ",'type':'x','name':'X','price':{'amount':1,'currency':'EUR'},"
                  "'capacity':5}");
    const char *id = scenario_text(&t, "id");
    row_is(id, "opened", "ticket_type.create", 0, 0);
    ck_assert_int_eq(row_of(id)->capacity.value, 5);
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_that_is_deleted_closes_its_stock)
{
    begin();
    scenario_when(&t, "event.delete", "{" AT "}");
    row_is(GENERAL_ID, "closed", "event.delete", 0, 0);
    row_is(VIP_ID, "closed", "event.delete", 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_pool_has_rows_of_its_own)
{
    begin();
    scenario_when(&t, "event.update", "{" AT ",'patch':{'pools':[{'name':'floor','capacity':9}]}}");
    row_is(FLOOR, "opened", "event.update", 0, 0);
    ck_assert_int_eq(row_of(FLOOR)->capacity.value, 9);
    ck_assert_str_eq(page_of(FLOOR)->pool, "floor");
    ck_assert_ptr_null(page_of(FLOOR)->ticket_type_id);
    const char *order_id = place(HOLD(ITEM(GENERAL_ID, 2)));
    scenario_when(&t, "ticket_type.update", "{" GENERAL ",'patch':{'pool':'floor'}}");
    row_is(FLOOR, "joined", "ticket_type.update", 0, 2);
    ck_assert_str_eq(row_of(FLOOR)->ticket_type_id, GENERAL_ID);
    row_is(GENERAL_ID, "moved", "ticket_type.update", 0, 0);
    act("order.confirm", order_id);
    row_is(FLOOR, "confirmed", "order.confirm", 2, -2);
    ck_assert_str_eq(row_of(FLOOR)->order_id, order_id);
    scenario_when(&t, "ticket_type.update", "{" GENERAL ",'patch':{'pool':null}}");
    row_is(FLOOR, "left", "ticket_type.update", -2, 0);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'pools':null}}");
    row_is(FLOOR, "resized", "event.update", 0, 0);
    ck_assert_int_eq(row_of(FLOOR)->capacity.value, -9);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_refused_or_changes_no_stock_leaves_no_row)
{
    begin();
    scenario_when(&t, "order.place", ORDER(ITEM(GENERAL_ID, 11)));
    scenario_refused(&t, 409, "sold_out");
    const char *order_id = place(HOLD(ITEM(GENERAL_ID, 2)));
    act("order.extend", order_id);
    ck_assert_ptr_null(page_of(GENERAL_ID));
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("ledger", a_sale_is_a_row_with_its_cause, every_road_of_an_order_leaves_its_row,
           capacity_is_opened_resized_and_closed, an_event_that_is_deleted_closes_its_stock,
           a_pool_has_rows_of_its_own, what_is_refused_or_changes_no_stock_leaves_no_row)
