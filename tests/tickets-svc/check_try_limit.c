/* How often somebody may fail at one thing in a while, in memory of a fixed size. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tickets-svc/try_limit.h"

#define NOW INT64_C(1000000)
#define TRIES_A_MINUTE 30

static bool may(struct try_limit *limit, const char *who, const char *token, int64_t now)
{
    return try_limit_allows(limit, &(struct try_limit_try){who, token}, now);
}

static void miss(struct try_limit *limit, const char *who, int64_t now)
{
    try_limit_failed(limit, &(struct try_limit_try){who, "wrong"}, now);
}

/* How often somebody fails until no more is allowed. */
static int miss_all(struct try_limit *limit, const char *who, int64_t now)
{
    int n = 0;
    for (; may(limit, who, "wrong", now); n++)
        miss(limit, who, now);
    return n;
}

START_TEST(so_many_may_fail_and_no_more)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena, TRIES_A_MINUTE);
    ck_assert_int_eq(miss_all(limit, "one/order_1", NOW), TRIES_A_MINUTE);
    ck_assert(!may(limit, "one/order_1", "another", NOW));
    ck_assert(may(limit, "one/order_2", "wrong", NOW) && may(limit, "two/order_1", "wrong", NOW));
}
END_TEST

START_TEST(what_costs_much_counts_right_or_wrong)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena, TRIES_A_MINUTE);
    for (int i = 0; i < TRIES_A_MINUTE; i++)
        ck_assert(try_limit_take(limit, "one", NOW));
    ck_assert(!try_limit_take(limit, "one", NOW));
    ck_assert(try_limit_take(limit, "two", NOW));
    ck_assert(try_limit_take(limit, "one", NOW + 60000 / TRIES_A_MINUTE));
    ck_assert(!try_limit_take(limit, "one", NOW + 60000 / TRIES_A_MINUTE));
}
END_TEST

START_TEST(what_does_not_fail_does_not_count)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena, TRIES_A_MINUTE);
    for (int i = 0; i < 10 * TRIES_A_MINUTE; i++) {
        ck_assert(may(limit, "one", "right", NOW));
        try_limit_passed(limit, &(struct try_limit_try){"one", "right"});
    }
    ck_assert_int_eq(miss_all(limit, "one", NOW), TRIES_A_MINUTE);
}
END_TEST

START_TEST(what_was_right_stays_so_whoever_fails)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena, TRIES_A_MINUTE);
    try_limit_passed(limit, &(struct try_limit_try){"one", "right"});
    (void)miss_all(limit, "one", NOW);
    (void)miss_all(limit, "two", NOW);
    ck_assert(may(limit, "one", "right", NOW) && may(limit, "two", "right", NOW));
    ck_assert(!may(limit, "one", "left", NOW));
    /* Until it is so no more, as when the address was corrected. */
    try_limit_failed(limit, &(struct try_limit_try){"one", "right"}, NOW);
    ck_assert(!may(limit, "one", "right", NOW));
}
END_TEST

START_TEST(tries_come_back_as_time_passes)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena, TRIES_A_MINUTE);
    (void)miss_all(limit, "one", NOW);
    ck_assert_int_eq(miss_all(limit, "one", NOW + 60000 / TRIES_A_MINUTE - 1), 0);
    ck_assert_int_eq(miss_all(limit, "one", NOW + 60000 / TRIES_A_MINUTE), 1);
    /* What is not used is not saved up. */
    ck_assert_int_eq(miss_all(limit, "one", NOW + 3600000), TRIES_A_MINUTE);
}
END_TEST

/* A flood of other names makes room in its memory and no tries for one name in a row. */
START_TEST(memory_is_bounded)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena, TRIES_A_MINUTE);
    size_t size = talloc_total_size(limit);
    for (int i = 0; i < 100000; i++) {
        const char *who = mem_printf(arena, "order_%d", i);
        ck_assert(may(limit, who, "wrong", NOW));
        miss(limit, who, NOW);
        try_limit_passed(limit, &(struct try_limit_try){who, who});
    }
    ck_assert_uint_eq(talloc_total_size(limit), size);
}
END_TEST

CHECK_MAIN("try_limit", so_many_may_fail_and_no_more, what_costs_much_counts_right_or_wrong,
           what_does_not_fail_does_not_count, what_was_right_stays_so_whoever_fails,
           tries_come_back_as_time_passes, memory_is_bounded)
