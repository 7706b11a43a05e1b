/* What a fence as stored means to a writer that committed by it. Needs no database. */
#include "tests/support/check_main.h"

#include "db-svc/store/fence.h"

static const struct fence given = {.epoch = 5, .batch = 8};

static enum store_outcome compared(bool owned, int64_t epoch, int64_t batch)
{
    const struct fence_now now = {
        .exists = true, .owned = owned, .fence = {.epoch = epoch, .batch = batch}};
    return fence_compare(&now, &given);
}

START_TEST(a_fence_as_given_says_that_the_batch_was_committed)
{
    ck_assert_int_eq(compared(true, 5, 8), STORE_COMMITTED);
    ck_assert_int_eq(compared(true, 5, 7), STORE_CONFLICT);
}
END_TEST

/* A later take-over fences what came before, and be it by the same process. */
START_TEST(a_fence_that_was_raised_since_is_anothers)
{
    ck_assert_int_eq(compared(false, 6, 8), STORE_FENCED);
    ck_assert_int_eq(compared(true, 6, 8), STORE_FENCED);
    ck_assert_int_eq(compared(true, 6, 7), STORE_FENCED);
    ck_assert_int_eq(compared(false, 5, 8), STORE_FENCED);
}
END_TEST

START_TEST(a_fence_that_fell_or_is_gone_says_that_the_database_was_set_back)
{
    const struct fence_now gone = fence_nobody(0);
    ck_assert_int_eq(fence_compare(&gone, &given), STORE_SET_BACK);
    ck_assert_int_eq(compared(true, 4, 8), STORE_SET_BACK);
    ck_assert_int_eq(compared(false, 4, 8), STORE_SET_BACK);
    ck_assert_int_eq(compared(true, 5, 6), STORE_SET_BACK);
    ck_assert_int_eq(compared(true, 5, 9), STORE_SET_BACK);
}
END_TEST

CHECK_MAIN("fence", a_fence_as_given_says_that_the_batch_was_committed,
           a_fence_that_was_raised_since_is_anothers,
           a_fence_that_fell_or_is_gone_says_that_the_database_was_set_back)
