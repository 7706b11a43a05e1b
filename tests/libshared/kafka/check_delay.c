/* How old a message is, by clocks that step and brokers whose clocks differ. */
#include "tests/support/check_main.h"

#include "libshared/kafka/delay.h"

#define HOUR INT64_C(3600000)

/* Messages that are read as they come, one each 100 ms, 5 ms after they were written. */
struct stream {
    struct delay delay;
    int64_t now, broker, offset; /* broker: its clock, when ours is at `now` */
};

static void begin(struct stream *stream, int64_t ahead)
{
    *stream = (struct stream){.now = 1000000, .broker = 1000000 + ahead};
    delay_begin(&stream->delay);
}

static void flow(struct stream *stream, int64_t for_ms)
{
    for (int64_t end = stream->now + for_ms; stream->now < end;) {
        stream->now += 100;
        stream->broker += 100;
        delay_saw(&stream->delay, stream->now, stream->broker - 5, stream->offset,
                  stream->offset + 1);
        stream->offset++;
    }
}

static int64_t age(const struct stream *stream, int64_t written_ago)
{
    return delay_age_ms(&stream->delay, stream->now, stream->broker - written_ago);
}

START_TEST(while_nothing_is_known_a_message_is_fresh)
{
    struct stream s;
    begin(&s, 0);
    ck_assert_int_eq(age(&s, HOUR), 0);
}
END_TEST

START_TEST(the_difference_of_the_clocks_does_not_count)
{
    for (int64_t ahead = -HOUR; ahead <= HOUR; ahead += HOUR) {
        struct stream s;
        begin(&s, ahead);
        flow(&s, 2000);
        ck_assert_int_eq(age(&s, 5), 0);
        ck_assert_int_eq(age(&s, 7005), 7000);
    }
}
END_TEST

START_TEST(a_step_of_the_brokers_clock_is_followed_within_a_second)
{
    for (int64_t step = -HOUR; step <= HOUR; step += 2 * HOUR) {
        struct stream s;
        begin(&s, 0);
        flow(&s, 5000);
        s.broker += step;
        flow(&s, 1100);
        ck_assert_int_eq(age(&s, 5), 0);
        ck_assert_int_eq(age(&s, 7005), 7000);
    }
}
END_TEST

START_TEST(a_backlog_is_as_old_as_it_is)
{
    struct stream s;
    begin(&s, -HOUR);
    flow(&s, 2000);
    /* Nobody read for a minute, in which a hundred were written. */
    s.now += 60000;
    s.broker += 60000;
    delay_begin(&s.delay);
    for (int64_t i = 0; i < 100; i++) {
        const int64_t written = s.broker - 60000 + 600 * i;
        delay_saw(&s.delay, s.now, written, s.offset + i, s.offset + 100);
        ck_assert_int_eq(delay_age_ms(&s.delay, s.now, written), 60000 - 600 * i - 5);
    }
    s.offset += 100;
    flow(&s, 1000);
    ck_assert_int_eq(age(&s, 7005), 7000);
}
END_TEST

START_TEST(a_queue_that_grows_is_no_step_of_a_clock)
{
    struct stream s;
    begin(&s, 0);
    flow(&s, 2000);
    /* Twice as much is written as can be read. */
    int64_t written = s.broker, end = s.offset;
    for (int64_t i = 0; i < 4000; i++) {
        s.now += 2;
        s.broker += 2;
        written += 1;
        end += 2;
        delay_saw(&s.delay, s.now, written, s.offset++, end);
    }
    ck_assert_int_ge(delay_age_ms(&s.delay, s.now, written), 3500);
}
END_TEST

CHECK_MAIN("delay", while_nothing_is_known_a_message_is_fresh,
           the_difference_of_the_clocks_does_not_count,
           a_step_of_the_brokers_clock_is_followed_within_a_second, a_backlog_is_as_old_as_it_is,
           a_queue_that_grows_is_no_step_of_a_clock)
