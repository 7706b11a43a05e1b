/* Streams of an event's availability: what each reader is sent, and when. Loop, server and
 * questions are the test's; so is time. */
#include "tickets-svc/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/ids.h"

#define NOW 1777658400000 /* 2026-05-01T18:00:00Z */
#define MOST 3

static struct {
    void *arena;
    struct availability_table *table;
    struct health *health;
    struct streams *streams;
    struct clock_time now;
    loop_hook *run;
    void *running;
    int64_t sleep;             /* that the last pass allowed */
    fact_follower_done *asked; /* NULL: no question is out */
    void *asking;
    int wakes, reads;
    const char *last_event_id;
    int64_t rev;
} t;

/* --- What streams stand on --- */

const struct clock_time *loop_now(const struct loop *loop)
{
    (void)loop;
    return &t.now;
}

void loop_each_pass(struct loop *loop, loop_hook *hook, void *user)
{
    (void)loop;
    t.run = hook;
    t.running = user;
}

int64_t fact_follower_as_of(const struct fact_follower *follower)
{
    (void)follower;
    return t.now.wall_ms;
}

void fact_follower_ask(struct fact_follower *follower, const char *event_id,
                       fact_follower_done *done, void *context)
{
    (void)follower;
    ck_assert_str_eq(event_id, EVENT_ID);
    ck_assert_ptr_null(t.asked);
    t.asked = done;
    t.asking = context;
}

void fact_follower_read(struct fact_follower *follower, const char *event_id)
{
    (void)follower;
    ck_assert_str_eq(event_id, EVENT_ID);
    t.reads++;
}

const char *http_header(const struct http_request *request, const char *name)
{
    (void)request;
    ck_assert_str_eq(name, "Last-Event-ID");
    return t.last_event_id;
}

void http_wake(struct http_request *request)
{
    (void)request;
    t.wakes++;
}

/* --- The event --- */

static void changed(void *context, const char *event_id)
{
    (void)context;
    if (t.streams != NULL)
        streams_changed(t.streams, event_id);
}

static void learn(const char *more)
{
    char *text = mem_printf(
        t.arena,
        "{\"status\":\"published\",\"version\":1,\"items\":[{\"ticket_type_id\":\"" GENERAL_ID
        "\",\"type\":\"general\",\"name\":\"Stalls\",\"price\":{\"amount\":1,\"currency\":\"EUR\"},"
        "\"capacity\":1000,\"sold\":0,\"held\":0,\"version\":1,\"rev\":1%s}]}",
        more);
    json_t *json = json_loads(text, 0, NULL);
    availability_ask(t.table, EVENT_ID, t.now.monotonic_ms);
    ck_assert_int_eq(availability_answer(t.table, EVENT_ID, json), 0);
    json_decref(json);
}

static void begin_with(const char *more)
{
    memset(&t, 0, sizeof t);
    t.arena = mem_arena(NULL, 0);
    t.now = (struct clock_time){.monotonic_ms = 5000, .wall_ms = NOW};
    t.table = availability_new(t.arena, changed, NULL);
    t.health = health_new(t.arena);
    t.rev = 1;
    t.streams = streams_new(
        t.arena, &(struct streams_config){.health = t.health, .table = t.table, .max = MOST});
    learn(more);
}

static void begin(void)
{
    begin_with("");
}

static void end(void)
{
    mem_free(t.arena);
}

static void told(const char *type, const char *body)
{
    json_t *json = json_loads(body, 0, NULL);
    ck_assert_int_eq(availability_fact(t.table, type, EVENT_ID, json), 0);
    json_decref(json);
}

static void sell_up_to(int64_t sold)
{
    t.rev++;
    told("order.placed",
         mem_printf(t.arena,
                    "{\"event_id\":\"" EVENT_ID "\",\"stock\":[{\"ticket_type_id\":\"" GENERAL_ID
                    "\",\"capacity\":1000,\"sold\":%lld,\"held\":0,\"rev\":%lld}]}",
                    (long long)sold, (long long)t.rev));
}

static void pass_ms(int64_t ms)
{
    t.now.monotonic_ms += ms;
    t.now.wall_ms += ms;
    t.sleep = t.run(t.running, &t.now);
}

static void answered(enum question_outcome outcome)
{
    fact_follower_done *asked = t.asked;
    ck_assert_ptr_nonnull(asked);
    t.asked = NULL;
    asked(t.asking, outcome);
}

/* --- A reader --- */

struct reader {
    struct http_request request;
    struct http_response response;
    ssize_t last; /* what the last pull said */
    char text[256 * 1024];
};

static struct reader *open_reader(void)
{
    struct reader *reader = mem_new(t.arena, struct reader);
    reader->request.arena = mem_arena(t.arena, 0);
    if (!streams_open(t.streams, &reader->request, EVENT_ID, &reader->response))
        return NULL;
    ck_assert_int_eq(reader->response.status, 200);
    ck_assert_str_eq(reader->response.content_type, "text/event-stream");
    return reader;
}

static void close_reader(struct reader *reader)
{
    mem_free(reader->request.arena);
}

/* All there is to be had now, `size` bytes at once. */
static const char *pull_by(struct reader *reader, size_t size)
{
    size_t length = 0;
    while ((reader->last =
                reader->response.pull(reader->response.pull_user, reader->text + length, size)) > 0)
        length += (size_t)reader->last;
    reader->text[length] = '\0';
    return reader->text;
}

static const char *pull(struct reader *reader)
{
    return pull_by(reader, 8192);
}

static int messages(const char *text)
{
    int n = 0;
    for (; (text = strstr(text, "\ndata: ")) != NULL; text++)
        n++;
    return n;
}

/* Of the last message. */
static int64_t sold(const char *text)
{
    const char *at = NULL;
    while ((text = strstr(text, "\"sold\":")) != NULL)
        at = text += strlen("\"sold\":");
    return at != NULL ? strtoll(at, NULL, 10) : -1;
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
           the_time_of_sale_begins_by_itself, it_ends_with_the_event,
           it_goes_on_when_the_event_is_still_there, its_event_is_kept_for_as_long_as_it_is_watched,
           it_shows_what_was_missed, what_is_shown_is_read_again_every_30_s,
           nothing_is_done_before_it_is_due, who_leaves_while_the_event_is_asked_for_is_not_missed,
           it_ends_when_the_service_stops, there_are_no_more_than_may_be)
