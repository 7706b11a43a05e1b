/* How many messages begin in a second. */
#include "notify-svc/rate.h"

#include "tests/support/check_main.h"

#define SECOND INT64_C(1000000)

/* How many are let through from `from` to `to`, asking every millisecond. */
static int64_t through(struct rate *rate, int64_t from, int64_t to)
{
    int64_t n = 0;
    for (int64_t now = from; now < to; now += 1000)
        while (rate_take(rate, now))
            n++;
    return n;
}

START_TEST(as_many_as_asked_for_in_a_second)
{
    static const int64_t rates[] = {1, 7, 20, 333, 1000, 2500};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct rate rate;
        rate_open(&rate, rates[i], 5 * SECOND);
        int64_t first = through(&rate, 5 * SECOND, 6 * SECOND);
        int64_t more = through(&rate, 6 * SECOND, 16 * SECOND);
        ck_assert_int_ge(first, rates[i]);
        ck_assert_int_le(first, rates[i] + rates[i] / 10 + 1);
        ck_assert_int_ge(more, 10 * rates[i] - 1);
        ck_assert_int_le(more, 10 * rates[i] + 1);
    }
}
END_TEST

START_TEST(a_pause_is_not_made_up_for)
{
    struct rate rate;
    rate_open(&rate, 20, 0);
    (void)through(&rate, 0, SECOND);
    int64_t after = through(&rate, 100 * SECOND, 101 * SECOND);
    ck_assert_int_le(after, 22);
    rate_open(&rate, 1000000, 0);
    ck_assert(rate_take(&rate, INT64_MAX / 2));
}
END_TEST

START_TEST(the_wait_is_as_long_as_it_takes)
{
    struct rate rate;
    rate_open(&rate, 2, 0);
    ck_assert_int_eq(rate_wait_ms(&rate, 0), 0);
    ck_assert(rate_take(&rate, 0));
    ck_assert_int_eq(rate_wait_ms(&rate, 0), 500);
    ck_assert(!rate_take(&rate, 499000));
    ck_assert_int_eq(rate_wait_ms(&rate, 499000), 1);
    ck_assert(rate_take(&rate, 500000));
}
END_TEST

START_TEST(without_a_rate_nothing_waits)
{
    struct rate rate;
    rate_open(&rate, 0, 0);
    for (int i = 0; i < 100000; i++)
        ck_assert(rate_take(&rate, 0));
    ck_assert_int_eq(rate_wait_ms(&rate, 0), 0);
}
END_TEST

CHECK_MAIN("rate", as_many_as_asked_for_in_a_second, a_pause_is_not_made_up_for,
           the_wait_is_as_long_as_it_takes, without_a_rate_nothing_waits)
