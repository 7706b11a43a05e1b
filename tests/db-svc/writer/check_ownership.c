/* What is kept beside a committed offset. */
#include "tests/support/check_main.h"

#include "db-svc/writer/ownership.h"
#include "libshared/base/mem.h"

START_TEST(a_note_says_how_far_a_fence_has_come)
{
    void *arena = mem_arena(NULL, 0);
    struct ownership ownership;
    char note[BUS_NOTE];
    ownership_open(arena, &ownership, "cluster", "owner", 2);
    ownership.fences[1] = (struct fence){
        .epoch = INT64_MAX, .batch = INT64_MAX - 1, .seq = INT64_MAX - 2, .timeline = 4};
    ownership_note(&ownership, 1, note);
    const struct fence_known known = ownership_known(note);
    ck_assert_int_eq(known.epoch, INT64_MAX);
    ck_assert_int_eq(known.batch, INT64_MAX - 1);
    ck_assert_int_eq(known.seq, INT64_MAX - 2);
    ck_assert_int_eq(known.timeline, 4);
    mem_free(arena);
}
END_TEST

START_TEST(a_note_of_another_says_nothing)
{
    static const char *const notes[] = {"", "2 1 2 3 4", "1 7", "junk", "1 a b c d"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        ck_assert_int_eq(ownership_known(notes[i]).batch, 0);
}
END_TEST

/* /readyz says so until the group has assigned anew. */
START_TEST(a_writer_that_lost_its_partitions_is_not_in_the_group)
{
    void *arena = mem_arena(NULL, 0);
    struct ownership ownership;
    ownership_open(arena, &ownership, "cluster", "owner", 2);
    ck_assert(!ownership.joined);
    ownership_assigned(&ownership, NULL, 0);
    ck_assert(ownership.joined); /* others have all of them */
    ownership_revoked(&ownership);
    ck_assert(!ownership.joined);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("ownership", a_note_says_how_far_a_fence_has_come, a_note_of_another_says_nothing,
           a_writer_that_lost_its_partitions_is_not_in_the_group)
