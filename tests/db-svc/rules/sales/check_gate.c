/* Whom a gate turns away, and what it is told. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/check_in.h"
#include "tests/support/given.h"

static struct scenario t;

#define HOUR 3600000
#define CODE "01arz3ndektsv4rrffq69g5fav"
#define DAY_ENDS 1777672800000 /* 2026-05-01T22:00:00Z in Madrid */

static struct event event;

/* It began an hour ago. */
static void begin(void)
{
    scenario_open(&t);
    event = (struct event){.name = "Gala",
                           .time_zone = "Europe/Madrid",
                           .currency = "EUR",
                           .status = EVENT_PUBLISHED,
                           .starts_at = SCENARIO_NOW - HOUR};
    given_type(&t, GENERAL_ID, 10);
    static struct ticket_holder ada = {
        .name = "Ada Secret", .email = "ada@example.org", .attendee_id = ATTENDEE_ID};
    static struct person buyer = {.name = "Ben Secret", .email = "ben@example.org"};
    static struct ticket tickets[] = {
        {.code = CODE, .status = TICKET_VALID, .attendee = &ada},
        {.code = "c2", .status = TICKET_VALID},
        {.code = "gone", .status = TICKET_VOID, .void_reason = VOID_REFUNDED}};
    for (size_t i = 0; i < 3; i++)
        tickets[i].ticket_type_id = GENERAL_ID;
    scenario_given(&t, &collection_orders, "order_01jz3w4v9he8qb2m5x7k6d0c1n",
                   &(struct order){.event_id = EVENT_ID,
                                   .status = ORDER_PAID,
                                   .buyer = &buyer,
                                   .tickets = {.at = tickets, .n = 3}});
}

/* As it is now. */
static void put_event(const char *id, const struct event *now)
{
    struct event *copy = mem_dup(t.arena, now, sizeof *now);
    copy->id = id;
    copy->version = copy->rev = 1;
    workset_put(t.workset, &collection_events, id, copy);
}

static void scan(const char *code)
{
    put_event(EVENT_ID, &event);
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s','gate':'north','nonce':'1'}", code);
}

static void admitted(void)
{
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    ck_assert_str_eq(scenario_text(&t, "status"), "checked_in");
}

/* Refused so, and the scan is kept as that. */
static void refused(const char *code)
{
    ck_assert_msg(t.result.answer.status == 409, "%s", t.result.answer.body);
    ck_assert_str_eq(scenario_text(&t, "code"), code);
    ck_assert_uint_eq(t.n_changes, 1);
    const struct scan *kept = t.changes[0].record;
    ck_assert_str_eq(kept->reason, code);
}

static void upload(const char *scans)
{
    put_event(EVENT_ID, &event);
    scenario_when(&t, "ticket.check_in_bulk", "{" AT ",'scans':[%s]}", scans);
    ck_assert_int_eq(t.result.answer.status, 200);
}

START_TEST(an_answer_says_what_a_gate_wants_to_know)
{
    begin();
    scan(CODE);
    admitted();
    ck_assert_str_eq(scenario_text(&t, "ticket_type"), "General");
    ck_assert_str_eq(scenario_text(&t, "holder"), "Ada Secret");
    ck_assert_str_eq(scenario_text(&t, "attendee/name"), "Ada Secret");
    scenario_close(&t);
    begin();
    scan("c2");
    ck_assert_str_eq(scenario_text(&t, "holder"), "Ben Secret");
    ck_assert(!scenario_flag(&t, "attendee"));
    scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'c2'}");
    ck_assert_str_eq(scenario_text(&t, "ticket_type"), "General");
    upload("{'code':'c2'}");
    ck_assert_str_eq(scenario_text(&t, "results/0/ticket/ticket_type"), "General");
    ck_assert_str_eq(scenario_text(&t, "results/0/ticket/holder"), "Ben Secret");
    scenario_close(&t);
}
END_TEST

START_TEST(a_code_is_read_as_people_type_it)
{
    static const char *const typed[] = {
        CODE,
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "OIARZ3NDEKTSV4RRFFQ69G5FAV",
        "olarz3ndektsv4rrffq69g5fav",
        " 01arz-3ndek-tsv4r-rffq6-9g5fa-v ",
        "01ARZ 3NDEK\\tTSV4R\\r\\nRFFQ6\\n9G5FAV",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV.SIGNATURE-with-hyphens",
    };
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        begin();
        scan(typed[i]);
        admitted();
        ck_assert_str_eq(scenario_text(&t, "code"), CODE);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_cancelled_event_admits_nobody)
{
    begin();
    event.status = EVENT_CANCELLED;
    scan(CODE);
    refused("event_cancelled");
    scan("c9");
    ck_assert_str_eq(scenario_text(&t, "code"), "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_finished_event_admits_nobody)
{
    begin();
    event.status = EVENT_FINISHED;
    scan(CODE);
    refused("event_over");
    scenario_close(&t);
}
END_TEST

START_TEST(a_gate_closes_when_the_event_says)
{
    begin();
    event.check_in_closes_at = (struct opt_time){true, SCENARIO_NOW};
    t.now = SCENARIO_NOW - 1;
    scan("c2");
    admitted();
    t.now = SCENARIO_NOW;
    scan(CODE);
    refused("event_over");
    ck_assert_str_eq(scenario_text(&t, "check_in_closes_at"), "2026-05-01T18:00:00.000Z");
    scenario_close(&t);
}
END_TEST

START_TEST(a_gate_closes_half_a_day_after_the_end)
{
    static const struct {
        int64_t ends_at, closes; /* ends_at 0: unknown */
    } rows[] = {{SCENARIO_NOW + HOUR, SCENARIO_NOW + 13 * HOUR}, {0, DAY_ENDS + 12 * HOUR}};
    for (size_t i = 0; i < 2; i++) {
        begin();
        event.ends_at = (struct opt_time){rows[i].ends_at > 0, rows[i].ends_at};
        t.now = rows[i].closes - 1;
        scan("c2");
        admitted();
        t.now = rows[i].closes;
        scan(CODE);
        refused("event_over");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_gate_opens_only_where_a_time_is_set)
{
    begin();
    event.starts_at = SCENARIO_NOW + 1000 * (int64_t)HOUR;
    scan("c2");
    admitted();
    event.check_in_opens_at = (struct opt_time){true, SCENARIO_NOW + 1};
    scan(CODE);
    refused("not_yet");
    scenario_close(&t);
}
END_TEST

START_TEST(a_ticket_of_another_event_is_told_of_which)
{
    begin();
    put_event(OTHER_EVENT_ID,
              &(struct event){.name = "Jazz", .status = EVENT_PUBLISHED, .time_zone = "UTC"});
    put_event(EVENT_ID, &event);
    scenario_when(&t, "ticket.check_in", "{'event_id':'" OTHER_EVENT_ID "','code':'c2'}");
    refused("wrong_event");
    ck_assert_str_eq(scenario_text(&t, "event_id"), EVENT_ID);
    ck_assert_str_eq(scenario_text(&t, "event_name"), "Gala");
    scenario_when(&t, "ticket.check_in_bulk",
                  "{'event_id':'" OTHER_EVENT_ID "','scans':[{'code':'c2'}]}");
    ck_assert_str_eq(scenario_text(&t, "results/0/reason"), "wrong_event");
    ck_assert_str_eq(scenario_text(&t, "results/0/event_name"), "Gala");
    scenario_close(&t);
}
END_TEST

START_TEST(a_void_ticket_says_why)
{
    begin();
    scan("gone");
    refused("void");
    ck_assert_str_eq(scenario_text(&t, "void_reason"), "refunded");
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'order_01jz3w4v9he8qb2m5x7k6d0c1n','n':2,"
                  "'name':'Carl Secret','email':'carl@example.org'}");
    scan("c2");
    refused("void");
    ck_assert_str_eq(scenario_text(&t, "void_reason"), "transferred");
    scenario_when(&t, "ticket.reissue",
                  "{" AT ",'order_id':'order_01jz3w4v9he8qb2m5x7k6d0c1n','n':1}");
    scan(CODE);
    refused("void");
    ck_assert_str_eq(scenario_text(&t, "void_reason"), "reissued");
    scenario_close(&t);
}
END_TEST

START_TEST(a_gates_own_retry_succeeds_after_it_closed_and_a_check_in_is_taken_back)
{
    begin();
    scan("c2");
    t.now += 48 * HOUR;
    scan("c2");
    scenario_unchanged(&t, 200);
    scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'c2'}");
    ck_assert_str_eq(scenario_text(&t, "status"), "valid");
    scenario_close(&t);
}
END_TEST

START_TEST(a_scan_made_offline_is_judged_by_its_time)
{
    begin();
    event.check_in_opens_at = (struct opt_time){true, SCENARIO_NOW - 2 * HOUR};
    t.now = SCENARIO_NOW + 100 * (int64_t)HOUR;
    upload("{'code':'c2','at':'2026-05-01T18:00:00Z'},{'code':'" CODE
           "','at':'2026-05-01T15:59:59Z'},"
           "{'code':'" CODE "','at':'2026-05-04T18:00:00Z'},{'code':'" CODE "'}");
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "admitted");
    ck_assert_str_eq(scenario_text(&t, "results/1/reason"), "not_yet");
    ck_assert_str_eq(scenario_text(&t, "results/2/reason"), "event_over");
    ck_assert_str_eq(scenario_text(&t, "results/3/reason"), "event_over");
    scenario_close(&t);
}
END_TEST

/* It was let in before somebody closed the books. */
START_TEST(a_scan_made_before_an_event_was_finished_counts)
{
    begin();
    event.status = EVENT_FINISHED;
    event.updated_at = SCENARIO_NOW;
    t.now = SCENARIO_NOW + HOUR;
    upload("{'code':'c2','at':'2026-05-01T17:59:59Z'},{'code':'" CODE
           "','at':'2026-05-01T18:00:00Z'}");
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "admitted");
    ck_assert_str_eq(scenario_text(&t, "results/1/reason"), "event_over");
    scenario_close(&t);
}
END_TEST

START_TEST(a_gate_closes_after_it_opens)
{
    scenario_open(&t);
    scenario_when(&t, "event.create",
                  "{'name':'x','starts_at':'2026-06-01T20:00:00Z','time_zone':'UTC','location':'x',"
                  "'category':'x','currency':'EUR','check_in_opens_at':'2026-06-01T19:00:00Z',"
                  "'check_in_closes_at':'2026-06-01T21:00:00Z'}");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(scenario_text(&t, "check_in_closes_at"), "2026-06-01T21:00:00.000Z");
    scenario_when(&t, "event.update",
                  "{'event_id':'%s','patch':{'check_in_closes_at':'2026-06-01T19:00:00Z'}}",
                  scenario_text(&t, "id"));
    SCENARIO_INVALID(&t, "#/check_in_closes_at must_be_after");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("gate", an_answer_says_what_a_gate_wants_to_know, a_code_is_read_as_people_type_it,
           a_cancelled_event_admits_nobody, a_finished_event_admits_nobody,
           a_gate_closes_when_the_event_says, a_gate_closes_half_a_day_after_the_end,
           a_gate_opens_only_where_a_time_is_set, a_ticket_of_another_event_is_told_of_which,
           a_void_ticket_says_why,
           a_gates_own_retry_succeeds_after_it_closed_and_a_check_in_is_taken_back,
           a_scan_made_offline_is_judged_by_its_time,
           a_scan_made_before_an_event_was_finished_counts, a_gate_closes_after_it_opens)
