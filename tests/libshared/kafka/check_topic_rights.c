#include "libshared/kafka/topic_rights.h"

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static const char *const written[] = {"orders", "people"};

START_TEST(a_right_that_was_refused_counts_as_missing_for_ten_seconds)
{
    void *arena = mem_arena(NULL, 0);
    struct topic_rights *rights = topic_rights_new(arena, "replies", written, 2);

    ck_assert_ptr_null(topic_rights_missing(rights, 0));
    topic_rights_note_missing(rights, "people", 1000);
    ck_assert_str_eq(topic_rights_missing(rights, 10999),
                     "Kafka gives no right to Write on topic people");
    ck_assert_ptr_null(topic_rights_missing(rights, 11000));
    topic_rights_note_missing(rights, "people", 12000);
    ck_assert_ptr_nonnull(topic_rights_missing(rights, 12000));
    mem_free(arena);
}
END_TEST

START_TEST(the_right_refused_last_is_named)
{
    void *arena = mem_arena(NULL, 0);
    struct topic_rights *rights = topic_rights_new(arena, "replies", written, 2);

    topic_rights_note_missing(rights, "orders", 0);
    topic_rights_note_missing(rights, "replies", 1);
    ck_assert_str_eq(topic_rights_missing(rights, 2),
                     "Kafka gives no right to Read on topic replies");
    topic_rights_note_missing(rights, "a topic of somebody else", 3);
    ck_assert_str_eq(topic_rights_missing(rights, 4),
                     "Kafka gives no right to Read on topic replies");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("topic_rights", a_right_that_was_refused_counts_as_missing_for_ten_seconds,
           the_right_refused_last_is_named)
