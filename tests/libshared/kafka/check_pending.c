#include "libshared/kafka/pending.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static int numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};

static struct pending_caller caller(int i)
{
    return (struct pending_caller){.context = &numbers[i]};
}

static int number(struct pending_caller c)
{
    return *(const int *)c.context;
}

struct added {
    char id[PENDING_ID_SIZE];
    uint64_t tag;
};

static struct added add(struct pending *pending, int i, int64_t deadline)
{
    struct added added;
    uint8_t random[PENDING_RANDOM] = {(uint8_t)i, 0xab};
    ck_assert_int_eq(pending_add(pending, caller(i), deadline, random, added.id, &added.tag), 0);
    return added;
}

static bool take(struct pending *pending, const char *id, struct pending_caller *ret)
{
    return pending_take(pending, id, strlen(id), ret);
}

START_TEST(an_id_is_the_instance_and_the_random_bits)
{
    struct pending *pending = pending_new(NULL, "one-", 4);
    struct added a = add(pending, 3, 10);
    ck_assert_str_eq(a.id, "one-03ab0000000000000000000000000000");
    ck_assert(pending_is_own(pending, a.id, strlen(a.id)));
    ck_assert(!pending_is_own(pending, a.id, strlen(a.id) - 1));
    ck_assert(!pending_is_own(pending, "two-03ab0000000000000000000000000000", 36));
    ck_assert(!pending_is_own(pending, "", 0));
    ck_assert(!pending_is_own(pending, NULL, 0));
    mem_free(pending);
}
END_TEST

START_TEST(who_is_taken_gets_no_second_answer)
{
    struct pending *pending = pending_new(NULL, "x", 4);
    struct added a = add(pending, 1, 10), b = add(pending, 2, 10);
    struct pending_caller c;
    ck_assert(take(pending, b.id, &c));
    ck_assert_int_eq(number(c), 2);
    ck_assert(!take(pending, b.id, &c));
    ck_assert(!pending_take_tag(pending, b.tag, &c));
    ck_assert(pending_take_tag(pending, a.tag, &c));
    ck_assert_int_eq(number(c), 1);
    ck_assert(!take(pending, a.id, &c));
    ck_assert(!pending_take_overdue(pending, INT64_MAX, &c));
    ck_assert_uint_eq(pending_count(pending), 0);
    mem_free(pending);
}
END_TEST

START_TEST(a_tag_is_not_reused)
{
    struct pending *pending = pending_new(NULL, "x", 1);
    struct pending_caller c;
    struct added a = add(pending, 1, 10);
    ck_assert(take(pending, a.id, &c));
    struct added b = add(pending, 2, 10);
    ck_assert_uint_ne(a.tag, 0);
    ck_assert_uint_ne(a.tag, b.tag);
    ck_assert(!pending_take_tag(pending, a.tag, &c));
    ck_assert(!pending_take_tag(pending, 0, &c));
    ck_assert(!pending_take_tag(pending, UINT64_MAX, &c));
    ck_assert(take(pending, b.id, &c));
    mem_free(pending);
}
END_TEST

START_TEST(a_full_table_refuses)
{
    struct pending *pending = pending_new(NULL, "x", 2);
    struct added a = add(pending, 1, 10), refused = {.tag = 77};
    add(pending, 2, 10);
    ck_assert_int_eq(
        pending_add(pending, caller(3), 10, (uint8_t[PENDING_RANDOM]){9}, refused.id, &refused.tag),
        -EAGAIN);
    ck_assert_uint_eq(refused.tag, 77);
    ck_assert_uint_eq(pending_count(pending), 2);
    struct pending_caller c;
    ck_assert(take(pending, a.id, &c));
    add(pending, 3, 10);
    mem_free(pending);
}
END_TEST

START_TEST(the_overdue_leave_in_the_order_of_their_deadlines)
{
    struct pending *pending = pending_new(NULL, "x", 8);
    ck_assert_int_eq(pending_next(pending), INT64_MAX);
    add(pending, 1, 30);
    add(pending, 2, 10);
    add(pending, 3, 20);
    add(pending, 4, 20);
    add(pending, 5, 40);
    ck_assert_int_eq(pending_next(pending), 10);
    struct pending_caller c;
    ck_assert(!pending_take_overdue(pending, 9, &c));
    const int expected[] = {2, 3, 4, 1};
    for (int i = 0; i < 4; i++) {
        ck_assert(pending_take_overdue(pending, 30, &c));
        ck_assert_int_eq(number(c), expected[i]);
    }
    ck_assert(!pending_take_overdue(pending, 39, &c));
    ck_assert_int_eq(pending_next(pending), 40);
    ck_assert_uint_eq(pending_count(pending), 1);
    mem_free(pending);
}
END_TEST

START_TEST(a_long_instance_id_is_cut)
{
    struct pending *pending = pending_new(NULL, "0123456789012345678901234567890123456789", 1);
    struct added a = add(pending, 1, 1);
    ck_assert_uint_eq(strlen(a.id), PENDING_ID_SIZE - 1);
    ck_assert(pending_is_own(pending, a.id, strlen(a.id)));
    mem_free(pending);
}
END_TEST

CHECK_MAIN("pending", an_id_is_the_instance_and_the_random_bits, who_is_taken_gets_no_second_answer,
           a_tag_is_not_reused, a_full_table_refuses,
           the_overdue_leave_in_the_order_of_their_deadlines, a_long_instance_id_is_cut)
