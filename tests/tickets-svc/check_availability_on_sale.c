/* When a type is shown as on sale: in its own time, and while its event is not over. */
#include "tickets-svc/availability.h"

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/followed.h"
#include "tests/support/ids.h"

#define NOW FOLLOWED_NOW /* 2026-05-01T18:00:00Z */
#define SECOND 1000
#define HOUR (3600 * SECOND)

static struct followed t;

static void begin(const char *over_at)
{
    followed_open(&t);
    followed_ask(&t);
    const char *answer = mem_printf(
        t.arena,
        "{'event_id':'" EVENT_ID "','as_of':'2026-05-01T18:00:00Z','status':'published',"
        "'version':1%s,'items':[{'ticket_type_id':'" GENERAL_ID "','type':'general',"
        "'name':'Stalls','price':{'amount':2500,'currency':'EUR'},'on_sale':true,'capacity':100,"
        "'sold':2,'held':0,'available':98,'version':1,'rev':3}]}",
        over_at);
    ck_assert_int_eq(followed_answer(&t, answer), 0);
}

static void edited(const char *times)
{
    const char *fact = mem_printf(t.arena,
                                  "{'ticket_type_id':'" GENERAL_ID "','version':2,'type':'general',"
                                  "'name':'Stalls','price':{'amount':1,'currency':'EUR'},%s}",
                                  times);
    ck_assert_int_eq(followed_fact(&t, "ticket_type.updated", fact), 0);
}

static bool is_on_sale(int64_t now)
{
    json_t *shown = followed_shown(&t, GENERAL_ID, now);
    json_t *item = json_array_get(json_object_get(shown, "items"), 0);
    bool on_sale = json_is_true(json_object_get(item, "on_sale"));
    json_decref(shown);
    return on_sale;
}

static void end(void)
{
    followed_close(&t);
}

START_TEST(a_type_is_on_sale_in_its_time)
{
    begin("");
    edited("'sales_start':'2026-05-01T18:00:00Z','sales_end':'2026-05-01T18:00:01Z'");
    for (int64_t ms = -1; ms <= SECOND; ms += 1)
        ck_assert_int_eq(is_on_sale(NOW + ms), ms >= 0 && ms < SECOND);
    end();
}
END_TEST

START_TEST(nothing_is_on_sale_once_its_event_is_over)
{
    begin(",'over_at':'2026-05-01T18:00:01Z'");
    ck_assert(is_on_sale(NOW + SECOND - 1));
    ck_assert(!is_on_sale(NOW + SECOND));
    end();
}
END_TEST

START_TEST(the_end_of_an_event_moves_with_it)
{
    begin(",'over_at':'2026-05-01T18:00:01Z'");
    ck_assert_int_eq(followed_fact(&t, "event.updated",
                                   "{'event_id':'" EVENT_ID "','status':'published','version':2,"
                                   "'over_at':'2026-05-01T19:00:00Z'}"),
                     0);
    ck_assert(is_on_sale(NOW + HOUR - 1));
    ck_assert(!is_on_sale(NOW + HOUR));
    end();
}
END_TEST

START_TEST(the_end_of_its_own_sale_counts_for_a_type_in_place_of_the_events)
{
    begin(",'over_at':'2026-05-01T18:00:01Z'");
    edited("'sales_end':'2026-05-01T18:00:02Z'");
    ck_assert(is_on_sale(NOW + 2 * SECOND - 1));
    ck_assert(!is_on_sale(NOW + 2 * SECOND));
    end();
}
END_TEST

CHECK_MAIN("availability_on_sale", a_type_is_on_sale_in_its_time,
           nothing_is_on_sale_once_its_event_is_over, the_end_of_an_event_moves_with_it,
           the_end_of_its_own_sale_counts_for_a_type_in_place_of_the_events)
