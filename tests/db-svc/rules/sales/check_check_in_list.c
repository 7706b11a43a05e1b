/* Check-in lists: what each knows of a ticket, and that its counters are those of its tickets. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/check_in_list.h"
#include "tests/support/given.h"

static struct scenario t;
static const char *order_id, *list_id;

static void begin(const char *list)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 100);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':3}],"
                  "'buyer':{'name':'Ana Secret','email':'ana@example.org'}}");
    order_id = mem_strdup(t.arena, scenario_text(&t, "id"));
    scenario_when(&t, "check_in_list.create", "{" AT ",'name':'Door'%s}", list);
    ck_assert_int_eq(t.result.answer.status, 201);
    list_id = mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const struct ticket *ticket(size_t n)
{
    const struct order *order = scenario_record(&t, &collection_orders, order_id);
    return &order->tickets.at[n];
}

static void scan(size_t n, const char *more)
{
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s','list_id':'%s'%s}", ticket(n)->code,
                  list_id, more);
}

static void admitted(void)
{
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static void counts(int64_t let_in, int64_t inside)
{
    const struct check_in_list *list = scenario_record(&t, &collection_check_in_lists, list_id);
    ck_assert_int_eq(list->admitted, let_in);
    ck_assert_int_eq(list->inside, inside);
}

START_TEST(counters_are_those_of_the_tickets)
{
    begin(",'mode':'entry_exit'");
    scan(0, "");
    admitted();
    scan(1, "");
    admitted();
    counts(2, 2);
    scan(0, ",'direction':'out'");
    admitted();
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket.checked_out", 0));
    counts(2, 1);
    scan(0, "");
    admitted();
    counts(2, 2);
    scan(0, "");
    ck_assert_int_eq(t.result.answer.status, 409);
    counts(2, 2);
    scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'%s'}", ticket(0)->code);
    admitted();
    counts(1, 1);
    ck_assert_uint_eq(ticket(0)->visits.n, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(an_edit_keeps_what_was_counted)
{
    begin("");
    scan(0, "");
    admitted();
    scenario_when(&t, "check_in_list.replace", "{" AT ",'check_in_list_id':'%s','name':'Gate'}",
                  list_id);
    admitted();
    counts(1, 1);
    scan(0, "");
    ck_assert_int_eq(t.result.answer.status, 409);
    scenario_close(&t);
}
END_TEST

/* Whoever renames a list has not named the type. */
START_TEST(a_list_stays_editable_when_one_of_its_types_is_deleted)
{
    begin("");
    given_type(&t, VIP_ID, 10);
    scenario_when(&t, "check_in_list.create",
                  "{" AT ",'name':'Stage','ticket_type_ids':['" GENERAL_ID "','" VIP_ID "']}");
    list_id = mem_strdup(t.arena, scenario_text(&t, "id"));
    scenario_when(&t, "ticket_type.delete", "{" AT ",'ticket_type_id':'" VIP_ID "'}");
    ck_assert_int_eq(t.result.answer.status, 204);
    scenario_when(&t, "check_in_list.update",
                  "{" AT ",'check_in_list_id':'%s','patch':{'name':'Backstage'}}", list_id);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    scenario_when(&t, "check_in_list.create",
                  "{" AT ",'name':'Other','ticket_type_ids':['" VIP_ID "']}");
    scenario_refused(&t, 422, "validation_failed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_retry_is_known_by_its_direction)
{
    begin(",'mode':'entry_exit'");
    scan(0, ",'gate':'g','nonce':'1'");
    admitted();
    scan(0, ",'gate':'g','nonce':'1'");
    admitted();
    counts(1, 1);
    scan(0, ",'gate':'g','nonce':'1','direction':'out'");
    admitted();
    counts(1, 0);
    scan(0, ",'gate':'g','nonce':'1','direction':'out'");
    admitted();
    counts(1, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_used_ticket_of_the_event_still_goes_through_a_list)
{
    begin("");
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s','gate':'first'}", ticket(0)->code);
    admitted();
    scan(0, ",'gate':'second'");
    admitted();
    ck_assert_str_eq(ticket(0)->gate, "first");
    counts(1, 1);
    scenario_close(&t);
}
END_TEST

/* People are never kept from leaving. */
START_TEST(a_list_that_is_closed_or_full_lets_people_out)
{
    begin(",'mode':'entry_exit','max_inside':1");
    scan(0, "");
    admitted();
    scan(1, "");
    ck_assert_str_eq(scenario_text(&t, "code"), "list_full");
    scenario_when(&t, "check_in_list.update",
                  "{" AT ",'check_in_list_id':'%s','patch':{'until':'2026-05-01T17:00:00Z'}}",
                  list_id);
    admitted();
    scan(1, "");
    ck_assert_str_eq(scenario_text(&t, "code"), "list_closed");
    scan(0, ",'direction':'out'");
    admitted();
    counts(1, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_has_so_many_lists)
{
    begin("");
    for (int i = 1; i < CHECK_IN_LISTS_MAX; i++)
        scenario_when(&t, "check_in_list.create", "{" AT ",'name':'Door'}");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_when(&t, "check_in_list.create", "{" AT ",'name':'Door'}");
    scenario_refused(&t, 422, "limit_exceeded");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("check_in_list", counters_are_those_of_the_tickets, an_edit_keeps_what_was_counted,
           a_list_stays_editable_when_one_of_its_types_is_deleted,
           a_retry_is_known_by_its_direction, a_used_ticket_of_the_event_still_goes_through_a_list,
           a_list_that_is_closed_or_full_lets_people_out, an_event_has_so_many_lists)
