/* For how long messages have been there: never longer than they were, whatever clocks say. */
#include "tests/support/check_main.h"

#include "libshared/kafka/arrivals.h"

START_TEST(what_nobody_looked_for_counts_as_fresh)
{
    struct arrivals a = {.n = 0};
    ck_assert_int_eq(arrivals_age_ms(&a, 100000, 7), 0);
    arrivals_saw(&a, 100000, -1);
    ck_assert_int_eq(arrivals_age_ms(&a, 100000, 7), 0);
    arrivals_saw(&a, 100000, 7);
    ck_assert_int_eq(arrivals_age_ms(&a, 200000, 7), 0);
    ck_assert_int_eq(arrivals_age_ms(&a, 200000, 6), 100000);
}
END_TEST

START_TEST(a_message_is_as_old_as_the_first_look_that_saw_it)
{
    struct arrivals a = {.n = 0};
    for (int64_t i = 0; i < 10; i++)
        arrivals_saw(&a, 1000 + 100 * i, 5 * i);
    for (int64_t offset = 0; offset < 45; offset++)
        ck_assert_int_eq(arrivals_age_ms(&a, 10000, offset), 10000 - 1100 - offset / 5 * 100);
}
END_TEST

START_TEST(a_look_that_is_skipped_makes_nothing_older)
{
    struct arrivals a = {.n = 0};
    arrivals_saw(&a, 1000, 10);
    arrivals_saw(&a, 1001, 20);
    ck_assert_int_eq(arrivals_age_ms(&a, 9000, 15), 0);
    arrivals_saw(&a, 1100, 20);
    ck_assert_int_eq(arrivals_age_ms(&a, 9000, 15), 7900);
}
END_TEST

/* One message each 100 ms. */
START_TEST(the_older_a_message_the_coarser_and_never_too_old)
{
    struct arrivals a = {.n = 0};
    const int64_t n = 3000, now = 100 * n;
    for (int64_t i = 0; i < n; i++)
        arrivals_saw(&a, 100 * i, i + 1);
    for (int64_t offset = 0; offset < n; offset++) {
        const int64_t is = now - 100 * offset, age = arrivals_age_ms(&a, now, offset);
        ck_assert_int_le(age, is);
        ck_assert_int_ge(age, is - is / 4 - 200);
    }
}
END_TEST

START_TEST(a_log_that_ends_earlier_is_another)
{
    struct arrivals a = {.n = 0};
    arrivals_saw(&a, 1000, 1000);
    arrivals_saw(&a, 90000, 3);
    ck_assert_int_eq(arrivals_age_ms(&a, 91000, 2), 1000);
    ck_assert_int_eq(arrivals_age_ms(&a, 91000, 3), 0);
}
END_TEST

CHECK_MAIN("arrivals", what_nobody_looked_for_counts_as_fresh,
           a_message_is_as_old_as_the_first_look_that_saw_it,
           a_look_that_is_skipped_makes_nothing_older,
           the_older_a_message_the_coarser_and_never_too_old, a_log_that_ends_earlier_is_another)
