/* Several types sharing one capacity: together they never pass it, whatever becomes of orders. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define FLOOR EVENT_ID "/floor"
#define BOXES EVENT_ID "/boxes"
#define BUYER "'buyer':{'name':'Ada Secret','email':'ada.secret@example.org'}"
#define ITEM(id, quantity) "{'ticket_type_id':'" id "','quantity':" #quantity "}"
#define ORDER(items) "{" AT "," BUYER ",'items':[" items "]}"
#define HOLD(items) "{" AT "," BUYER ",'hold_seconds':60,'items':[" items "]}"
#define GENERAL AT ",'ticket_type_id':'" GENERAL_ID "'"
#define NEW_TYPE(members)                                                                          \
    "{" AT ",'type':'vip','name':'VIP','price':{'amount':9900,'currency':'EUR'},'capacity':5"      \
    "" members "}"

/* An event with a floor of ten and boxes of four. */
static void begin(void)
{
    static struct event_pool pools[] = {{"floor", 10}, {"boxes", 4}};
    scenario_open(&t);
    scenario_given(&t, &collection_events, EVENT_ID,
                   &(struct event){.name = "Concert",
                                   .time_zone = "Europe/Madrid",
                                   .location = "Hall",
                                   .category = "music",
                                   .currency = "EUR",
                                   .starts_at = SCENARIO_NOW + 86400000,
                                   .status = EVENT_PUBLISHED,
                                   .pools = {.at = pools, .n = 2}});
    scenario_given(&t, &collection_pools, FLOOR,
                   &(struct pool){.event_id = EVENT_ID, .name = "floor", .capacity = 10});
    scenario_given(&t, &collection_pools, BOXES,
                   &(struct pool){.event_id = EVENT_ID, .name = "boxes", .capacity = 4});
}

/* Two types of eight on the floor of ten. */
static void begin_on_the_floor(void)
{
    begin();
    given_type_as(&t, GENERAL_ID, (struct ticket_type){.capacity = 8, .pool = "floor"});
    given_type_as(&t, VIP_ID, (struct ticket_type){.capacity = 8, .pool = "floor"});
}

static void pool_is(const char *id, int64_t capacity, int64_t sold, int64_t held)
{
    const struct pool *pool = scenario_record(&t, &collection_pools, id);
    ck_assert_int_eq(pool->capacity, capacity);
    ck_assert_int_eq(pool->sold, sold);
    ck_assert_int_eq(pool->held, held);
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

START_TEST(an_event_opens_its_pools)
{
    scenario_open(&t);
    scenario_when(&t, "event.create",
                  "{'name':'N','starts_at':'2027-05-01T20:00:00Z','time_zone':'Europe/Madrid',"
                  "'location':'L','category':'c','currency':'EUR',"
                  "'pools':[{'name':'floor','capacity':10}]}");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_int_eq(scenario_number(&t, "pools/0/capacity"), 10);
    const char *id = mem_printf(t.arena, "%s/floor", scenario_text(&t, "id"));
    pool_is(id, 10, 0, 0);
    json_t *told = json_object_get(scenario_emitted(&t, "event.created", 0), "pools");
    const char *name;
    json_int_t capacity, sold, rev;
    ck_assert_int_eq(json_unpack(told, "[{sssIsIsI}]", "name", &name, "capacity", &capacity, "sold",
                                 &sold, "rev", &rev),
                     0);
    ck_assert_str_eq(name, "floor");
    ck_assert_int_eq(capacity, 10);
    ck_assert_int_eq(sold, 0);
    ck_assert_int_eq(rev, 1);
    scenario_close(&t);
}
END_TEST

START_TEST(names_of_pools_are_unique)
{
    begin();
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'pools':[{'name':'floor','capacity':10},"
                  "{'name':'boxes','capacity':4},{'name':'floor','capacity':1}]}}");
    SCENARIO_INVALID(&t, "#/pools/2/name duplicate");
    scenario_close(&t);
}
END_TEST

START_TEST(a_type_names_a_pool_of_its_event)
{
    begin();
    scenario_when(&t, "ticket_type.create", NEW_TYPE(",'pool':'roof'"));
    SCENARIO_INVALID(&t, "#/pool unknown_pool");
    scenario_when(&t, "ticket_type.create", NEW_TYPE(",'pool':'floor'"));
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(scenario_text(&t, "pool"), "floor");
    json_t *told = scenario_emitted(&t, "ticket_type.created", 0);
    json_t *pool = json_object_get(json_array_get(json_object_get(told, "stock"), 0), "pool");
    ck_assert_str_eq(json_string_value(json_object_get(pool, "name")), "floor");
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'%s','patch':{'pool':'roof'}}",
                  stock_of(&t, json_string_value(json_object_get(told, "ticket_type_id")))->id);
    SCENARIO_INVALID(&t, "#/pool unknown_pool");
    scenario_close(&t);
}
END_TEST

START_TEST(types_of_a_pool_together_never_pass_its_capacity)
{
    begin_on_the_floor();
    (void)place(ORDER(ITEM(GENERAL_ID, 6)));
    pool_is(FLOOR, 10, 6, 0);
    scenario_when(&t, "order.place", ORDER(ITEM(VIP_ID, 5)));
    scenario_refused(&t, 409, "sold_out");
    ck_assert_int_eq(scenario_number(&t, "available"), 4);
    ck_assert_str_eq(scenario_text(&t, "pool"), "floor");
    ck_assert_str_eq(scenario_text(&t, "ticket_type_id"), VIP_ID);
    (void)place(ORDER(ITEM(VIP_ID, 4)));
    pool_is(FLOOR, 10, 10, 0);
    check_stock_is(&t, GENERAL_ID, 6, 0);
    check_stock_is(&t, VIP_ID, 4, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_type_that_is_short_by_itself_names_no_pool)
{
    begin_on_the_floor();
    scenario_when(&t, "order.place", ORDER(ITEM(VIP_ID, 9)));
    scenario_refused(&t, 409, "sold_out");
    ck_assert_int_eq(scenario_number(&t, "available"), 8);
    ck_assert(!scenario_flag(&t, "pool"));
    scenario_close(&t);
}
END_TEST

START_TEST(lines_of_one_order_share_the_pool)
{
    begin_on_the_floor();
    scenario_when(&t, "order.place", ORDER(ITEM(GENERAL_ID, 6) "," ITEM(VIP_ID, 5)));
    scenario_refused(&t, 409, "sold_out");
    ck_assert_int_eq(scenario_number(&t, "available"), 4);
    ck_assert_str_eq(scenario_text(&t, "ticket_type_id"), VIP_ID);
    (void)place(ORDER(ITEM(GENERAL_ID, 6) "," ITEM(VIP_ID, 4)));
    pool_is(FLOOR, 10, 10, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_refusal_tells_a_full_pool_from_one_that_others_hold)
{
    begin_on_the_floor();
    (void)place(HOLD(ITEM(GENERAL_ID, 8)));
    pool_is(FLOOR, 10, 0, 8);
    scenario_when(&t, "order.place", ORDER(ITEM(VIP_ID, 3)));
    scenario_refused(&t, 409, "held_by_others");
    ck_assert_int_eq(scenario_number(&t, "available"), 2);
    ck_assert_str_eq(scenario_text(&t, "pool"), "floor");
    ck_assert_str_eq(scenario_text(&t, "next_expiry"), "2026-05-01T18:01:00.000Z");
    ck_assert_int_eq(scenario_number(&t, "items/0/held"), 8);
    scenario_close(&t);
}
END_TEST

START_TEST(every_road_of_a_hold_keeps_the_pool_right)
{
    begin_on_the_floor();
    const char *one = place(HOLD(ITEM(GENERAL_ID, 2)));
    const char *two = place(HOLD(ITEM(VIP_ID, 3)));
    const char *three = place(HOLD(ITEM(VIP_ID, 4)));
    pool_is(FLOOR, 10, 0, 9);
    act("order.confirm", one);
    pool_is(FLOOR, 10, 2, 7);
    act("order.cancel", two);
    pool_is(FLOOR, 10, 2, 4);
    t.now += 61000;
    act("order.expire", three);
    pool_is(FLOOR, 10, 2, 0);
    act("order.refund", one);
    pool_is(FLOOR, 10, 0, 0);
    scenario_close(&t);
}
END_TEST

#define PAID(id, order)                                                                            \
    "{" AT ",'order_id':'%s','payment_id':'" id "','amount':{'amount':5000,'currency':'EUR'}}",    \
        order

START_TEST(a_late_payment_takes_only_what_the_pool_still_has)
{
    begin_on_the_floor();
    const char *one = place(HOLD(ITEM(GENERAL_ID, 2)));
    const char *two = place(HOLD(ITEM(GENERAL_ID, 2)));
    t.now += 61000;
    act("order.expire", one);
    act("order.expire", two);
    (void)place(ORDER(ITEM(VIP_ID, 7)));
    scenario_when(&t, "payment.succeeded", PAID("p1", one));
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    pool_is(FLOOR, 10, 9, 0);
    scenario_when(&t, "payment.succeeded", PAID("p2", two));
    ck_assert_str_eq(scenario_text(&t, "status"), "paid_unfulfilled");
    pool_is(FLOOR, 10, 9, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_cancelled_event_empties_what_its_pools_hold)
{
    begin_on_the_floor();
    (void)place(HOLD(ITEM(GENERAL_ID, 2) "," ITEM(VIP_ID, 3)));
    (void)place(ORDER(ITEM(VIP_ID, 1)));
    scenario_when(&t, "event.cancel", "{" AT "}");
    scenario_when(&t, "event.cancel_page", "{" AT ",'orders':'held'}");
    pool_is(FLOOR, 10, 1, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_type_takes_its_sales_along_into_another_pool)
{
    begin_on_the_floor();
    (void)place(ORDER(ITEM(GENERAL_ID, 2)));
    (void)place(HOLD(ITEM(GENERAL_ID, 1)));
    scenario_when(&t, "ticket_type.update", "{" GENERAL ",'patch':{'pool':'boxes'}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    pool_is(FLOOR, 10, 0, 0);
    pool_is(BOXES, 4, 2, 1);
    json_t *told = scenario_emitted(&t, "ticket_type.updated", 0);
    json_t *level = json_array_get(json_object_get(told, "stock"), 0);
    const char *pool, *left;
    json_int_t sold, was;
    ck_assert_int_eq(json_unpack(level, "{s{sssI}s{sssI}}", "pool", "name", &pool, "sold", &sold,
                                 "left_pool", "name", &left, "sold", &was),
                     0);
    ck_assert_str_eq(pool, "boxes");
    ck_assert_str_eq(left, "floor");
    ck_assert_int_eq(sold, 2);
    ck_assert_int_eq(was, 0);
    (void)place(ORDER(ITEM(GENERAL_ID, 1)));
    pool_is(BOXES, 4, 3, 1);
    scenario_when(&t, "ticket_type.update", "{" GENERAL ",'patch':{'pool':null}}");
    pool_is(BOXES, 4, 0, 0);
    ck_assert(!scenario_flag(&t, "pool"));
    (void)place(ORDER(ITEM(GENERAL_ID, 1)));
    pool_is(BOXES, 4, 0, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_type_stays_out_of_a_pool_that_its_sales_do_not_fit)
{
    begin_on_the_floor();
    (void)place(ORDER(ITEM(GENERAL_ID, 5)));
    scenario_when(&t, "ticket_type.update", "{" GENERAL ",'patch':{'pool':'boxes'}}");
    scenario_refused(&t, 409, "below_committed");
    ck_assert_str_eq(scenario_text(&t, "pool"), "boxes");
    ck_assert_int_eq(scenario_number(&t, "sold"), 5);
    scenario_close(&t);
}
END_TEST

#define POOLS(floor)                                                                               \
    "{" AT ",'patch':{'pools':[{'name':'floor','capacity':" #floor                                 \
    "},{'name':'boxes','capacity':4}]}}"

START_TEST(a_pool_is_never_made_smaller_than_what_it_has_sold)
{
    begin_on_the_floor();
    (void)place(ORDER(ITEM(GENERAL_ID, 5)));
    scenario_when(&t, "event.update", POOLS(4));
    scenario_refused(&t, 409, "below_committed");
    ck_assert_str_eq(scenario_text(&t, "pool"), "floor");
    scenario_when(&t, "event.update", POOLS(5));
    ck_assert_int_eq(t.result.answer.status, 200);
    pool_is(FLOOR, 5, 5, 0);
    json_t *told = json_object_get(scenario_emitted(&t, "event.updated", 0), "pools");
    ck_assert_uint_eq(json_array_size(told), 2);
    scenario_when(&t, "order.place", ORDER(ITEM(VIP_ID, 1)));
    scenario_refused(&t, 409, "sold_out");
    scenario_close(&t);
}
END_TEST

START_TEST(a_pool_goes_only_when_no_type_is_in_it)
{
    begin_on_the_floor();
    scenario_when(&t, "event.update", "{" AT ",'patch':{'pools':[{'name':'boxes','capacity':4}]}}");
    SCENARIO_INVALID(&t, "#/pools pool_in_use");
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'pools':[{'name':'floor','capacity':10}]}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "ticket_type.create", NEW_TYPE(",'pool':'boxes'"));
    SCENARIO_INVALID(&t, "#/pool unknown_pool");
    scenario_close(&t);
}
END_TEST

/* Who follows by rev must not take the new one's counters for old news. */
START_TEST(a_pool_that_comes_back_goes_on_counting)
{
    begin();
    scenario_when(&t, "event.update", "{" AT ",'patch':{'pools':null}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    int64_t rev = ((const struct pool *)scenario_record(&t, &collection_pools, FLOOR))->rev;
    scenario_when(&t, "event.update", "{" AT ",'patch':{'pools':[{'name':'floor','capacity':3}]}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    const struct pool *pool = scenario_record(&t, &collection_pools, FLOOR);
    ck_assert_int_gt(pool->rev, rev);
    pool_is(FLOOR, 3, 0, 0);
    scenario_when(&t, "ticket_type.create", NEW_TYPE(",'pool':'floor'"));
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_deleted_leaves_no_pool_behind)
{
    begin_on_the_floor();
    scenario_when(&t, "ticket_type.delete", "{" GENERAL "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_ptr_null(scenario_record(&t, &collection_pools, FLOOR));
    ck_assert_ptr_null(scenario_record(&t, &collection_pools, BOXES));
    scenario_close(&t);
}
END_TEST

CHECK_MAIN(
    "pool", an_event_opens_its_pools, names_of_pools_are_unique, a_type_names_a_pool_of_its_event,
    types_of_a_pool_together_never_pass_its_capacity, a_type_that_is_short_by_itself_names_no_pool,
    lines_of_one_order_share_the_pool, a_refusal_tells_a_full_pool_from_one_that_others_hold,
    every_road_of_a_hold_keeps_the_pool_right, a_late_payment_takes_only_what_the_pool_still_has,
    a_cancelled_event_empties_what_its_pools_hold, a_type_takes_its_sales_along_into_another_pool,
    a_type_stays_out_of_a_pool_that_its_sales_do_not_fit,
    a_pool_is_never_made_smaller_than_what_it_has_sold, a_pool_goes_only_when_no_type_is_in_it,
    a_pool_that_comes_back_goes_on_counting, what_is_deleted_leaves_no_pool_behind)
