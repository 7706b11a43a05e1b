/* Rules about several members of a record are checked with all else, so that a fault of another
 * member hides none. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_question.h"
#include "libshared/contract/ticket_type.h"
#include "tests/support/ids.h"

/* "pointer code, pointer code"; in `body` ' stands for ". */
static const char *faults_of(void *arena, const struct record *record, const char *body)
{
    char *text = mem_strdup(arena, body);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    ck_assert_msg(json != NULL, "%s in %s", error.text, text);
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    (void)!record_decode(&decoder, record, json, mem_zeroed(arena, record->size));
    json_decref(json);
    char *faults = mem_strdup(arena, "");
    for (size_t i = 0; i < violations.n; i++)
        faults = mem_printf(arena, "%s%s%s %s", faults, i > 0 ? ", " : "", violations.at[i].pointer,
                            violation_code_text(violations.at[i].code));
    return faults;
}

struct row {
    const struct record *record;
    const char *body, *faults;
};

static void hold(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        void *arena = mem_arena(NULL, 0);
        ck_assert_str_eq(faults_of(arena, rows[i].record, rows[i].body), rows[i].faults);
        mem_free(arena);
    }
}

#define EVENT "'time_zone':'UTC','location':'l','category':'c','currency':'EUR'"
#define TIMES(ends, opens, closes)                                                                 \
    ",'ends_at':'" ends "','check_in_opens_at':'" opens "','check_in_closes_at':'" closes "'"

START_TEST(a_fault_elsewhere_hides_no_broken_rule)
{
    static const struct row rows[] = {
        {&event_record,
         "{'name':'','starts_at':'2026-05-01T18:00:00Z','pools':[{'name':'a','capacity':1},"
         "{'name':'a','capacity':1}]," EVENT TIMES("2026-05-01T17:00:00Z", "2026-05-01T17:00:00Z",
                                                   "2026-05-01T16:00:00Z") "}",
         "#/name too_short, #/pools/1/name duplicate, #/ends_at must_be_after, "
         "#/check_in_closes_at must_be_after"},
        {&ticket_type_record,
         "{'type':'t','name':'n','price':{'amount':-1,'currency':'EUR'},'capacity':-1,"
         "'sales_start':'2026-05-01T18:00:00Z','sales_end':'2026-05-01T17:00:00Z'}",
         "#/price/amount too_small, #/capacity too_small, #/sales_end must_be_after"},
        {&order_record,
         "{'items':[{'ticket_type_id':'" GENERAL_ID
         "','quantity':60},{'ticket_type_id':'" GENERAL_ID
         "','quantity':60}],'buyer':{'name':'n'}}",
         "#/buyer/email required, #/items/1/ticket_type_id duplicate, #/items too_large"},
        {&check_in_list_record,
         "{'name':'','from':'2026-05-01T18:00:00Z','until':'2026-05-01T17:00:00Z'}",
         "#/name too_short, #/until must_be_after"},
        {&notification_record,
         "{'channel':'fax','message':'m','audience':{'all':true},"
         "'send_at':'2026-05-01T18:00:00Z','before_start':'P1D'}",
         "#/channel not_allowed, #/before_start at_most_one"},
        {&ticket_question_record, "{'id':'NO','label':'l','kind':'choice','choices':['a','a']}",
         "#/id invalid_name, #/choices/1 duplicate"},
    };
    hold(rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(a_rule_says_nothing_of_members_that_are_wrong_themselves)
{
    static const struct row rows[] = {
        {&event_record,
         "{'name':'n','starts_at':'soon'," EVENT TIMES("1960-05-01T17:00:00Z",
                                                       "2026-05-01T17:00:00Z", "late") "}",
         "#/starts_at invalid_time, #/check_in_closes_at invalid_time"},
        {&event_record,
         "{'name':'n','starts_at':'2026-05-01T18:00:00Z','pools':[{'capacity':1},{'capacity':1}],"
         "'questions':[{'label':'l','kind':'text'},{'label':'l','kind':'text'}]," EVENT "}",
         "#/pools/0/name required, #/pools/1/name required, #/questions/0/id required, "
         "#/questions/1/id required"},
        {&order_record,
         "{'items':[{'quantity':60},{'ticket_type_id':'" GENERAL_ID
         "','quantity':60}],'buyer':{'name':'n','email':'a@b.org'}}",
         "#/items/0/ticket_type_id required"},
        {&notification_record, "{'channel':'email','message':'m','audience':{'status':'asleep'}}",
         "#/audience/status not_allowed"},
        {&notification_record, "{'channel':'email','message':'m','audience':{'nobody':1}}",
         "#/audience/nobody unknown_member"},
        {&ticket_question_record, "{'id':'size','label':'l','kind':'size','choices':['a']}",
         "#/kind not_allowed"},
    };
    hold(rows, sizeof rows / sizeof *rows);
}
END_TEST

CHECK_MAIN("rules", a_fault_elsewhere_hides_no_broken_rule,
           a_rule_says_nothing_of_members_that_are_wrong_themselves)
