/* Streams of an event's availability: what each reader is sent, and when. Loop, server and
 * questions are the test's; so is time. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/ids.h"
#include "tests/tickets-svc/stream_fixture.h"
#include "tickets-svc/stream.h"

static int messages(const char *text)
{
    int n = 0;
    for (; (text = strstr(text, "\ndata: ")) != NULL; text++)
        n++;
    return n;
}

static char *id_of(const char *text)
{
    const char *at = strstr(text, "id: ");
    ck_assert_ptr_nonnull(at);
    return mem_strndup(t.arena, at + 4, strcspn(at + 4, "\n"));
}

START_TEST(a_stream_begins_with_what_is)
{
    begin();
    struct reader *reader = open_reader();
    const char *text = pull(reader);
    ck_assert_int_eq(reader->last, HTTP_PULL_LATER);
    ck_assert_ptr_eq(strstr(text, "retry: "), text);
    ck_assert_ptr_nonnull(
        strstr(text, "\nevent: availability\ndata: {\"event_id\":\"" EVENT_ID "\""));
    ck_assert_int_eq(messages(text), 1);
    ck_assert_str_eq(text + strlen(text) - 2, "\n\n");
    ck_assert_str_eq(pull(reader), "");
    end();
}
END_TEST

START_TEST(every_reader_is_woken_for_a_change_and_sees_it)
{
    begin();
    struct reader *one = open_reader(), *two = open_reader();
    (void)pull(one);
    (void)pull(two);
    t.wakes = 0;
    sell_up_to(5);
    ck_assert_int_eq(t.wakes, 2);
    ck_assert_int_eq(sold(pull(one)), 5);
    sell_up_to(6);
    ck_assert_int_eq(messages(pull(two)), 2);
    ck_assert_int_eq(sold(two->text), 6);
    ck_assert_int_eq(sold(pull(one)), 6);
    end();
}
END_TEST

START_TEST(what_changes_nothing_is_not_sent)
{
    begin();
    struct reader *reader = open_reader();
    (void)pull(reader);
    sell_up_to(0);
    pass_ms(1000);
    ck_assert_str_eq(pull(reader), "");
    end();
}
END_TEST

START_TEST(who_comes_back_is_sent_only_what_she_has_not_seen)
{
    begin();
    struct reader *reader = open_reader();
    t.last_event_id = id_of(pull(reader));
    close_reader(reader);
    struct reader *again = open_reader();
    ck_assert_str_eq(pull(again), ": \n\n"); /* the header goes out with something */
    sell_up_to(1);
    ck_assert_int_eq(sold(pull(again)), 1);
    close_reader(again);
    ck_assert_int_eq(messages(pull(open_reader())), 1);
    end();
}
END_TEST

START_TEST(who_reads_slowly_misses_some_but_never_the_last)
{
    begin();
    struct reader *reader = open_reader();
    for (int i = 1; i <= 200; i++)
        sell_up_to(i);
    ck_assert_int_lt(messages(pull(reader)), 100);
    ck_assert_int_eq(sold(reader->text), 200);
    end();
}
END_TEST

START_TEST(a_message_is_whole_however_small_the_buffer)
{
    begin();
    struct reader *one = open_reader(), *two = open_reader();
    const char *whole = pull(one);
    ck_assert_str_eq(pull_by(two, 7), whole);
    end();
}
END_TEST

START_TEST(silence_is_broken_after_15_s)
{
    begin();
    struct reader *reader = open_reader();
    (void)pull(reader);
    t.wakes = 0;
    pass_ms(14000);
    ck_assert_int_eq(t.wakes, 0);
    pass_ms(1000);
    ck_assert_int_eq(t.wakes, 1);
    ck_assert_str_eq(pull(reader), ": \n\n");
    pass_ms(1000);
    ck_assert_int_eq(t.wakes, 1);
    end();
}
END_TEST

START_TEST(it_ends_when_the_service_stops)
{
    begin();
    struct reader *reader = open_reader();
    (void)pull(reader);
    health_stopping(t.health);
    (void)pull(reader);
    ck_assert_int_eq(reader->last, HTTP_PULL_END);
    end();
}
END_TEST

START_TEST(there_are_no_more_than_may_be)
{
    begin();
    struct reader *reader = open_reader();
    for (int i = 1; i < MOST; i++)
        ck_assert_ptr_nonnull(open_reader());
    ck_assert_uint_eq(streams_count(t.streams), MOST);
    ck_assert_ptr_null(open_reader());
    close_reader(reader);
    ck_assert_ptr_nonnull(open_reader());
    end();
}
END_TEST

CHECK_MAIN("stream", a_stream_begins_with_what_is, every_reader_is_woken_for_a_change_and_sees_it,
           what_changes_nothing_is_not_sent, who_comes_back_is_sent_only_what_she_has_not_seen,
           who_reads_slowly_misses_some_but_never_the_last,
           a_message_is_whole_however_small_the_buffer, silence_is_broken_after_15_s,
           it_ends_when_the_service_stops, there_are_no_more_than_may_be)
