/* How a stream follows its event: it is kept, read again, and ends with it. */
#include "tests/support/check_main.h"

#include <string.h>

#include "tests/support/ids.h"
#include "tests/tickets-svc/stream_fixture.h"
#include "tickets-svc/stream.h"

static void answered(enum question_outcome outcome)
{
    fact_follower_done *asked = t.asked;
    ck_assert_ptr_nonnull(asked);
    t.asked = NULL;
    asked(t.asking, outcome);
}

START_TEST(the_time_of_sale_begins_by_itself)
{
    begin_with(",\"sales_start\":\"2026-05-01T18:00:10Z\"");
    struct reader *reader = open_reader();
    ck_assert_ptr_nonnull(strstr(pull(reader), "\"on_sale\":false"));
    pass_ms(9000);
    ck_assert_str_eq(pull(reader), "");
    pass_ms(1000);
    ck_assert_ptr_nonnull(strstr(pull(reader), "\"on_sale\":true"));
    end();
}
END_TEST

START_TEST(the_time_of_sale_ends_with_the_event_by_itself)
{
    begin();
    struct reader *reader = open_reader();
    ck_assert_ptr_nonnull(strstr(pull(reader), "\"on_sale\":true"));
    told("event.updated", "{\"event_id\":\"" EVENT_ID "\",\"status\":\"published\","
                          "\"version\":2,\"over_at\":\"2026-05-01T18:00:10Z\"}");
    pass_ms(9000);
    ck_assert_str_eq(pull(reader), "");
    pass_ms(1000);
    ck_assert_ptr_nonnull(strstr(pull(reader), "\"on_sale\":false"));
    end();
}
END_TEST

START_TEST(it_ends_with_the_event)
{
    begin();
    struct reader *reader = open_reader();
    (void)pull(reader);
    told("event.deleted", "{\"event_id\":\"" EVENT_ID "\"}");
    pass_ms(0);
    ck_assert_ptr_nonnull(t.asked);
    ck_assert_int_eq(reader->last, HTTP_PULL_LATER);
    t.wakes = 0;
    answered(QUESTION_NO_EVENT);
    ck_assert_int_eq(t.wakes, 1);
    (void)pull(reader);
    ck_assert_int_eq(reader->last, HTTP_PULL_END);
    end();
}
END_TEST

START_TEST(it_goes_on_when_the_event_is_still_there)
{
    begin();
    struct reader *reader = open_reader();
    (void)pull(reader);
    told("event.deleted", "{\"event_id\":\"" EVENT_ID "\"}");
    pass_ms(0);
    answered(QUESTION_UNANSWERED);
    pass_ms(999);
    ck_assert_ptr_null(t.asked);
    pass_ms(1);
    pass_ms(1000);
    ck_assert_ptr_nonnull(t.asked); /* one question is enough */
    learn(",\"sales_end\":\"2026-05-01T17:00:00Z\"");
    answered(QUESTION_ANSWERED);
    ck_assert_ptr_nonnull(strstr(pull(reader), "\"on_sale\":false"));
    end();
}
END_TEST

START_TEST(its_event_is_kept_for_as_long_as_it_is_watched)
{
    begin();
    struct reader *one = open_reader(), *two = open_reader();
    for (int minute = 0; minute < 20; minute++) {
        pass_ms(60000);
        availability_tidy(t.table, t.now.monotonic_ms);
    }
    ck_assert(availability_known(t.table, EVENT_ID, NULL));
    close_reader(one);
    sell_up_to(3);
    ck_assert_int_eq(sold(pull(two)), 3);
    close_reader(two);
    availability_tidy(t.table, t.now.monotonic_ms + 3600000);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    end();
}
END_TEST

/* What was missed is asked for by itself, and then shown. */
START_TEST(it_shows_what_was_missed)
{
    begin();
    struct reader *reader = open_reader();
    (void)pull(reader);
    pass_ms(1000);
    availability_forget(t.table);
    ck_assert_str_eq(availability_gap(t.table, t.now.monotonic_ms), EVENT_ID);
    learn(",\"sales_end\":\"2026-05-01T17:00:00Z\"");
    ck_assert_ptr_nonnull(strstr(pull(reader), "\"on_sale\":false"));
    end();
}
END_TEST

START_TEST(what_is_shown_is_read_again_every_30_s)
{
    begin();
    struct reader *reader = open_reader();
    (void)pull(reader);
    pass_ms(0);
    ck_assert_int_eq(t.reads, 1);
    for (int second = 1; second <= 60; second++) {
        sell_up_to(second);
        pass_ms(1000);
        ck_assert_int_eq(t.reads, 1 + second / 30);
    }
    end();
}
END_TEST

START_TEST(nothing_is_done_before_it_is_due)
{
    begin_with(",\"sales_start\":\"2026-05-01T18:00:10Z\"");
    pass_ms(0);
    ck_assert_int_eq(t.sleep, LOOP_ANY_SLEEP);
    (void)pull(open_reader());
    pass_ms(0);
    ck_assert_int_eq(t.sleep, 10000); /* the time of sale begins */
    pass_ms(10000);
    ck_assert_int_eq(t.sleep, 5000); /* it was silent for so long */
    pass_ms(5000);
    ck_assert_int_eq(t.sleep, 15000);
    end();
}
END_TEST

START_TEST(who_leaves_while_the_event_is_asked_for_is_not_missed)
{
    begin();
    struct reader *reader = open_reader();
    told("event.deleted", "{\"event_id\":\"" EVENT_ID "\"}");
    pass_ms(0);
    close_reader(reader);
    ck_assert_uint_eq(streams_count(t.streams), 0);
    answered(QUESTION_UNANSWERED);
    pass_ms(1000);
    ck_assert_ptr_null(t.asked);
    end();
}
END_TEST

CHECK_MAIN("stream_event", the_time_of_sale_begins_by_itself,
           the_time_of_sale_ends_with_the_event_by_itself, it_ends_with_the_event,
           it_goes_on_when_the_event_is_still_there, its_event_is_kept_for_as_long_as_it_is_watched,
           it_shows_what_was_missed, what_is_shown_is_read_again_every_30_s,
           nothing_is_done_before_it_is_due, who_leaves_while_the_event_is_asked_for_is_not_missed)
