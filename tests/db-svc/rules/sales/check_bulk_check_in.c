/* What a gate that was offline may rely on: each of its scans is decided, by the time it has. */
#include "tests/support/check_main.h"

#include "libshared/contract/check_in.h"
#include "tests/support/given.h"

static struct scenario t;

static void begin(void)
{
    given_published(&t);
    static struct ticket tickets[] = {{.code = "c1", .status = TICKET_VALID},
                                      {.code = "c2", .status = TICKET_VALID},
                                      {.code = "gone", .status = TICKET_VOID}};
    for (size_t i = 0; i < 3; i++)
        tickets[i].ticket_type_id = GENERAL_ID;
    scenario_given(&t, &collection_orders, ORDER_ID,
                   &(struct order){.event_id = EVENT_ID,
                                   .status = ORDER_PAID,
                                   .tickets = {.at = tickets, .n = 3}});
}

static void upload(const char *scans)
{
    scenario_when(&t, "ticket.check_in_bulk", "{" AT ",'scans':[%s]}", scans);
}

static size_t scans_kept(void)
{
    size_t n = 0;
    for (size_t i = 0; i < t.n_changes; i++)
        n += t.changes[i].collection == &collection_scans;
    return n;
}

START_TEST(each_scan_has_its_result_in_its_place)
{
    begin();
    upload("{'code':'c1','gate':'north','nonce':'1','at':'2026-05-01T17:30:00Z'},"
           "{'code':'gone','gate':'north','at':'2026-05-01T17:31:00Z'},"
           "{'code':'c9','gate':'north','at':'2026-05-01T17:32:00Z'},"
           "{'code':'c2','gate':'north'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "admitted");
    ck_assert_str_eq(scenario_text(&t, "results/0/ticket/checked_in_at"),
                     "2026-05-01T17:30:00.000Z");
    ck_assert_str_eq(scenario_text(&t, "results/0/ticket/gate"), "north");
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "refused");
    ck_assert_str_eq(scenario_text(&t, "results/1/reason"), "void");
    ck_assert_str_eq(scenario_text(&t, "results/2/reason"), "not_found");
    ck_assert(!scenario_flag(&t, "results/2/ticket"));
    ck_assert_str_eq(scenario_text(&t, "results/3/ticket/checked_in_at"),
                     "2026-05-01T18:00:00.000Z");
    ck_assert(!scenario_flag(&t, "results/4"));
    ck_assert_uint_eq(scans_kept(), 4);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket.checked_in", 1));
    ck_assert_ptr_null(scenario_emitted(&t, "ticket.checked_in", 2));
    scenario_close(&t);
}
END_TEST

START_TEST(a_code_twice_in_one_upload_is_admitted_once)
{
    begin();
    upload("{'code':'c1','gate':'a'},{'code':'c1','gate':'b'}");
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "admitted");
    ck_assert_str_eq(scenario_text(&t, "results/1/reason"), "already_checked_in");
    ck_assert_str_eq(scenario_text(&t, "results/1/ticket/gate"), "a");
    scenario_close(&t);
}
END_TEST

START_TEST(an_upload_may_be_made_again)
{
    begin();
    upload("{'code':'c1','gate':'a','nonce':'1','at':'2026-05-01T17:30:00Z'}");
    upload("{'code':'c1','gate':'a','nonce':'1','at':'2026-05-01T17:30:00Z'},"
           "{'code':'c2','gate':'a','nonce':'2','at':'2026-05-01T17:31:00Z'}");
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "admitted");
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "admitted");
    ck_assert_uint_eq(scans_kept(), 1);
    scenario_close(&t);
}
END_TEST

#define REFUSED                                                                                    \
    "{'code':'gone','gate':'a','nonce':'2','at':'2026-05-01T17:31:00Z'},"                          \
    "{'code':'c9','gate':'a','nonce':'3'},{'code':'gone','gate':'a','at':'2026-05-01T17:32:00Z'}"
START_TEST(a_scan_that_was_refused_is_kept_once)
{
    begin();
    upload(REFUSED);
    ck_assert_uint_eq(scans_kept(), 3);
    t.now += 1000;
    upload(REFUSED);
    ck_assert_uint_eq(scans_kept(), 0);
    ck_assert_str_eq(scenario_text(&t, "results/0/reason"), "void");
    ck_assert_str_eq(scenario_text(&t, "results/1/reason"), "not_found");
    ck_assert_str_eq(scenario_text(&t, "results/2/reason"), "void");
    upload("{'code':'gone','gate':'b','nonce':'2'},{'code':'c9','gate':'a','nonce':'4'},"
           "{'code':'c8','gate':'a','nonce':'3'}");
    ck_assert_uint_eq(scans_kept(), 3);
    scenario_close(&t);
}
END_TEST

START_TEST(a_scan_that_is_listed_twice_is_kept_once)
{
    begin();
    upload(REFUSED "," REFUSED);
    ck_assert_uint_eq(scans_kept(), 3);
    ck_assert_str_eq(scenario_text(&t, "results/3/reason"), "void");
    upload("{'code':'c1','gate':'a','nonce':'9'},{'code':'c1','gate':'a','nonce':'9'}");
    ck_assert_uint_eq(scans_kept(), 1);
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "admitted");
    scenario_close(&t);
}
END_TEST

START_TEST(a_scan_that_names_neither_itself_nor_a_time_is_another_each_time)
{
    begin();
    upload("{'code':'gone'},{'code':'gone'}");
    ck_assert_uint_eq(scans_kept(), 2);
    upload("{'code':'gone'}");
    ck_assert_uint_eq(scans_kept(), 1);
    scenario_close(&t);
}
END_TEST

/* A check-in that was taken back meanwhile stays so. */
START_TEST(an_upload_made_again_does_not_repeat_what_was_undone)
{
    static const char *const scans[] = {
        "{'code':'c1','gate':'a','nonce':'1','at':'2026-05-01T17:30:00Z'}",
        "{'code':'c1','gate':'a','at':'2026-05-01T17:30:00Z'}"};
    for (size_t i = 0; i < 2; i++) {
        begin();
        upload(scans[i]);
        scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'c1'}");
        upload(scans[i]);
        scenario_unchanged(&t, 200);
        ck_assert_str_eq(scenario_text(&t, "results/0/result"), "admitted");
        ck_assert_str_eq(scenario_text(&t, "results/0/ticket/status"), "valid");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_refusal_at_the_gate_is_kept_once_and_decided_anew)
{
    begin();
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'gone','nonce':'1'}");
    ck_assert_uint_eq(scans_kept(), 1);
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'gone','nonce':'1'}");
    scenario_refused(&t, 409, "void");
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'check_in_opens_at':'2026-05-01T18:00:01Z'}}");
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'c1','nonce':'1'}");
    ck_assert_str_eq(scenario_text(&t, "code"), "not_yet");
    t.now += 1000;
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'c1','nonce':'1'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_uint_eq(scans_kept(), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(a_gate_whose_clock_is_ahead_scanned_no_later_than_now)
{
    begin();
    upload("{'code':'c1','at':'2027-05-01T17:30:00Z'}");
    ck_assert_str_eq(scenario_text(&t, "results/0/ticket/checked_in_at"),
                     "2026-05-01T18:00:00.000Z");
    scenario_close(&t);
}
END_TEST

START_TEST(an_upload_for_no_event_is_404)
{
    begin();
    scenario_when(&t, "ticket.check_in_bulk",
                  "{'event_id':'" NO_EVENT_ID "','scans':[{'code':'c1'}]}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("bulk_check_in", each_scan_has_its_result_in_its_place,
           a_code_twice_in_one_upload_is_admitted_once, an_upload_may_be_made_again,
           a_scan_that_was_refused_is_kept_once, a_scan_that_is_listed_twice_is_kept_once,
           a_scan_that_names_neither_itself_nor_a_time_is_another_each_time,
           an_upload_made_again_does_not_repeat_what_was_undone,
           a_refusal_at_the_gate_is_kept_once_and_decided_anew,
           a_gate_whose_clock_is_ahead_scanned_no_later_than_now, an_upload_for_no_event_is_404)
