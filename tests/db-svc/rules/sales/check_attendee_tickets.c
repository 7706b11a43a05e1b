/* Which tickets a person on the list has, right after every road that a ticket can take. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define BEA "attendee_01jz3w4v9he8qb2m5x7k6d0c2n"
#define TO_ANA "'name':'Secret Ana','email':'ana@example.org'"
#define TO_BEA "'name':'Secret Bea','email':'bea@example.org'"
#define TO_NOBODY "'name':'Secret Eva','email':'eva@example.org'"

static void given_person(const char *id, const char *email)
{
    scenario_given(&t, &collection_attendees, id,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Secret",
                                      .email = email,
                                      .status = ATTENDEE_CONFIRMED,
                                      .key = mem_printf(t.arena, EVENT_ID "/%s", email)});
}

static const char *order_id, *codes[3];

/* Two general tickets and a VIP one are sold, all nobody's. */
static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 10);
    given_person(ATTENDEE_ID, "ana@example.org");
    given_person(BEA, "bea@example.org");
    scenario_when(&t, "order.place",
                  "{" AT ",'buyer':{'name':'Secret','email':'eva@example.org'},'items':["
                  "{'ticket_type_id':'" GENERAL_ID "','quantity':2},"
                  "{'ticket_type_id':'" VIP_ID "','quantity':1}]}");
    order_id = mem_strdup(t.arena, scenario_text(&t, "id"));
    for (int i = 0; i < 3; i++)
        codes[i] =
            mem_strdup(t.arena, scenario_text(&t, mem_printf(t.arena, "tickets/%d/code", i)));
}

static void when(const char *type, const char *more)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s'%s}", order_id, more);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static void scan(const char *type, const char *code)
{
    scenario_when(&t, type, "{" AT ",'code':'%s'}", code);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

/* "general 2/1" is two tickets, one of them used; in the order they came. */
static const char *has(const char *id)
{
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, id);
    char *text = mem_strdup(t.arena, "");
    for (size_t i = 0; i < attendee->tickets.n; i++) {
        const struct attendee_tickets *of = &attendee->tickets.at[i];
        text = mem_printf(t.arena, "%s%s%s %lld/%lld", text, *text != '\0' ? ", " : "",
                          strcmp(of->ticket_type_id, VIP_ID) == 0 ? "vip" : "general",
                          (long long)of->tickets, (long long)of->checked_in);
    }
    return text;
}

START_TEST(who_is_given_a_ticket_has_it)
{
    begin();
    ck_assert_str_eq(has(ATTENDEE_ID), "");
    when("ticket.assign", ",'n':1," TO_ANA);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 1/0");
    when("ticket.assign", ",'n':1," TO_ANA);
    when("ticket.assign", ",'n':2," TO_ANA);
    when("ticket.assign", ",'n':3," TO_ANA);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 2/0, vip 1/0");
    when("ticket.assign", ",'n':1," TO_NOBODY);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 1/0, vip 1/0");
    when("ticket.assign", ",'n':2," TO_BEA);
    ck_assert_str_eq(has(ATTENDEE_ID), "vip 1/0");
    ck_assert_str_eq(has(BEA), "general 1/0");
    scenario_close(&t);
}
END_TEST

START_TEST(a_transferred_ticket_passes_and_a_reissued_one_stays)
{
    begin();
    when("ticket.assign", ",'n':1," TO_ANA);
    when("ticket.transfer", ",'n':1," TO_BEA);
    ck_assert_str_eq(has(ATTENDEE_ID), "");
    ck_assert_str_eq(has(BEA), "general 1/0");
    when("ticket.reissue", ",'n':1");
    ck_assert_str_eq(has(BEA), "general 1/0");
    scenario_close(&t);
}
END_TEST

START_TEST(a_scan_counts_until_it_is_undone)
{
    begin();
    when("ticket.assign", ",'n':1," TO_ANA);
    when("ticket.assign", ",'n':2," TO_ANA);
    scan("ticket.check_in", codes[0]);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 2/1");
    scan("ticket.undo_check_in", codes[0]);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 2/0");
    scenario_when(&t, "ticket.check_in_bulk",
                  "{" AT ",'scans':[{'code':'%s'},{'code':'%s'},{'code':'%s'},{'code':'%s'}]}",
                  codes[0], codes[0], codes[1], codes[2]);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 2/2");
    when("ticket.assign", ",'n':1," TO_BEA);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 1/1");
    ck_assert_str_eq(has(BEA), "general 1/1");
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_taken_back_nobody_has)
{
    begin();
    when("ticket.assign", ",'n':1," TO_ANA);
    when("ticket.assign", ",'n':2," TO_BEA);
    when("ticket.assign", ",'n':3," TO_ANA);
    scan("ticket.check_in", codes[2]);
    ck_assert_str_eq(has(ATTENDEE_ID), "general 1/0, vip 1/1");
    when("order.refund", mem_printf(t.arena, ",'tickets':['%s'],'force':true", codes[2]));
    ck_assert_str_eq(has(ATTENDEE_ID), "general 1/0");
    when("order.cancel", "");
    ck_assert_str_eq(has(ATTENDEE_ID), "");
    ck_assert_str_eq(has(BEA), "");
    scenario_close(&t);
}
END_TEST

START_TEST(an_edit_of_the_person_leaves_the_tickets)
{
    begin();
    when("ticket.assign", ",'n':1," TO_ANA);
    scenario_when(&t, "attendee.replace",
                  "{" AT ",'attendee_id':'" ATTENDEE_ID
                  "','name':'Secret Ana','email':'new@example.org'}");
    ck_assert_str_eq(has(ATTENDEE_ID), "general 1/0");
    scenario_when(&t, "attendee.cancel", "{" AT ",'attendee_id':'" ATTENDEE_ID "'}");
    ck_assert_str_eq(has(ATTENDEE_ID), "general 1/0");
    ck_assert(!scenario_flag(&t, "tickets"));
    scenario_close(&t);
}
END_TEST

START_TEST(tickets_of_who_is_gone_go_on)
{
    begin();
    when("ticket.assign", ",'n':1," TO_ANA);
    scenario_when(&t, "attendee.delete", "{" AT ",'attendee_id':'" ATTENDEE_ID "'}");
    scan("ticket.check_in", codes[0]);
    when("ticket.assign", ",'n':1," TO_BEA);
    ck_assert_str_eq(has(BEA), "general 1/1");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("attendee_tickets", who_is_given_a_ticket_has_it,
           a_transferred_ticket_passes_and_a_reissued_one_stays, a_scan_counts_until_it_is_undone,
           what_is_taken_back_nobody_has, an_edit_of_the_person_leaves_the_tickets,
           tickets_of_who_is_gone_go_on)
