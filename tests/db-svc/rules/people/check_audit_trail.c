/* What is kept of who did what to a person's record. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee_change.h"
#include "tests/support/given.h"

static struct scenario t;

static void begin(void)
{
    given_published(&t);
}

static const char *register_ana(void)
{
    scenario_when(&t, "attendee.register",
                  "{" AT ",'name':'Ana Secret','email':'ana@example.org'}");
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void when(const char *type, const char *id, const char *more)
{
    scenario_when(&t, type, "{" AT ",'attendee_id':'%s'%s}", id, more);
}

static size_t changes(const struct attendee_change ***ret_changes)
{
    return workset_of_event(t.workset, t.arena, &collection_attendee_changes, EVENT_ID,
                            (const void ***)ret_changes);
}

static const struct attendee_change *last_change(void)
{
    const struct attendee_change **all;
    size_t n = changes(&all);
    ck_assert_uint_gt(n, 0);
    return all[n - 1];
}

START_TEST(who_registered_a_person_is_kept_with_the_person)
{
    begin();
    const char *id = register_ana();
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, id);
    ck_assert_str_eq(attendee->origin->command, "attendee.register");
    ck_assert_str_eq(attendee->origin->source, SCENARIO_SOURCE);
    ck_assert_str_eq(attendee->origin->command_id, "command-1");
    const struct attendee_change **all;
    ck_assert_uint_eq(changes(&all), 0);
    ck_assert(!scenario_flag(&t, "origin"));
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'" IMPORT_ID
                  "','rows':[{'line':2,'name':'Ben Secret','email':'ben@example.org'}]}");
    ck_assert_uint_eq(changes(&all), 0);
    scenario_close(&t);
}
END_TEST

START_TEST(each_change_says_when_by_whom_and_which_members)
{
    begin();
    const char *id = register_ana();
    t.now += 1000;
    when("attendee.update", id, ",'patch':{'name':'Ana Other','phone':'+34600111222'}");
    const struct attendee_change *change = last_change();
    ck_assert_str_eq(change->attendee_id, id);
    ck_assert_int_eq(change->at, t.now);
    ck_assert_str_eq(change->command, "attendee.update");
    ck_assert_str_eq(change->source, SCENARIO_SOURCE);
    ck_assert_str_eq(change->command_id, "command-2");
    ck_assert_uint_eq(change->changed.n, 2);
    ck_assert_str_eq(change->changed.at[0], "name");
    ck_assert_str_eq(change->changed.at[1], "phone");
    t.now += 1000;
    when("attendee.confirm", id, "");
    ck_assert_str_eq(last_change()->command, "attendee.confirm");
    ck_assert_uint_eq(last_change()->changed.n, 1);
    ck_assert_str_eq(last_change()->changed.at[0], "status");
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, id);
    ck_assert_str_eq(attendee->origin->command, "attendee.register");
    scenario_close(&t);
}
END_TEST

START_TEST(what_changes_nothing_leaves_no_trace)
{
    begin();
    const char *id = register_ana();
    when("attendee.update", id, ",'patch':{'name':'Ana Secret'}");
    when("attendee.update", id, ",'patch':{'email':'nowhere'}");
    const struct attendee_change **all;
    ck_assert_uint_eq(changes(&all), 0);
    scenario_close(&t);
}
END_TEST

START_TEST(an_erasure_is_a_change_that_names_nobody)
{
    begin();
    const char *id = register_ana();
    when("attendee.erase", id, "");
    const struct attendee_change *change = last_change();
    ck_assert_str_eq(change->command, "attendee.erase");
    ck_assert_str_eq(change->changed.at[0], "name");
    const char *text = record_text(t.arena, collection_attendee_changes.record, change);
    ck_assert_ptr_null(strstr(text, "Secret"));
    ck_assert_ptr_null(strstr(text, "ana@"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_deleted_person_leaves_the_whole_trail)
{
    begin();
    const char *id = register_ana();
    t.now += 1000;
    when("attendee.delete", id, "");
    const struct attendee_change **all;
    ck_assert_uint_eq(changes(&all), 2);
    ck_assert_str_eq(all[0]->command, "attendee.register");
    ck_assert_int_eq(all[0]->at, t.now - 1000);
    ck_assert_str_eq(all[1]->command, "attendee.delete");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("audit_trail", who_registered_a_person_is_kept_with_the_person,
           each_change_says_when_by_whom_and_which_members, what_changes_nothing_leaves_no_trace,
           an_erasure_is_a_change_that_names_nobody, a_deleted_person_leaves_the_whole_trail)
