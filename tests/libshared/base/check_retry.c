/* How long what fails waits before it is tried again. */
#include "libshared/base/retry.h"

#include "tests/support/check_main.h"

START_TEST(each_pause_is_twice_the_last_up_to_the_longest)
{
    struct retry retry = {.first_ms = 100, .most_ms = 500};
    ck_assert(!retry_is_due(&retry, 1000000));
    ck_assert_int_eq(retry_plan(&retry, 1000), 1100);
    ck_assert(!retry_is_due(&retry, 1099));
    ck_assert(retry_is_due(&retry, 1100));
    ck_assert_int_eq(retry_plan(&retry, 1100), 1300);
    ck_assert_int_eq(retry_plan(&retry, 1300), 1700);
    ck_assert_int_eq(retry_plan(&retry, 1700), 2200);
    ck_assert_int_eq(retry_plan(&retry, 2200), 2700);
}
END_TEST

START_TEST(success_begins_with_the_first_pause_again)
{
    struct retry retry = {.first_ms = 100, .most_ms = 500};
    (void)retry_plan(&retry, 1000);
    (void)retry_plan(&retry, 1100);
    retry_reset(&retry);
    ck_assert(!retry_is_due(&retry, 1000000));
    ck_assert_int_eq(retry_plan(&retry, 2000), 2100);
}
END_TEST

START_TEST(what_is_cancelled_is_not_due_and_its_pause_counts)
{
    struct retry retry = {.first_ms = 100, .most_ms = 500};
    (void)retry_plan(&retry, 1000);
    retry_cancel(&retry);
    ck_assert(!retry_is_due(&retry, 1000000));
    ck_assert_int_eq(retry_plan(&retry, 2000), 2200);
}
END_TEST

CHECK_MAIN("retry", each_pause_is_twice_the_last_up_to_the_longest,
           success_begins_with_the_first_pause_again,
           what_is_cancelled_is_not_due_and_its_pause_counts)
