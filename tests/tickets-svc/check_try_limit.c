/* How often one thing may be tried in a while, in memory of a fixed size. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tickets-svc/try_limit.h"

#define NOW INT64_C(1000000)

START_TEST(so_many_tries_are_taken_and_no_more)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena);
    for (int i = 0; i < TRIES_A_MINUTE; i++)
        ck_assert(try_limit_take(limit, "order_1", NOW));
    ck_assert(!try_limit_take(limit, "order_1", NOW));
    ck_assert(try_limit_take(limit, "order_2", NOW));
}
END_TEST

START_TEST(tries_come_back_as_time_passes)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena);
    while (try_limit_take(limit, "order_1", NOW))
        ;
    ck_assert(!try_limit_take(limit, "order_1", NOW + 60000 / TRIES_A_MINUTE - 1));
    ck_assert(try_limit_take(limit, "order_1", NOW + 60000 / TRIES_A_MINUTE));
    ck_assert(!try_limit_take(limit, "order_1", NOW + 60000 / TRIES_A_MINUTE));
    int n = 0;
    while (try_limit_take(limit, "order_1", NOW + 3600000))
        n++;
    ck_assert_int_eq(n, TRIES_A_MINUTE); /* what is not used is not saved up */
}
END_TEST

/* A flood of other names makes room in its memory and no tries for one name in a row. */
START_TEST(memory_is_bounded)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct try_limit *limit = try_limit_new(arena);
    size_t size = talloc_total_size(limit);
    for (int i = 0; i < 100000; i++)
        ck_assert(try_limit_take(limit, mem_printf(arena, "order_%d", i), NOW));
    ck_assert_uint_eq(talloc_total_size(limit), size);
}
END_TEST

CHECK_MAIN("try_limit", so_many_tries_are_taken_and_no_more, tries_come_back_as_time_passes,
           memory_is_bounded)
