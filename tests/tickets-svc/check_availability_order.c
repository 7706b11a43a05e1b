/* Which news counts: of an event's epoch and the next in its order; the rest is asked about. */
#include "tickets-svc/availability.h"

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/followed.h"
#include "tests/support/ids.h"

#define PRICE "'price':{'amount':1,'currency':'EUR'}"
#define ITEM(sold, rev)                                                                            \
    "{'ticket_type_id':'" GENERAL_ID "','type':'general','name':'Stalls'," PRICE                   \
    ",'capacity':100,'sold':" #sold ",'held':0,'version':4,'rev':" #rev ",'pool':'floor'}"
#define ANSWER(epoch, sold, rev)                                                                   \
    "{'status':'published','version':4," epoch                                                     \
    "'items':[" ITEM(sold, rev) "],'pools':[" POOL("floor", sold, rev) "]}"
#define EPOCH(epoch) "'epoch':" #epoch ","
#define LEVEL(epoch, sold, rev)                                                                    \
    "{" epoch "'ticket_type_id':'" GENERAL_ID "','capacity':100,'sold':" #sold                     \
    ",'held':0,'rev':" #rev "}"
#define SOLD(epoch, sold, rev) "{" epoch "'stock':[" LEVEL(epoch, sold, rev) "]}"
#define POOL(name, sold, rev)                                                                      \
    "{'name':'" name "','capacity':100,'sold':" #sold ",'held':0,'rev':" #rev "}"

static struct followed t;

static void answer(const char *text)
{
    t.now_ms += 60000; /* since the last question */
    followed_ask(&t);
    ck_assert_int_eq(followed_answer(&t, text), 0);
    t.now_ms += 60000;
}

static void begin(void)
{
    followed_open(&t);
    answer(ANSWER(EPOCH(6), 10, 50));
}

static void end(void)
{
    followed_close(&t);
}

static void fact(const char *type, const char *body)
{
    ck_assert_int_eq(followed_fact(&t, type, body), 0);
}

static void sold(const char *body)
{
    fact("order.placed", body);
}

static bool is_asked_about(void)
{
    return availability_gap(t.table, t.now_ms) != NULL;
}

static int64_t member_of(const char *list, const char *member)
{
    json_t *shown = followed_shown(&t, NULL, FOLLOWED_NOW);
    const json_t *first = json_array_get(json_object_get(shown, list), 0);
    int64_t value = json_integer_value(json_object_get(first, member));
    json_decref(shown);
    return value;
}

static void shows(int64_t count)
{
    ck_assert_int_eq(member_of("items", "sold"), count);
}

START_TEST(the_next_rev_counts)
{
    begin();
    sold(SOLD(EPOCH(6), 11, 51));
    shows(11);
    sold(SOLD(EPOCH(6), 12, 52));
    shows(12);
    sold(SOLD(EPOCH(6), 9, 49));
    shows(12);
    ck_assert(!is_asked_about());
    end();
}
END_TEST

START_TEST(a_rev_that_no_fact_led_to_is_asked_about_and_sales_go_on_showing)
{
    begin();
    sold(SOLD(EPOCH(6), 99, 1000000000000));
    shows(10);
    ck_assert(is_asked_about());
    sold(SOLD(EPOCH(6), 11, 51));
    shows(11);
    answer(ANSWER(EPOCH(6), 11, 51));
    ck_assert(!is_asked_about());
    sold(SOLD(EPOCH(6), 12, 52));
    shows(12);
    end();
}
END_TEST

START_TEST(an_epoch_that_nobody_answered_with_is_asked_about)
{
    begin();
    sold(SOLD(EPOCH(1000000000000000), 99, 51));
    followed_reply(&t, "[" LEVEL(EPOCH(7), 98, 51) "]");
    shows(10);
    ck_assert(is_asked_about());
    sold(SOLD(EPOCH(6), 11, 51));
    shows(11);
    end();
}
END_TEST

START_TEST(a_greater_epoch_counts_whatever_the_rev)
{
    begin();
    sold(SOLD(EPOCH(7), 3, 21));
    ck_assert(is_asked_about());
    answer(ANSWER(EPOCH(7), 3, 21));
    shows(3);
    sold(SOLD(EPOCH(6), 11, 51)); /* of before the set-back */
    followed_reply(&t, "[" LEVEL(EPOCH(6), 12, 52) "]");
    shows(3);
    sold(SOLD(EPOCH(7), 4, 22));
    shows(4);
    ck_assert(!is_asked_about());
    end();
}
END_TEST

START_TEST(the_answer_stands_though_it_says_less_than_was_known)
{
    begin();
    sold(SOLD(EPOCH(6), 11, 51));
    answer(ANSWER(EPOCH(6), 2, 9));
    shows(2);
    sold(SOLD(EPOCH(6), 3, 10));
    shows(3);
    ck_assert_int_eq(member_of("pools", "sold"), 2);
    end();
}
END_TEST

START_TEST(news_without_an_epoch_is_of_the_one_at_hand)
{
    begin();
    sold(SOLD("", 11, 51));
    shows(11);
    answer(ANSWER("", 11, 51));
    sold(SOLD(EPOCH(3), 12, 52));
    shows(12);
    sold(SOLD(EPOCH(0), 13, 53));
    shows(13);
    ck_assert(!is_asked_about());
    answer(ANSWER(EPOCH(0), 13, 53)); /* of a database from before there were epochs */
    sold(SOLD(EPOCH(0), 14, 54));
    shows(14);
    sold(SOLD(EPOCH(1), 15, 55));
    shows(14);
    ck_assert(is_asked_about());
    end();
}
END_TEST

START_TEST(what_comes_while_the_question_is_out_shows_at_once_and_after_the_answer)
{
    begin();
    followed_ask(&t);
    sold(SOLD(EPOCH(6), 11, 51));
    shows(11);
    followed_reply(&t, "[" LEVEL(EPOCH(6), 13, 53) "]");
    sold(SOLD(EPOCH(6), 12, 52));
    shows(13);
    ck_assert_int_eq(followed_answer(&t, ANSWER(EPOCH(6), 11, 51)), 0);
    shows(13);
    ck_assert(!is_asked_about());
    end();
}
END_TEST

START_TEST(what_comes_while_the_question_is_out_counts_only_if_the_answer_leads_to_it)
{
    begin();
    sold(SOLD(EPOCH(6), 99, 51)); /* forged, and so likely that it is shown */
    shows(99);
    followed_ask(&t);
    sold(SOLD(EPOCH(6), 97, 60));
    sold(SOLD(EPOCH(6), 11, 51));
    ck_assert_int_eq(followed_answer(&t, ANSWER(EPOCH(6), 10, 50)), 0);
    shows(11);
    t.now_ms += 1000;
    ck_assert(is_asked_about());
    end();
}
END_TEST

START_TEST(replies_may_run_ahead_of_facts_but_not_for_ever)
{
    begin();
    followed_reply(&t, "[" LEVEL(EPOCH(6), 60, 1050) "]");
    shows(60);
    ck_assert(!is_asked_about());
    followed_reply(&t, "[" LEVEL(EPOCH(6), 61, 2051) "]");
    shows(60);
    ck_assert(is_asked_about());
    end();
}
END_TEST

START_TEST(versions_that_no_fact_led_to_are_asked_about)
{
    static const struct {
        const char *type, *body;
    } forged[] = {
        {"event.updated", "{'epoch':6,'status':'cancelled','version':1000000000000}"},
        {"event.updated", "{'epoch':7,'status':'cancelled','version':5}"},
        {"ticket_type.updated", "{'epoch':6,'ticket_type_id':'" GENERAL_ID
                                "','version':9,'type':'general','name':'Pit'," PRICE "}"},
        {"event.updated",
         "{'epoch':6,'status':'published','version':5,'pools':[" POOL("floor", 99, 5000) "]}"},
        {"event.deleted", "{'epoch':7}"},
        {"ticket_type.deleted", "{'epoch':7,'ticket_type_id':'" GENERAL_ID "'}"},
    };
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        begin();
        json_decref(followed_shown(&t, NULL, FOLLOWED_NOW));
        const char *before = mem_strdup(t.arena, t.tag);
        fact(forged[i].type, forged[i].body);
        json_decref(followed_shown(&t, NULL, FOLLOWED_NOW));
        ck_assert_str_eq(t.tag, before);
        ck_assert_msg(is_asked_about(), "%s", forged[i].body);
        end();
    }
}
END_TEST

START_TEST(an_older_epoch_changes_nothing)
{
    static const struct {
        const char *type, *body;
    } old[] = {
        {"event.updated", "{'epoch':5,'status':'cancelled','version':5}"},
        {"ticket_type.updated", "{'epoch':5,'ticket_type_id':'" GENERAL_ID
                                "','version':5,'type':'general','name':'Pit'," PRICE "}"},
        {"event.deleted", "{'epoch':5}"},
        {"ticket_type.deleted", "{'epoch':5,'ticket_type_id':'" GENERAL_ID "'}"},
    };
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        begin();
        json_decref(followed_shown(&t, NULL, FOLLOWED_NOW));
        const char *before = mem_strdup(t.arena, t.tag);
        fact(old[i].type, old[i].body);
        json_decref(followed_shown(&t, NULL, FOLLOWED_NOW));
        ck_assert_str_eq(t.tag, before);
        ck_assert(!is_asked_about());
        end();
    }
}
END_TEST

/* It has no rev to be judged by. */
START_TEST(a_deletion_is_asked_about)
{
    begin();
    fact("ticket_type.deleted", "{'epoch':6,'ticket_type_id':'" GENERAL_ID "'}");
    ck_assert(!availability_known(t.table, EVENT_ID, GENERAL_ID));
    ck_assert(is_asked_about());
    answer(ANSWER(EPOCH(6), 10, 50));
    shows(10);
    end();
}
END_TEST

CHECK_MAIN("availability_order", the_next_rev_counts,
           a_rev_that_no_fact_led_to_is_asked_about_and_sales_go_on_showing,
           an_epoch_that_nobody_answered_with_is_asked_about,
           a_greater_epoch_counts_whatever_the_rev,
           the_answer_stands_though_it_says_less_than_was_known,
           news_without_an_epoch_is_of_the_one_at_hand,
           what_comes_while_the_question_is_out_shows_at_once_and_after_the_answer,
           what_comes_while_the_question_is_out_counts_only_if_the_answer_leads_to_it,
           replies_may_run_ahead_of_facts_but_not_for_ever,
           versions_that_no_fact_led_to_are_asked_about, an_older_epoch_changes_nothing,
           a_deletion_is_asked_about)
