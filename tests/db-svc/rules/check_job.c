/* Work that goes by pages: whichever page was lost is kept until it is decided. */
#include "tests/support/check_main.h"

#include <string.h>

#include "tests/support/given.h"

static struct scenario t;

#define JOB "cancel/" EVENT_ID

static const struct job *job(void)
{
    return scenario_record(&t, &collection_jobs, JOB);
}

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    scenario_when(&t, "event.cancel", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 200);
}

START_TEST(a_job_keeps_the_command_of_its_next_page)
{
    begin();
    ck_assert_str_eq(job()->type, "event.cancel_page");
    ck_assert_str_eq(job()->body, "{\"event_id\":\"" EVENT_ID "\",\"orders\":\"held\"}");
    ck_assert_int_eq(job()->due_at.ms, t.now + 30000);
    ck_assert_int_eq(t.result.n_outgoing > 0, 1);
    const struct outgoing *page = &t.result.outgoing[t.result.n_outgoing - 1];
    ck_assert_str_eq(job()->command_id, page->id);
    ck_assert_str_eq(job()->body, page->body);
    scenario_close(&t);
}
END_TEST

START_TEST(each_page_moves_it_on_and_the_last_ends_it)
{
    begin();
    t.now += 1000;
    scenario_when(&t, "event.cancel_page", "{" AT ",'orders':'held'}");
    ck_assert_ptr_nonnull(strstr(job()->body, "paid"));
    ck_assert_int_eq(job()->due_at.ms, t.now + 30000);
    scenario_when(&t, "event.cancel_page", "{" AT ",'orders':'paid'}");
    ck_assert_ptr_null(job());
    scenario_close(&t);
}
END_TEST

START_TEST(a_page_from_before_does_not_end_a_job_that_is_further)
{
    begin();
    scenario_when(&t, "event.cancel_page", "{" AT ",'orders':'held'}");
    scenario_when(&t, "event.cancel_page", "{" AT ",'orders':'held'}");
    ck_assert_ptr_nonnull(job());
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("job", a_job_keeps_the_command_of_its_next_page,
           each_page_moves_it_on_and_the_last_ends_it,
           a_page_from_before_does_not_end_a_job_that_is_further)
