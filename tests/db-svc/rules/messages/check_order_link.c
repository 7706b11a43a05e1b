/* The link to an order's page in what its readers are sent: each one's own, and kept nowhere. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/contract/own_order.h"
#include "tests/db-svc/rules/messages/automatic_fixture.h"
#include "tests/support/given.h"

#define PAGE "https://example.org/my-order#"

/* The text that goes out to an address. */
static const char *sent_to(const char *address)
{
    const struct delivery **all, *found = NULL;
    expand();
    size_t n = workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID,
                                (const void ***)&all);
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i]->address, address) == 0)
            found = all[i];
    ck_assert_ptr_nonnull(found);
    const char *id = found->id;
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'sending','attempt':1,'claim':'one#1'}", id);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    const struct delivery *delivery = scenario_record(&t, &collection_deliveries, id);
    ck_assert_ptr_null(strstr(delivery->message, PAGE));
    return mem_strdup(t.arena, scenario_text(&t, "message"));
}

/* Whose link is in the text. */
static const char *reader_of(const char *text, const char *order_id)
{
    struct self_service_token token;
    const char *at = strstr(text, PAGE);
    ck_assert_msg(at != NULL, "%s", text);
    at += strlen(PAGE);
    ck_assert(self_service_read(t.arena, mem_strndup(t.arena, at, strcspn(at, "\n")), &token));
    ck_assert_int_gt(token.expires_at, t.now + 3 * DAY);
    return own_order_reader(&t.self_service, &token,
                            scenario_record(&t, &collection_orders, order_id));
}

START_TEST(a_buyer_is_led_to_the_order)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    const char *text = sent_to("ana@example.org");
    ck_assert_str_eq(reader_of(text, id), "ana@example.org");
    ck_assert_ptr_nonnull(strstr(text, ":\n" PAGE));
    scenario_close(&t);
}
END_TEST

START_TEST(a_holder_is_led_to_the_own_ticket)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'%s','n':2,'name':'Bea Secret','email':'bea@example.org'}",
                  id);
    ck_assert_str_eq(reader_of(sent_to("bea@example.org"), id), "bea@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(who_is_only_sent_the_tickets_may_not_change_the_order)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    scenario_when(&t, "order.resend", "{" AT ",'order_id':'%s','to':'cid@example.org'}", id);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    const char *text = sent_to("cid@example.org");
    ck_assert_ptr_null(strstr(text, PAGE));
    /* Nothing announces what is not there. */
    ck_assert_ptr_null(strstr(text, ":\n\n"));
    ck_assert_ptr_null(strstr(text, "\n\n\n"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_text_of_the_organisers_has_it_where_it_is_asked_for)
{
    begin("{}");
    const char *id = buy("ana@example.org", "");
    scenario_when(&t, "notification.send",
                  "{" AT ",'channel':'email','subject':'x','message':'See {{ links.order }} now',"
                  "'audience':{'order_id':'%s'}}",
                  id);
    ck_assert_msg(t.result.answer.status == 202, "%s", t.result.answer.body);
    const char *text = sent_to("ana@example.org");
    ck_assert_int_eq(strncmp(text, "See " PAGE, strlen("See " PAGE)), 0);
    scenario_when(&t, "notification.send",
                  "{" AT ",'channel':'email','subject':'x','message':'See {{links.order}} now',"
                  "'audience':{'recipients':[{'name':'Bea Secret','email':'bea@example.org'}]}}");
    ck_assert_str_eq(sent_to("bea@example.org"), "See  now");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("order_link", a_buyer_is_led_to_the_order, a_holder_is_led_to_the_own_ticket,
           who_is_only_sent_the_tickets_may_not_change_the_order,
           a_text_of_the_organisers_has_it_where_it_is_asked_for)
