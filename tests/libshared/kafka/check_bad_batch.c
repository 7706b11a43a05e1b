/* The end of a batch that cannot be unpacked is found exactly, in few steps. */
#include "tests/support/check_main.h"

#include "libshared/kafka/bad_batch.h"

/* Reads a log of `end` offsets whose batch first..last is bad, as a reader would. */
static int64_t search(int64_t first, int64_t last, int64_t end, int *ret_steps)
{
    struct bad_batch bad = {0};
    int64_t at = bad_batch_failed(&bad, first, end);
    for (*ret_steps = 1; !bad_batch_found(&bad); (*ret_steps)++) {
        ck_assert_int_lt(*ret_steps, 100);
        ck_assert_int_gt(at, first);
        ck_assert_int_lt(at, end);
        at = at <= last ? bad_batch_failed(&bad, first, end) : bad_batch_read(&bad);
    }
    ck_assert_int_eq(bad.first, first);
    ck_assert_int_eq(at, bad.behind);
    return at;
}

START_TEST(the_end_is_found_wherever_it_is)
{
    for (int64_t last = 7; last < 300; last++)
        for (int64_t end = last + 1; end < 310; end += 1 + (last % 5)) {
            int steps;
            ck_assert_int_eq(search(7, last, end, &steps), last + 1);
            ck_assert_int_le(steps, 20);
        }
}
END_TEST

START_TEST(a_large_batch_before_a_long_log_takes_few_steps)
{
    int steps;
    ck_assert_int_eq(search(0, 9999, 1000000, &steps), 10000);
    ck_assert_int_le(steps, 32);
}
END_TEST

START_TEST(a_single_message_at_the_end_of_the_log_takes_none)
{
    struct bad_batch bad = {0};
    ck_assert_int_eq(bad_batch_failed(&bad, 5, 6), 6);
    ck_assert(bad_batch_found(&bad));
}
END_TEST

START_TEST(an_unknown_end_is_taken_for_the_next_offset)
{
    struct bad_batch bad = {0};
    ck_assert_int_eq(bad_batch_failed(&bad, 5, -1), 6);
    ck_assert(bad_batch_found(&bad));
}
END_TEST

CHECK_MAIN("bad_batch", the_end_is_found_wherever_it_is,
           a_large_batch_before_a_long_log_takes_few_steps,
           a_single_message_at_the_end_of_the_log_takes_none,
           an_unknown_end_is_taken_for_the_next_offset)
