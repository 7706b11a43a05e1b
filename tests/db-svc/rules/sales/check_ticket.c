/* What a gate may rely on: one admission a code, and every scan kept. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/check_in.h"
#include "tests/support/given.h"

static struct scenario t;

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
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

static void scan(const char *code, const char *more)
{
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'%s}", code, more);
}

static void undo(const char *code)
{
    scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'%s'}", code);
}

/* The one that the last command kept. */
static const struct scan *kept(void)
{
    const struct scan *scan = NULL;
    for (size_t i = 0; i < t.n_changes; i++) {
        if (t.changes[i].collection != &collection_scans)
            continue;
        ck_assert_ptr_null(scan);
        scan = t.changes[i].record;
    }
    ck_assert_ptr_nonnull(scan);
    return scan;
}

/* Refused, and nothing but the scan is kept. */
static void refused(int status, const char *code)
{
    ck_assert_int_eq(t.result.answer.status, status);
    ck_assert_str_eq(scenario_text(&t, "code"), code);
    ck_assert_uint_eq(t.n_changes, 1);
    ck_assert_uint_eq(t.result.n_outgoing, 0);
    ck_assert_int_eq(kept()->result, SCAN_REFUSED);
    ck_assert_str_eq(kept()->reason, code);
}

START_TEST(a_code_admits_once_and_the_second_scan_is_told_of_the_first)
{
    begin();
    scan("c2", ",'gate':'north'");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "checked_in");
    ck_assert_str_eq(scenario_text(&t, "order_id"), ORDER_ID);
    ck_assert_str_eq(scenario_text(&t, "gate"), "north");
    ck_assert_str_eq(scenario_text(&t, "checked_in_at"), "2026-05-01T18:00:00.000Z");
    t.now += 5000;
    scan("c2", ",'gate':'south'");
    refused(409, "already_checked_in");
    ck_assert_str_eq(scenario_text(&t, "gate"), "north");
    ck_assert_str_eq(scenario_text(&t, "checked_in_at"), "2026-05-01T18:00:00.000Z");
    scan("c1", "");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(the_fact_of_a_check_in_carries_no_code)
{
    begin();
    scan("c1", "");
    json_t *fact = scenario_emitted(&t, "ticket.checked_in", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "order_id")), ORDER_ID);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "ticket_type_id")), GENERAL_ID);
    ck_assert_ptr_null(json_object_get(fact, "code"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_gates_own_retry_succeeds_again)
{
    begin();
    scan("c1", ",'nonce':'n1'");
    scan("c1", ",'nonce':'n1'");
    scenario_unchanged(&t, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "checked_in");
    scan("c1", ",'nonce':'n2'");
    refused(409, "already_checked_in");
    scan("c1", "");
    refused(409, "already_checked_in");
    scenario_close(&t);
}
END_TEST

START_TEST(a_check_in_is_taken_back_and_may_be_made_again)
{
    begin();
    undo("c1");
    scenario_unchanged(&t, 200);
    scan("c1", ",'nonce':'n1','gate':'north'");
    undo("c1");
    ck_assert_str_eq(scenario_text(&t, "status"), "valid");
    ck_assert(!scenario_flag(&t, "checked_in_at"));
    ck_assert(!scenario_flag(&t, "gate"));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket.check_in_undone", 0));
    scan("c1", "");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_void_admits_nobody)
{
    begin();
    scan("gone", "");
    refused(409, "void");
    undo("gone");
    scenario_refused(&t, 409, "void");
    scenario_close(&t);
}
END_TEST

START_TEST(only_what_is_paid_admits)
{
    static struct ticket ticket = {.code = "c7", .status = TICKET_VALID};
    begin();
    scenario_given(&t, &collection_orders, "order_01jz3w4v9he8qb2m5x7k6d0c7n",
                   &(struct order){.event_id = EVENT_ID,
                                   .status = ORDER_REFUNDED,
                                   .tickets = {.at = &ticket, .n = 1}});
    scan("c7", "");
    refused(409, "void");
    scenario_close(&t);
}
END_TEST

START_TEST(an_unknown_code_is_404)
{
    begin();
    scan("c9", "");
    refused(404, "not_found");
    undo("c9");
    scenario_refused(&t, 404, "not_found");
    scenario_when(&t, "ticket.check_in", "{'event_id':'" NO_EVENT_ID "','code':'c1'}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_code_of_another_event_is_told_apart)
{
    begin();
    scenario_when(&t, "ticket.check_in", "{'event_id':'" OTHER_EVENT_ID "','code':'c1'}");
    refused(409, "wrong_event");
    ck_assert_str_eq(kept()->event_id, OTHER_EVENT_ID);
    scenario_when(&t, "ticket.undo_check_in", "{'event_id':'" OTHER_EVENT_ID "','code':'c1'}");
    scenario_refused(&t, 409, "wrong_event");
    scenario_close(&t);
}
END_TEST

START_TEST(the_doors_open_when_the_event_says)
{
    begin();
    scenario_given(&t, &collection_events, NO_EVENT_ID,
                   &(struct event){.name = "Late",
                                   .status = EVENT_PUBLISHED,
                                   .starts_at = SCENARIO_NOW,
                                   .check_in_opens_at = {true, SCENARIO_NOW + 60000}});
    static struct ticket ticket = {
        .code = "c8", .ticket_type_id = GENERAL_ID, .status = TICKET_VALID};
    scenario_given(&t, &collection_orders, "order_01jz3w4v9he8qb2m5x7k6d0c8n",
                   &(struct order){.event_id = NO_EVENT_ID,
                                   .status = ORDER_PAID,
                                   .tickets = {.at = &ticket, .n = 1}});
    scenario_when(&t, "ticket.check_in", "{'event_id':'" NO_EVENT_ID "','code':'c8'}");
    refused(409, "not_yet");
    ck_assert_str_eq(scenario_text(&t, "check_in_opens_at"), "2026-05-01T18:01:00.000Z");
    t.now += 60000;
    scenario_when(&t, "ticket.check_in", "{'event_id':'" NO_EVENT_ID "','code':'c8'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(without_a_nonce_no_scan_is_a_retry)
{
    begin();
    scan("c1", ",'gate':'north'");
    ck_assert_int_eq(t.result.answer.status, 200);
    scan("c1", ",'gate':'north'");
    refused(409, "already_checked_in");
    scan("c2", "");
    scan("c2", "");
    refused(409, "already_checked_in");
    scenario_close(&t);
}
END_TEST

START_TEST(a_nonce_is_a_gates_own)
{
    begin();
    scan("c1", ",'nonce':'1','gate':'north'");
    scan("c1", ",'nonce':'1','gate':'south'");
    refused(409, "already_checked_in");
    scan("c1", ",'nonce':'1'");
    refused(409, "already_checked_in");
    scan("c1", ",'nonce':'1','gate':'north'");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(every_scan_is_kept_without_its_code)
{
    begin();
    scan("c1", ",'gate':'north'");
    ck_assert_int_eq(kept()->result, SCAN_ADMITTED);
    ck_assert_str_eq(kept()->gate, "north");
    ck_assert_str_eq(kept()->order_id, ORDER_ID);
    ck_assert_int_eq(kept()->at, SCENARIO_NOW);
    ck_assert_ptr_null(kept()->reason);
    undo("c1");
    ck_assert_int_eq(kept()->result, SCAN_UNDONE);
    scan("never-sold", ",'gate':'north'");
    refused(404, "not_found");
    ck_assert_ptr_null(kept()->order_id);
    ck_assert_uint_eq(strlen(kept()->code_hash), 64);
    json_t *shown = record_json(&scan_record, kept());
    char *text = json_dumps(shown, 0);
    ck_assert_ptr_null(strstr(text, "never-sold"));
    free(text);
    json_decref(shown);
    scenario_close(&t);
}
END_TEST

START_TEST(a_code_is_taken_with_its_signature_too)
{
    begin();
    scan("c1.c2lnbmF0dXJl", "");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "code"), "c1");
    undo("c1.c2lnbmF0dXJl");
    ck_assert_str_eq(scenario_text(&t, "status"), "valid");
    scenario_close(&t);
}
END_TEST

START_TEST(tickets_are_signed_when_they_are_issued)
{
    begin();
    given_type(&t, GENERAL_ID, 10);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':1}],"
                  "'buyer':{'name':'Secret','email':'secret@example.org'}}");
    const char *code = scenario_text(&t, "tickets/0/code");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/signature"),
                     signing_sign(t.arena, scenario_signing_key(&t), EVENT_ID, code));
    scan(mem_printf(t.arena, "%s.%s", code, scenario_text(&t, "tickets/0/signature")), "");
    ck_assert(scenario_flag(&t, "signature"));
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("ticket", a_code_admits_once_and_the_second_scan_is_told_of_the_first,
           the_fact_of_a_check_in_carries_no_code, a_gates_own_retry_succeeds_again,
           a_check_in_is_taken_back_and_may_be_made_again, what_is_void_admits_nobody,
           only_what_is_paid_admits, an_unknown_code_is_404, a_code_of_another_event_is_told_apart,
           the_doors_open_when_the_event_says, a_nonce_is_a_gates_own,
           without_a_nonce_no_scan_is_a_retry, every_scan_is_kept_without_its_code,
           a_code_is_taken_with_its_signature_too, tickets_are_signed_when_they_are_issued)
