/* What a batch's records promise: changed in memory, written as one change each. */
#include "tests/support/check_main.h"

#include <string.h>

#include "db-svc/rules/workset.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"

static struct {
    void *arena;
    struct workset *workset;
    struct store_change *changes;
} t;

static void begin(void)
{
    t.arena = mem_arena(NULL, 0);
    t.workset = workset_new(t.arena);
}

static void end(void)
{
    mem_free(t.arena);
}

static struct attendee *attendee(const char *id, const char *key, int64_t rev)
{
    struct attendee *made = mem_new(t.arena, struct attendee);
    *made = (struct attendee){.id = id, .event_id = "e", .key = key, .rev = rev};
    return made;
}

START_TEST(many_changes_of_a_record_are_one)
{
    begin();
    workset_loaded(t.workset, &collection_attendees, "a", attendee("a", "k", 4));
    workset_put(t.workset, &collection_attendees, "a", attendee("a", "k", 5));
    workset_put(t.workset, &collection_attendees, "a", attendee("a", "k", 6));
    ck_assert_uint_eq(workset_changes(t.workset, t.arena, &t.changes), 1);
    ck_assert_int_eq(t.changes[0].kind, STORE_REPLACE);
    ck_assert_int_eq(((const struct attendee *)t.changes[0].record)->rev, 6);
    end();
}
END_TEST

START_TEST(what_is_made_and_removed_at_once_is_no_change)
{
    begin();
    workset_put(t.workset, &collection_attendees, "a", attendee("a", "k", 1));
    workset_put(t.workset, &collection_attendees, "a", NULL);
    ck_assert_uint_eq(workset_changes(t.workset, t.arena, &t.changes), 0);
    ck_assert_ptr_null(workset_find(t.workset, &collection_attendees, "k"));
    end();
}
END_TEST

START_TEST(a_key_given_up_can_be_taken)
{
    begin();
    workset_loaded(t.workset, &collection_attendees, "a", attendee("a", "k", 1));
    workset_put(t.workset, &collection_attendees, "a", attendee("a", NULL, 2));
    ck_assert_ptr_null(workset_find(t.workset, &collection_attendees, "k"));
    workset_put(t.workset, &collection_attendees, "b", attendee("b", "k", 1));
    ck_assert_str_eq(
        ((const struct attendee *)workset_find(t.workset, &collection_attendees, "k"))->id, "b");
    ck_assert_uint_eq(workset_changes(t.workset, t.arena, &t.changes), 2);
    end();
}
END_TEST

START_TEST(what_was_loaded_later_does_not_undo_a_change)
{
    begin();
    workset_put(t.workset, &collection_attendees, "a", attendee("a", NULL, 7));
    workset_loaded(t.workset, &collection_attendees, "a", attendee("a", NULL, 1));
    ck_assert_int_eq(
        ((const struct attendee *)workset_read(t.workset, &collection_attendees, "a"))->rev, 7);
    end();
}
END_TEST

CHECK_MAIN("workset", many_changes_of_a_record_are_one,
           what_is_made_and_removed_at_once_is_no_change, a_key_given_up_can_be_taken,
           what_was_loaded_later_does_not_undo_a_change)
