/* How a list comes by pages, and what becomes of one whose pages stop coming. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/import.h"
#include "tests/support/given.h"

static struct scenario t;

#define OF_IMPORT "'event_id':'" EVENT_ID "','import_id':'" IMPORT_ID "'"

static void begin(void)
{
    given_published(&t);
}

static void page(const char *more)
{
    scenario_when(&t, "attendee.import", "{" OF_IMPORT ",%s}", more);
}

static void row(int line, const char *name)
{
    page(mem_printf(t.arena,
                    "'rows':[{'line':%d,'name':'%s Secret','email':'%s@example.org'},"
                    "{'line':%d,'name':'x','email':'nowhere'}]",
                    line, name, name, line + 2));
}

static const struct import *stored(void)
{
    return scenario_record(&t, &collection_imports, IMPORT_ID);
}

START_TEST(an_import_tells_how_far_it_has_come)
{
    begin();
    row(2, "ana");
    ck_assert_int_eq(scenario_number(&t, "line"), 4);
    row(5, "ben");
    ck_assert_int_eq(scenario_number(&t, "line"), 7);
    ck_assert_int_eq(scenario_number(&t, "imported"), 2);
    ck_assert_int_eq(scenario_number(&t, "rejected"), 2);
    scenario_close(&t);
}
END_TEST

START_TEST(nobody_is_imported_for_what_is_over)
{
    begin();
    row(2, "ana");
    t.now += 2 * INT64_C(86400000);
    row(5, "ben");
    scenario_refused(&t, 409, "event_over");
    page("'dry_run':true,'rows':[{'line':2,'name':'Ana Secret','email':'ana@example.org'}]");
    scenario_refused(&t, 409, "event_over");
    scenario_close(&t);
}
END_TEST

/* So that a list of bad rows does not make each page's answer longer. */
START_TEST(what_is_wrong_is_kept_and_answered_at_the_end)
{
    begin();
    row(2, "ana");
    ck_assert(!scenario_flag(&t, "errors/0"));
    ck_assert_uint_eq(stored()->errors.n, 1);
    page("'rows':[],'end':'done'");
    ck_assert_str_eq(scenario_text(&t, "errors/0/code"), "invalid_email");
    scenario_close(&t);
}
END_TEST

START_TEST(one_that_was_interrupted_has_failed_until_it_goes_on)
{
    begin();
    row(2, "ana");
    page("'rows':[],'end':'failed','failure':'interrupted'");
    ck_assert_str_eq(scenario_text(&t, "status"), "failed");
    ck_assert_str_eq(scenario_text(&t, "failure"), "interrupted");
    ck_assert_int_eq(scenario_number(&t, "line"), 4);
    row(5, "ben");
    ck_assert_str_eq(scenario_text(&t, "status"), "running");
    ck_assert(!scenario_flag(&t, "failure"));
    page("'rows':[],'end':'done'");
    ck_assert_str_eq(scenario_text(&t, "status"), "done");
    scenario_close(&t);
}
END_TEST

START_TEST(one_that_is_done_is_not_interrupted)
{
    begin();
    page("'rows':[],'end':'done'");
    page("'rows':[],'end':'failed','failure':'interrupted'");
    scenario_unchanged(&t, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "done");
    scenario_close(&t);
}
END_TEST

START_TEST(one_whose_pages_stop_coming_fails)
{
    begin();
    row(2, "ana");
    const struct opt_time due = stored()->due_at;
    ck_assert(due.set);
    scenario_when(&t, "attendee.import_lapse", "{" OF_IMPORT "}");
    scenario_unchanged(&t, 200);
    t.now += 30000;
    row(5, "ben");
    ck_assert_int_gt(stored()->due_at.ms, due.ms);
    t.now = due.ms;
    scenario_when(&t, "attendee.import_lapse", "{" OF_IMPORT "}");
    scenario_unchanged(&t, 200);
    t.now = stored()->due_at.ms;
    scenario_when(&t, "attendee.import_lapse", "{" OF_IMPORT "}");
    ck_assert_str_eq(scenario_text(&t, "status"), "failed");
    ck_assert_str_eq(scenario_text(&t, "failure"), "interrupted");
    ck_assert(!stored()->due_at.set);
    scenario_when(&t, "attendee.import_lapse", "{" OF_IMPORT "}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(one_that_has_ended_waits_for_nothing)
{
    begin();
    row(2, "ana");
    page("'rows':[],'end':'done'");
    ck_assert(!stored()->due_at.set);
    scenario_close(&t);
}
END_TEST

/* So that a list can be read in parts of a known size. */
START_TEST(every_thousandth_registration_is_a_mark)
{
    begin();
    scenario_given(&t, &collection_attendee_counters, EVENT_ID,
                   &(struct attendee_counters){.event_id = EVENT_ID, .made = 2 * ANCHOR_EVERY - 1});
    page("'rows':[{'line':2,'name':'A','email':'a@example.org'},"
         "{'line':3,'name':'B','email':'b@example.org'},"
         "{'line':4,'name':'C','email':'c@example.org'}]");
    const struct attendee_counters *counters =
        scenario_record(&t, &collection_attendee_counters, EVENT_ID);
    ck_assert_int_eq(counters->made, 2 * ANCHOR_EVERY + 2);
    size_t marks = 0;
    for (size_t i = 0; i < t.n_changes; i++) {
        if (t.changes[i].collection != &collection_list_anchors)
            continue;
        const struct attendee *second = scenario_record(&t, &collection_attendees, t.changes[i].id);
        ck_assert_str_eq(second->email, "b@example.org");
        marks++;
    }
    ck_assert_uint_eq(marks, 1);
    scenario_close(&t);
}
END_TEST

/* Pages are sent ahead: one may come though the one before it did not, or was of another file. */
START_TEST(a_page_that_does_not_follow_is_refused_and_may_come_again)
{
    begin();
    page("'rows':[{'line':2,'name':'A','email':'a@example.org'}],'reached':'aa'");
    ck_assert_int_eq(t.result.answer.status, 200);
    page("'rows':[{'line':4,'name':'C','email':'c@example.org'}],'follows':'bb','reached':'cc'");
    scenario_refused(&t, 422, "idempotency_key_reused");
    ck_assert(t.result.answer.no_receipt);
    page("'rows':[{'line':2,'name':'B','email':'b@example.org'}],'reached':'dd'");
    scenario_refused(&t, 422, "idempotency_key_reused");
    page("'rows':[{'line':3,'name':'B','email':'b@example.org'}],'follows':'aa','reached':'bb'");
    page("'rows':[{'line':4,'name':'C','email':'c@example.org'}],'follows':'bb','end':'done'");
    ck_assert_int_eq(scenario_number(&t, "imported"), 3);
    ck_assert_str_eq(scenario_text(&t, "status"), "done");
    scenario_close(&t);
}
END_TEST

/* Of one line, however much is wrong with it. */
START_TEST(rows_that_could_not_be_brought_count_as_rejected)
{
    begin();
    page("'rows':[{'line':3,'name':'Ana Secret','email':'ana@example.org'},"
         "{'line':4,'name':'Ben Secret','email':'none'}],"
         "'errors':[{'line':2,'column':'name','code':'too_long'},{'line':2,'column':'email','code':"
         "'too_long'"
         "},"
         "{'line':5,'code':'stray_quote'},{'line':6,'code':'open_quote'}],"
         "'end':'failed','failure':'open_quote'");
    ck_assert_int_eq(scenario_number(&t, "imported"), 1);
    ck_assert_int_eq(scenario_number(&t, "rejected"), 4);
    ck_assert_str_eq(scenario_text(&t, "failure"), "open_quote");
    for (int i = 0; i < 5; i++)
        ck_assert_msg(*scenario_text(&t, mem_printf(t.arena, "errors/%d/detail", i)) != '\0', "%s",
                      t.result.answer.body);
    scenario_close(&t);
}
END_TEST

START_TEST(rows_of_people_who_do_not_come_are_passed_over)
{
    begin();
    page("'rows':[{'line':3,'name':'Ana Secret','email':'ana@example.org'}],"
         "'errors':[{'line':2,'column':'status','code':'skipped'},{'line':4,'code':'stray_quote'}],"
         "'end':'done'");
    ck_assert_int_eq(scenario_number(&t, "imported"), 1);
    ck_assert_int_eq(scenario_number(&t, "rejected"), 1);
    ck_assert_int_eq(scenario_number(&t, "skipped"), 1);
    ck_assert_str_eq(scenario_text(&t, "errors/0/code"), "skipped");
    ck_assert_msg(*scenario_text(&t, "errors/0/detail") != '\0', "%s", t.result.answer.body);
    scenario_close(&t);
}
END_TEST

START_TEST(consent_is_read_in_several_languages)
{
    static const char *const said[][2] = {{"yes", "y"}, {"S\u00ed", "y"},    {"JA", "y"},
                                          {"oui", "y"}, {"Nein", "n"},       {"N\u00e3o", "n"},
                                          {"non", "n"}, {"perhaps", "none"}, {"false", "n"},
                                          {"y", "y"},   {"N", "n"},          {"yes n", "none"}};
    begin();
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        page(mem_printf(t.arena,
                        "'rows':[{'line':%zu,'name':'Ana Secret','email':'ana%zu@example.org',"
                        "'marketing_consent':'%s'}]",
                        i + 2, i, said[i][0]));
        json_t *fact = scenario_emitted(&t, "attendee.registered", 0);
        ck_assert_int_eq(fact == NULL, strcmp(said[i][1], "none") == 0);
        if (fact == NULL)
            continue;
        const struct attendee *person = scenario_record(
            &t, &collection_attendees, json_string_value(json_object_get(fact, "attendee_id")));
        ck_assert_int_eq(person->marketing_consent->given.value, *said[i][1] == 'y');
    }
    scenario_close(&t);
}
END_TEST

START_TEST(rows_come_in_without_what_may_be_left_out)
{
    begin();
    page("'rows':[{'line':2,'name':'Ana Secret','email':'ana@example.org','phone':'600 111 222'},"
         "{'line':3,'name':'Ben Secret','email':'none','phone':'600 111 222'},"
         "{'line':4,'name':'Eva Secret','email':'eva@example.org','phone':'+34 600 111 222'}],"
         "'lenient':['phone'],'end':'done'");
    ck_assert_int_eq(scenario_number(&t, "imported"), 2);
    ck_assert_int_eq(scenario_number(&t, "rejected"), 1);
    ck_assert_str_eq(scenario_text(&t, "errors/0/code"), "invalid_phone");
    ck_assert_int_eq(scenario_number(&t, "errors/0/line"), 2);
    ck_assert_int_eq(scenario_number(&t, "errors/2/line"), 3);
    scenario_close(&t);
}
END_TEST

/* What is too long for a page is told by whoever reads the file, and is not in the row. */
START_TEST(a_row_that_comes_without_something_is_not_rejected)
{
    begin();
    page("'rows':[{'line':2,'name':'Ana Secret','email':'ana@example.org'},"
         "{'line':4,'name':'Ben Secret','email':'none'},"
         "{'line':5,'name':'Eva Secret','email':'eva@example.org'}],"
         "'errors':[{'line':2,'column':'phone','code':'too_long'},"
         "{'line':3,'column':'name','code':'too_long'},"
         "{'line':4,'column':'phone','code':'too_long'},"
         "{'line':6,'column':'name','code':'too_long'}],'lenient':['phone'],'end':'done'");
    ck_assert_int_eq(scenario_number(&t, "imported"), 2);
    ck_assert_int_eq(scenario_number(&t, "rejected"), 3);
    static const struct {
        int64_t line;
        const char *code;
    } told[] = {
        {2, "too_long"}, {3, "too_long"}, {4, "invalid_email"}, {4, "too_long"}, {6, "too_long"}};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const char *error = mem_printf(t.arena, "errors/%zu", i);
        ck_assert_int_eq(scenario_number(&t, mem_printf(t.arena, "%s/line", error)), told[i].line);
        ck_assert_str_eq(scenario_text(&t, mem_printf(t.arena, "%s/code", error)), told[i].code);
    }
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("attendee_import", consent_is_read_in_several_languages,
           rows_of_people_who_do_not_come_are_passed_over,
           rows_come_in_without_what_may_be_left_out,
           a_row_that_comes_without_something_is_not_rejected,
           rows_that_could_not_be_brought_count_as_rejected,
           a_page_that_does_not_follow_is_refused_and_may_come_again,
           every_thousandth_registration_is_a_mark, an_import_tells_how_far_it_has_come,
           nobody_is_imported_for_what_is_over, what_is_wrong_is_kept_and_answered_at_the_end,
           one_that_was_interrupted_has_failed_until_it_goes_on,
           one_that_is_done_is_not_interrupted, one_whose_pages_stop_coming_fails,
           one_that_has_ended_waits_for_nothing)
