/* Codes that are good for several people: each scan lets in some of them, and no more than there
 * are. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"
#include "tests/support/given.h"

static struct scenario t;
static const char *order_id, *list_id;

static void begin(void)
{
    given_published(&t);
    given_type_as(&t, GENERAL_ID, (struct ticket_type){.capacity = 100, .admits = {true, 4}});
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':2}],"
                  "'buyer':{'name':'Ana Secret','email':'ana@example.org'}}");
    order_id = mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void begin_list(const char *list)
{
    begin();
    scenario_when(&t, "check_in_list.create", "{" AT ",'name':'Door'%s}", list);
    ck_assert_int_eq(t.result.answer.status, 201);
    list_id = mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const struct ticket *ticket(size_t n)
{
    const struct order *order = scenario_record(&t, &collection_orders, order_id);
    return &order->tickets.at[n];
}

static void scan(const char *more)
{
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'%s}", ticket(0)->code, more);
}

static void scan_at_list(const char *more)
{
    scan(mem_printf(t.arena, ",'list_id':'%s'%s", list_id, more));
}

static void admitted(int64_t people, int64_t left)
{
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    ck_assert_int_eq(scenario_number(&t, "admits"), 4);
    ck_assert_int_eq(scenario_number(&t, "admitted"), people);
    ck_assert_int_eq(scenario_number(&t, "left"), left);
    ck_assert_str_eq(scenario_text(&t, "status"), people > 0 ? "checked_in" : "valid");
}

/* The scan alone is kept. */
static void refused(const char *code, int64_t left)
{
    ck_assert_int_eq(t.result.answer.status, 409);
    ck_assert_str_eq(scenario_text(&t, "code"), code);
    ck_assert_uint_eq(t.n_changes, 1);
    if (left > 0)
        ck_assert_int_eq(scenario_number(&t, "left"), left);
}

static void counts(int64_t let_in, int64_t inside)
{
    const struct check_in_list *list = scenario_record(&t, &collection_check_in_lists, list_id);
    ck_assert_int_eq(list->admitted, let_in);
    ck_assert_int_eq(list->inside, inside);
}

START_TEST(a_code_lets_in_as_many_as_it_is_good_for)
{
    begin();
    scan("");
    admitted(1, 3);
    scan(",'people':2");
    admitted(3, 1);
    scan(",'people':2");
    refused("too_many_people", 1);
    scan("");
    admitted(4, 0);
    scan("");
    refused("already_checked_in", 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_code_for_one_is_for_one)
{
    begin();
    given_type_as(&t, VIP_ID, (struct ticket_type){.capacity = 1});
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" VIP_ID "','quantity':1}],"
                  "'buyer':{'name':'Ana Secret','email':'ana@example.org'}}");
    order_id = mem_strdup(t.arena, scenario_text(&t, "id"));
    scan(",'people':2");
    refused("too_many_people", 1);
    scan(",'people':1");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert(!scenario_flag(&t, "left"));
    ck_assert(!ticket(0)->admitted.set);
    scan("");
    refused("already_checked_in", 0);
    scenario_close(&t);
}
END_TEST

/* Also of a scan that is not the last one. */
START_TEST(a_retry_lets_in_nobody_else)
{
    begin();
    scan(",'gate':'A','nonce':'1'");
    admitted(1, 3);
    scan(",'gate':'A','nonce':'2','people':2");
    admitted(3, 1);
    scan(",'gate':'A','nonce':'1'");
    admitted(3, 1);
    scan(",'gate':'B','nonce':'1'");
    admitted(4, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(an_undo_takes_all_of_them_back)
{
    begin_list("");
    scan(",'people':3");
    scan_at_list(",'people':2");
    counts(2, 2);
    scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'%s'}", ticket(0)->code);
    admitted(0, 4);
    counts(0, 0);
    scan(",'people':4");
    admitted(4, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_list_counts_people)
{
    begin_list(",'mode':'entry_exit','max_inside':5");
    scan_at_list(",'people':3");
    admitted(3, 1);
    ck_assert_int_eq(scenario_number(&t, "lists/0/people"), 3);
    counts(3, 3);
    scan_at_list(",'people':2");
    refused("too_many_people", 1);
    scan_at_list(",'direction':'out','people':4");
    refused("not_inside", 0);
    scan_at_list(",'direction':'out','people':2");
    ck_assert_int_eq(t.result.answer.status, 200);
    counts(3, 1);
    scan_at_list(",'people':3");
    ck_assert_int_eq(t.result.answer.status, 200);
    counts(4, 4);
    scan_at_list("");
    refused("already_checked_in", 0);
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s','list_id':'%s','people':2}",
                  ticket(1)->code, list_id);
    refused("list_full", 0);
    scan_at_list(",'direction':'out','people':4");
    counts(4, 0);
    ck_assert(!ticket(0)->visits.at[0].inside);
    scenario_close(&t);
}
END_TEST

/* Gates without a list go by whoever let in most. */
START_TEST(whom_a_list_let_in_counts_at_the_gates_too)
{
    begin_list("");
    scan_at_list(",'people':3");
    scan(",'people':2");
    refused("too_many_people", 1);
    scan("");
    admitted(4, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(scans_of_a_gate_without_a_network_count_people)
{
    begin();
    for (int i = 0; i < 2; i++) {
        scenario_when(&t, "ticket.check_in_bulk",
                      "{" AT ",'scans':[{'code':'%s','nonce':'1','people':3},"
                      "{'code':'%s','nonce':'2','people':2},{'code':'%s','nonce':'3'}]}",
                      ticket(0)->code, ticket(0)->code, ticket(0)->code);
        ck_assert_str_eq(scenario_text(&t, "results/0/result"), "admitted");
        ck_assert_str_eq(scenario_text(&t, "results/1/reason"), "too_many_people");
        ck_assert_str_eq(scenario_text(&t, "results/2/result"), "admitted");
        ck_assert_int_eq(ticket(0)->admitted.value, 4);
    }
    const struct scan **scans;
    size_t n =
        workset_of_event(t.workset, t.arena, &collection_scans, EVENT_ID, (const void ***)&scans);
    int64_t people = 0;
    for (size_t i = 0; i < n; i++)
        people += scans[i]->result == SCAN_ADMITTED ? scans[i]->people.value : 0;
    ck_assert_int_eq(people, 4);
    scenario_close(&t);
}
END_TEST

START_TEST(a_used_code_is_neither_refunded_nor_replaced)
{
    begin();
    scan("");
    scenario_when(&t, "ticket.reissue", "{" AT ",'order_id':'%s','n':'1'}", order_id);
    scenario_refused(&t, 409, "already_checked_in");
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", order_id);
    scenario_refused(&t, 409, "checked_in");
    scenario_close(&t);
}
END_TEST

START_TEST(how_many_a_type_admits_stays_while_it_is_sold)
{
    begin();
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" GENERAL_ID "','patch':{'admits':2}}");
    scenario_refused(&t, 409, "has_sales");
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" GENERAL_ID "','patch':{'admits':4,'capacity':50}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", order_id);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "ticket_type.update",
                  "{" AT ",'ticket_type_id':'" GENERAL_ID "','patch':{'admits':null}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("admits", a_code_lets_in_as_many_as_it_is_good_for, a_code_for_one_is_for_one,
           a_retry_lets_in_nobody_else, an_undo_takes_all_of_them_back, a_list_counts_people,
           whom_a_list_let_in_counts_at_the_gates_too,
           scans_of_a_gate_without_a_network_count_people,
           a_used_code_is_neither_refunded_nor_replaced,
           how_many_a_type_admits_stays_while_it_is_sold)
