/* What is kept and shown of capacities that types share. */
#include "tickets-svc/availability.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/followed.h"
#include "tests/support/ids.h"

static struct followed t;
static json_t *shown;

static void answer(const char *text)
{
    ck_assert_int_eq(followed_answer(&t, text), 0);
}

static void fact(const char *type, const char *body)
{
    ck_assert_int_eq(followed_fact(&t, type, body), 0);
}

static void reply_stock(const char *levels)
{
    followed_reply(&t, levels);
}

#define ITEM(id, pool, sold, rev)                                                                  \
    "{'ticket_type_id':'" id "','type':'general','name':'N','price':{'amount':2500,"               \
    "'currency':'EUR'},'on_sale':true,'capacity':8,'sold':" #sold ",'held':0,'available':1,"       \
    "'version':1,'rev':" #rev ",'pool':'" pool "'}"
#define POOL(name, capacity, sold, rev)                                                            \
    "{'name':'" name "','capacity':" #capacity ",'sold':" #sold ",'held':1,'rev':" #rev "}"
#define LEVEL(id, sold, rev, pools)                                                                \
    "{'ticket_type_id':'" id "','capacity':8,'sold':" #sold ",'held':0,'rev':" #rev pools "}"
#define SOLD(level) "{'event_id':'" EVENT_ID "','stock':[" level "]}"
#define ANSWER                                                                                     \
    "{'event_id':'" EVENT_ID "','as_of':'2026-05-01T18:00:00Z','status':'published','version':1,"  \
    "'items':[" ITEM(GENERAL_ID, "floor", 2, 3) "," ITEM(                                          \
        VIP_ID, "floor", 0, 1) "],"                                                                \
                               "'pools':[" POOL("floor", 10, 2, 7) "," POOL("boxes", 4, 0, 1) "]}"

static void begin(void)
{
    followed_open(&t);
    shown = NULL;
}

static void learn(void)
{
    begin();
    followed_ask(&t);
    answer(ANSWER);
    t.changes = 0;
}

static void end(void)
{
    json_decref(shown);
    followed_close(&t);
}

static void look(const char *type_id)
{
    json_decref(shown);
    shown = followed_shown(&t, type_id, FOLLOWED_NOW);
}

static const json_t *pool_of(const char *name)
{
    size_t i;
    json_t *pool;
    json_array_foreach (json_object_get(shown, "pools"), i, pool)
        if (strcmp(json_string_value(json_object_get(pool, "name")), name) == 0)
            return pool;
    return NULL;
}

static void pool_is(const char *name, int capacity, int sold, int available)
{
    const json_t *pool = pool_of(name);
    ck_assert_ptr_nonnull(pool);
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "capacity")), capacity);
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "sold")), sold);
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "held")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "available")), available);
    ck_assert_ptr_null(json_object_get(pool, "rev"));
}

static void item_is(size_t index, const char *pool, int available)
{
    const json_t *item = json_array_get(json_object_get(shown, "items"), index);
    ck_assert_ptr_nonnull(item);
    if (pool == NULL) {
        ck_assert_ptr_null(json_object_get(item, "pool"));
        ck_assert_ptr_null(json_object_get(item, "pool_available"));
        return;
    }
    ck_assert_str_eq(json_string_value(json_object_get(item, "pool")), pool);
    ck_assert_int_eq(json_integer_value(json_object_get(item, "pool_available")), available);
}

START_TEST(items_say_what_their_pool_has_left)
{
    learn();
    look(NULL);
    pool_is("floor", 10, 2, 7);
    pool_is("boxes", 4, 0, 3);
    item_is(0, "floor", 7);
    item_is(1, "floor", 7);
    look(VIP_ID);
    item_is(0, "floor", 7);
    ck_assert_uint_eq(json_array_size(json_object_get(shown, "pools")), 1);
    end();
}
END_TEST

START_TEST(a_sale_of_one_type_shows_at_all_of_its_pool)
{
    learn();
    look(VIP_ID);
    char before[AVAILABILITY_TAG_SIZE];
    memcpy(before, t.tag, sizeof before);
    fact("order.placed", SOLD(LEVEL(GENERAL_ID, 5, 4, ",'pool':" POOL("floor", 10, 5, 8))));
    ck_assert_int_eq(t.changes, 1);
    look(VIP_ID);
    item_is(0, "floor", 4);
    pool_is("floor", 10, 5, 4);
    ck_assert_str_ne(t.tag, before);
    end();
}
END_TEST

START_TEST(of_a_pool_the_greater_rev_stays_whatever_the_type_has)
{
    learn();
    reply_stock("[" LEVEL(GENERAL_ID, 3, 4, ",'pool':" POOL("floor", 10, 6, 12)) "]");
    fact("order.placed", SOLD(LEVEL(VIP_ID, 1, 2, ",'pool':" POOL("floor", 10, 4, 10))));
    look(NULL);
    pool_is("floor", 10, 6, 3);
    fact("order.placed", SOLD(LEVEL(GENERAL_ID, 3, 4, ",'pool':" POOL("floor", 10, 7, 13))));
    look(NULL);
    pool_is("floor", 10, 7, 2);
    end();
}
END_TEST

START_TEST(a_type_changes_its_pool_with_its_stock)
{
    learn();
    fact("ticket_type.updated",
         "{'event_id':'" EVENT_ID "','ticket_type_id':'" GENERAL_ID
         "','version':2,'type':'general',"
         "'name':'N','price':{'amount':2500,'currency':'EUR'},'stock':[" LEVEL(
             GENERAL_ID, 2, 4,
             ",'pool':" POOL("boxes", 4, 2, 2) ",'left_pool':" POOL("floor", 10, 0, 8)) "]}");
    look(NULL);
    item_is(0, "boxes", 1);
    item_is(1, "floor", 9);
    reply_stock("[" LEVEL(GENERAL_ID, 2, 5, ",'left_pool':" POOL("boxes", 4, 0, 3)) "]");
    look(NULL);
    item_is(0, NULL, 0);
    pool_is("boxes", 4, 0, 3);
    end();
}
END_TEST

START_TEST(pools_are_resized_and_go_with_their_event)
{
    learn();
    fact("event.updated",
         "{'event_id':'" EVENT_ID "','status':'published','version':2,'pools':[" POOL(
             "floor", 12, 2, 8) ",{'name':'boxes','capacity':0,'sold':0,'held':0,'rev':2,"
                                "'removed':true}]}");
    ck_assert_int_eq(t.changes, 1);
    look(NULL);
    pool_is("floor", 12, 2, 9);
    ck_assert_ptr_null(pool_of("boxes"));
    fact("event.updated",
         "{'event_id':'" EVENT_ID
         "','status':'published','version':3,'pools':[" POOL("boxes", 5, 0, 3) "]}");
    look(NULL);
    pool_is("boxes", 5, 0, 4);
    end();
}
END_TEST

/* The buyer's own purchase may come before what was asked for her. */
START_TEST(a_pool_heard_of_while_a_question_is_out_counts_if_it_is_newer)
{
    begin();
    followed_ask(&t);
    reply_stock("[" LEVEL(GENERAL_ID, 5, 4, ",'pool':" POOL("floor", 10, 5, 8)) "]");
    answer(ANSWER);
    look(NULL);
    pool_is("floor", 10, 5, 4);
    item_is(1, "floor", 4);
    end();
}
END_TEST

CHECK_MAIN("availability_pools", items_say_what_their_pool_has_left,
           a_sale_of_one_type_shows_at_all_of_its_pool,
           of_a_pool_the_greater_rev_stays_whatever_the_type_has,
           a_type_changes_its_pool_with_its_stock, pools_are_resized_and_go_with_their_event,
           a_pool_heard_of_while_a_question_is_out_counts_if_it_is_newer)
