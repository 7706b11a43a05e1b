/* What may be committed: everything before the first message that is still open. */
#include "notify-svc/offsets.h"

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

START_TEST(nothing_can_be_committed_before_something_ends)
{
    struct offsets *offsets = offsets_new(NULL);
    int64_t next = -7;
    ck_assert(!offsets_advanced(offsets, &next));
    offsets_begin(offsets, 10);
    ck_assert(!offsets_advanced(offsets, &next));
    ck_assert_int_eq(next, -7);
    mem_free(offsets);
}
END_TEST

START_TEST(an_open_message_holds_back_those_behind_it)
{
    struct offsets *offsets = offsets_new(NULL);
    int64_t next;
    for (int64_t offset = 10; offset < 14; offset++)
        offsets_begin(offsets, offset);
    offsets_end(offsets, 11);
    offsets_end(offsets, 12);
    ck_assert(!offsets_advanced(offsets, &next));
    offsets_end(offsets, 10);
    ck_assert(offsets_advanced(offsets, &next));
    ck_assert_int_eq(next, 13);
    ck_assert(!offsets_advanced(offsets, &next));
    mem_free(offsets);
}
END_TEST

START_TEST(gaps_between_offsets_are_passed)
{
    struct offsets *offsets = offsets_new(NULL);
    int64_t next;
    offsets_begin(offsets, 5);
    offsets_begin(offsets, 9);
    offsets_end(offsets, 5);
    ck_assert(offsets_advanced(offsets, &next));
    ck_assert_int_eq(next, 9);
    offsets_end(offsets, 9);
    ck_assert(offsets_advanced(offsets, &next));
    ck_assert_int_eq(next, 10);
    mem_free(offsets);
}
END_TEST

START_TEST(a_long_row_that_ends_backwards_is_committed_at_once)
{
    struct offsets *offsets = offsets_new(NULL);
    int64_t next;
    for (int64_t offset = 0; offset < 1000; offset++)
        offsets_begin(offsets, offset);
    for (int64_t offset = 999; offset > 0; offset--)
        offsets_end(offsets, offset);
    ck_assert(!offsets_advanced(offsets, &next));
    offsets_end(offsets, 0);
    ck_assert(offsets_advanced(offsets, &next));
    ck_assert_int_eq(next, 1000);
    mem_free(offsets);
}
END_TEST

CHECK_MAIN("offsets", nothing_can_be_committed_before_something_ends,
           an_open_message_holds_back_those_behind_it, gaps_between_offsets_are_passed,
           a_long_row_that_ends_backwards_is_committed_at_once)
