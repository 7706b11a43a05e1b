/* What is asked about by itself, and when; what is forgotten. */
#include "tickets-svc/availability.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/followed.h"
#include "tests/support/ids.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };

#define ANSWER_AS(status)                                                                          \
    "{'status':'" status "','version':1,'epoch':1,'items':[{'ticket_type_id':'" GENERAL_ID         \
    "','type':'general','name':'N','price':{'amount':1,'currency':'EUR'},'capacity':100,"          \
    "'sold':2,'held':0,'version':1,'rev':3}]}"
#define ANSWER ANSWER_AS("published")
#define FORGED                                                                                     \
    "{'stock':[{'ticket_type_id':'" GENERAL_ID "','capacity':100,'sold':9,'held':0,'rev':900}]}"

static struct followed t;

static void learn_as(const char *answer)
{
    followed_ask(&t);
    ck_assert_int_eq(followed_answer(&t, answer), 0);
}

static void begin(void)
{
    followed_open(&t);
    learn_as(ANSWER);
}

static void end(void)
{
    followed_close(&t);
}

static void pass(int64_t ms)
{
    t.now_ms += ms;
    availability_tidy(t.table, t.now_ms);
}

static bool is_due(void)
{
    return availability_gap(t.table, t.now_ms) != NULL;
}

static bool read_now(void)
{
    return availability_read(t.table, EVENT_ID, t.now_ms);
}

static bool is_kept(void)
{
    return availability_follows(t.table, EVENT_ID, strlen(EVENT_ID));
}

START_TEST(no_event_is_asked_about_by_itself_twice_in_a_second)
{
    begin();
    pass(100);
    ck_assert_int_eq(followed_fact(&t, "order.placed", FORGED), 0);
    ck_assert(!is_due());
    pass(899);
    ck_assert(!is_due());
    pass(1);
    ck_assert(is_due());
    followed_ask(&t);
    ck_assert(!is_due());
    ck_assert_int_eq(followed_answer(&t, ANSWER), 0);
    pass(5 * SECOND);
    ck_assert(!is_due());
    end();
}
END_TEST

START_TEST(a_gap_is_asked_about_at_once_when_the_last_question_is_long_ago)
{
    begin();
    pass(2 * SECOND);
    ck_assert_int_eq(followed_fact(&t, "order.placed", FORGED), 0);
    ck_assert(is_due());
    end();
}
END_TEST

START_TEST(a_gap_stays_one_until_it_is_answered)
{
    begin();
    pass(2 * SECOND);
    ck_assert_int_eq(followed_fact(&t, "order.placed", FORGED), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert(is_due());
        followed_ask(&t);
        pass(5 * SECOND);
        ck_assert(!is_due());
        availability_no_answer(t.table, EVENT_ID);
    }
    ck_assert(is_due());
    learn_as(ANSWER);
    pass(5 * SECOND);
    ck_assert(!is_due());
    end();
}
END_TEST

START_TEST(a_reader_has_an_event_asked_about_anew_after_30_s)
{
    begin();
    pass(29 * SECOND);
    ck_assert(!read_now());
    pass(1 * SECOND);
    ck_assert(!is_due()); /* nobody reads it */
    ck_assert(read_now());
    followed_ask(&t);
    ck_assert(!read_now());
    availability_no_answer(t.table, EVENT_ID);
    ck_assert(!read_now());
    pass(1 * SECOND);
    ck_assert(read_now());
    learn_as(ANSWER);
    pass(29 * SECOND);
    ck_assert(!read_now());
    ck_assert(!availability_read(t.table, "event_that_is_not_there", t.now_ms));
    end();
}
END_TEST

START_TEST(an_event_that_nobody_reads_is_forgotten_after_minutes)
{
    begin();
    pass(4 * MINUTE);
    (void)read_now();
    pass(4 * MINUTE);
    ck_assert(is_kept());
    pass(1 * MINUTE);
    ck_assert(!is_kept());
    learn_as(ANSWER);
    ck_assert(availability_known(t.table, EVENT_ID, GENERAL_ID));
    end();
}
END_TEST

START_TEST(an_event_that_is_asked_about_is_not_forgotten)
{
    begin();
    followed_ask(&t);
    pass(20 * MINUTE);
    ck_assert(is_kept());
    ck_assert_int_eq(followed_answer(&t, ANSWER), 0);
    ck_assert(availability_known(t.table, EVENT_ID, GENERAL_ID));
    pass(10 * MINUTE);
    ck_assert(!is_kept());
    end();
}
END_TEST

START_TEST(an_event_that_is_over_is_forgotten_at_once)
{
    static const char *const over[] = {
        "{'epoch':1,'status':'finished','version':2}",
        "{'epoch':1,'status':'cancelled','version':2}",
    };
    for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
        begin();
        ck_assert_int_eq(followed_fact(&t, "event.updated", over[i]), 0);
        ck_assert(availability_known(t.table, EVENT_ID, GENERAL_ID));
        pass(0);
        ck_assert(!is_kept());
        end();
    }
    followed_open(&t);
    learn_as(ANSWER_AS("finished"));
    ck_assert(availability_known(t.table, EVENT_ID, GENERAL_ID)); /* for who asked */
    (void)read_now();
    pass(0);
    ck_assert(!is_kept());
    end();
}
END_TEST

START_TEST(an_event_that_is_watched_stays)
{
    begin();
    availability_watch(t.table, EVENT_ID, true, t.now_ms);
    availability_watch(t.table, EVENT_ID, true, t.now_ms);
    pass(20 * MINUTE);
    ck_assert(is_kept());
    ck_assert_int_eq(
        followed_fact(&t, "event.cancelled", "{'epoch':1,'status':'cancelled','version':2}"), 0);
    pass(20 * MINUTE);
    ck_assert(is_kept());
    availability_watch(t.table, EVENT_ID, false, t.now_ms);
    pass(0);
    ck_assert(!is_kept());
    availability_watch(t.table, EVENT_ID, false, t.now_ms);
    end();
}
END_TEST

START_TEST(facts_that_were_missed_have_a_watched_event_asked_about)
{
    begin();
    availability_watch(t.table, EVENT_ID, true, t.now_ms);
    pass(5 * SECOND);
    availability_forget(t.table);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    for (int i = 0; i < 2; i++) {
        ck_assert(is_due());
        followed_ask(&t);
        availability_no_answer(t.table, EVENT_ID);
        pass(5 * SECOND);
    }
    learn_as(ANSWER);
    ck_assert(availability_known(t.table, EVENT_ID, GENERAL_ID));
    pass(20 * MINUTE);
    ck_assert(is_kept());
    end();
}
END_TEST

/* --- Many events --- */

static const char *event_id(int i)
{
    static char id[48];
    (void)snprintf(id, sizeof id, "event_01jz3w4v9he8qb2m5x%08d", i);
    return id;
}

static void learn(int i, json_t *answer)
{
    char type_id[48];
    (void)snprintf(type_id, sizeof type_id, "tkttype_01jz3w4v9he8qb2m5x%08d", i);
    (void)json_object_set_new(json_array_get(json_object_get(answer, "items"), 0), "ticket_type_id",
                              json_string(type_id));
    availability_ask(t.table, event_id(i), t.now_ms);
    ck_assert_int_eq(availability_answer(t.table, event_id(i), answer), 0);
}

static bool is_known(int i)
{
    return availability_known(t.table, event_id(i), NULL);
}

static size_t in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

START_TEST(the_least_recently_read_go_first_when_there_are_too_many)
{
    enum { EVENTS = 30000 };
    followed_open(&t);
    json_t *answer = followed_json(&t, ANSWER);
    for (int i = 0; i < EVENTS; i++) {
        learn(i, answer);
        ck_assert(is_known(i));
        if (i == 1)
            availability_watch(t.table, event_id(1), true, t.now_ms);
        (void)availability_read(t.table, event_id(0), t.now_ms);
    }
    ck_assert(is_known(0));
    ck_assert(is_known(1));
    ck_assert(!is_known(2));
    ck_assert(!is_known(EVENTS / 2));
    ck_assert(is_known(EVENTS - 1));
    ck_assert(is_known(EVENTS - 5000));
    json_decref(answer);
    end();
}
END_TEST

START_TEST(a_hundred_thousand_events_read_once_leave_little_behind)
{
    enum { EVENTS = 100000, LIMIT = 16 * 1024 * 1024, LEFT = 1024 * 1024 };
    followed_open(&t);
    json_t *answer = followed_json(&t, ANSWER);
    size_t before = in_use(), most = 0;
    for (int i = 0; i < EVENTS; i++) {
        learn(i, answer);
        if (i % 1000 == 0 && in_use() - before > most)
            most = in_use() - before;
    }
    ck_assert_msg(most < LIMIT, "%zu", most);
    for (int i = 0; i < 100; i++)
        pass(MINUTE);
    ck_assert(!is_known(EVENTS - 1));
    ck_assert_uint_lt(in_use(), before + LEFT);
    json_decref(answer);
    end();
}
END_TEST

CHECK_MAIN("availability_upkeep", no_event_is_asked_about_by_itself_twice_in_a_second,
           a_gap_is_asked_about_at_once_when_the_last_question_is_long_ago,
           a_gap_stays_one_until_it_is_answered, a_reader_has_an_event_asked_about_anew_after_30_s,
           an_event_that_nobody_reads_is_forgotten_after_minutes,
           an_event_that_is_asked_about_is_not_forgotten,
           an_event_that_is_over_is_forgotten_at_once, an_event_that_is_watched_stays,
           facts_that_were_missed_have_a_watched_event_asked_about,
           the_least_recently_read_go_first_when_there_are_too_many,
           a_hundred_thousand_events_read_once_leave_little_behind)
