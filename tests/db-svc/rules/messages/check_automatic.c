/* Messages that an event sends by itself to one person: each cause has one. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "tests/db-svc/rules/messages/automatic_fixture.h"
#include "tests/support/given.h"

START_TEST(an_event_sends_nothing_that_is_not_switched_on)
{
    begin("{'welcome':false}");
    (void)sign_up("ana@example.org");
    (void)buy("ana@example.org", "");
    become("postponed");
    become("cancelled");
    sent_nothing();
    scenario_close(&t);
}
END_TEST

START_TEST(who_registers_is_welcomed)
{
    begin("{'welcome':true}");
    const char *id = sign_up("ana@example.org");
    const struct notification *welcome = only(AUTOMATIC_WELCOME);
    ck_assert_int_eq(welcome->status, NOTIFICATION_SENDING);
    ck_assert_ptr_nonnull(strstr(welcome->message, "{{links.confirm}}"));
    ck_assert_str_eq(welcome->locale, "en");
    ck_assert_uint_eq(welcome->texts.n, 1);
    ck_assert_str_eq(welcome->texts.at[0].locale, "es");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.created", 0));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.sending", 0));
    expand();
    ck_assert_str_eq(addresses(), "ana@example.org");
    scenario_when(&t, "attendee.confirm", "{" AT ",'attendee_id':'%s'}", id);
    scenario_when(&t, "attendee.register", "{" AT ",'name':'Secret','email':'ana@example.org'}");
    scenario_refused(&t, 409, "duplicate_email");
    (void)only(AUTOMATIC_WELCOME);
    scenario_close(&t);
}
END_TEST

START_TEST(who_is_imported_is_not_welcomed)
{
    begin("{'welcome':true}");
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'import_01jz3w4v9he8qb2m5x7k6d0c1n','end':'done','rows':["
                  "{'line':2,'name':'Ben Secret','email':'ben@example.org'}]}");
    ck_assert_int_eq(t.result.answer.status, 200);
    sent_nothing();
    scenario_close(&t);
}
END_TEST

START_TEST(who_pays_gets_the_tickets)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    const struct notification *tickets = only(AUTOMATIC_TICKETS);
    ck_assert_str_eq(tickets->audience->order_id, id);
    ck_assert_ptr_nonnull(strstr(tickets->message, "{{tickets.list}}"));
    ck_assert_uint_eq(tickets->attach.n, 2);
    expand();
    ck_assert_str_eq(addresses(), "ana@example.org");
    const struct delivery **deliveries;
    (void)workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID,
                           (const void ***)&deliveries);
    ck_assert_int_eq(deliveries[0]->about, ABOUT_ORDER);
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'sending','attempt':1,'claim':'one#1'}",
                  deliveries[0]->id);
    const struct order *order = scenario_record(&t, &collection_orders, id);
    for (size_t i = 0; i < 2; i++)
        ck_assert_ptr_nonnull(strstr(scenario_text(&t, "message"), order->tickets.at[i].code));
    scenario_close(&t);
}
END_TEST

static size_t mails(void)
{
    const struct notification **all;
    return notifications(&all);
}

static void pass_on(const char *how, const char *order_id, int n, const char *more)
{
    scenario_when(&t, how, "{" AT ",'order_id':'%s','n':%d%s}", order_id, n, more);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

#define TO_LUIS ",'name':'Luis Secret','email':'luis@example.org'"

START_TEST(who_is_given_a_ticket_gets_it)
{
    static const char *const how[] = {"ticket.assign", "ticket.transfer"};
    for (size_t i = 0; i < 2; i++) {
        begin("{'tickets':true}");
        const char *id = buy("ana@example.org", "");
        pass_on(how[i], id, 2, TO_LUIS);
        ck_assert_uint_eq(mails(), 2);
        json_t *page = scenario_emitted(&t, "notification.expand", 0);
        const struct notification *mail =
            scenario_record(&t, &collection_notifications,
                            json_string_value(json_object_get(page, "notification_id")));
        ck_assert_int_eq(mail->automatic, AUTOMATIC_TICKETS);
        ck_assert_str_eq(mail->audience->order_id, id);
        ck_assert_int_eq(mail->audience->ticket.value, 2);
        ck_assert_ptr_null(strstr(mail->message, "{{order"));
        expand();
        ck_assert_str_eq(addresses(), "luis@example.org");
        const struct delivery **deliveries;
        (void)workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID,
                               (const void ***)&deliveries);
        scenario_when(&t, "delivery.record",
                      "{" AT ",'delivery_id':'%s','status':'sending','attempt':1,'claim':'one#1'}",
                      deliveries[0]->id);
        const struct order *order = scenario_record(&t, &collection_orders, id);
        ck_assert_ptr_nonnull(strstr(scenario_text(&t, "message"), order->tickets.at[1].code));
        ck_assert_ptr_null(strstr(scenario_text(&t, "message"), order->tickets.at[0].code));
        ck_assert_str_eq(scenario_text(&t, "tickets/0/code"), order->tickets.at[1].code);
        ck_assert(!scenario_flag(&t, "tickets/1"));
        scenario_close(&t);
    }
}
END_TEST

START_TEST(what_a_buyer_is_told_of_an_order_is_for_nobody_else)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    char *page = json_dumps(scenario_emitted(&t, "notification.expand", 0), 0);
    pass_on("ticket.transfer", id, 2, TO_LUIS); /* before anybody gets the mail */
    expand();
    ck_assert_str_eq(addresses(), "luis@example.org");
    scenario_when(&t, "notification.expand", "%s", page);
    free(page);
    ck_assert_str_eq(addresses(), "ana@example.org luis@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(a_new_code_goes_to_whose_the_ticket_is)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    pass_on("ticket.reissue", id, 1, "");
    expand();
    ck_assert_str_eq(addresses(), "ana@example.org");
    pass_on("ticket.transfer", id, 2, TO_LUIS);
    pass_on("ticket.reissue", id, 2, "");
    ck_assert_uint_eq(mails(), 4);
    expand();
    ck_assert_str_eq(addresses(), "ana@example.org luis@example.org");
    pass_on("ticket.transfer", id, 2, ",'name':'L Secret','email':'luis@example.org'");
    ck_assert_uint_eq(mails(), 5);
    scenario_close(&t);
}
END_TEST

START_TEST(who_has_the_code_already_gets_it_once)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    pass_on("ticket.assign", id, 1, ",'name':'Ana Secret','email':'ANA@example.org'");
    pass_on("ticket.assign", id, 2, TO_LUIS);
    ck_assert_uint_eq(mails(), 2);
    pass_on("ticket.assign", id, 2, TO_LUIS);
    pass_on("ticket.transfer", id, 2, TO_LUIS);
    pass_on("ticket.assign", id, 2, ",'name':'L Secret','email':'luis@example.org'");
    ck_assert_uint_eq(mails(), 2);
    scenario_close(&t);
    begin("{'tickets':false}");
    pass_on("ticket.transfer", buy("ana@example.org", ""), 2, TO_LUIS);
    sent_nothing();
    scenario_close(&t);
}
END_TEST

START_TEST(a_ticket_that_is_void_by_then_is_not_mailed)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", "");
    pass_on("ticket.transfer", id, 2, TO_LUIS);
    char *page = json_dumps(scenario_emitted(&t, "notification.expand", 0), 0);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", id);
    scenario_when(&t, "notification.expand", "%s", page);
    free(page);
    const struct delivery **deliveries;
    size_t n = workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID,
                                (const void ***)&deliveries);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(deliveries[0]->status, DELIVERY_SUPPRESSED);
    ck_assert_str_eq(deliveries[0]->error, "no_tickets");
    scenario_close(&t);
}
END_TEST

START_TEST(a_hold_gets_tickets_once_it_is_paid)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", ",'hold_seconds':60");
    sent_nothing();
    scenario_when(&t, "order.confirm", "{" AT ",'order_id':'%s'}", id);
    (void)only(AUTOMATIC_TICKETS);
    scenario_when(&t, "order.confirm", "{" AT ",'order_id':'%s'}", id);
    (void)only(AUTOMATIC_TICKETS);
    scenario_close(&t);
}
END_TEST

START_TEST(a_payment_that_confirms_an_order_brings_its_tickets)
{
    begin("{'tickets':true}");
    const char *id = buy("ana@example.org", ",'hold_seconds':60");
    for (int i = 0; i < 2; i++) {
        scenario_when(&t, "payment.succeeded",
                      "{" AT ",'order_id':'%s','payment_id':'p1',"
                      "'amount':{'amount':5000,'currency':'EUR'}}",
                      id);
        (void)only(AUTOMATIC_TICKETS);
    }
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_may_be_created_with_its_messages)
{
    scenario_open(&t);
    scenario_when(&t, "event.create",
                  "{'name':'x','starts_at':'2026-06-01T18:00:00Z','time_zone':'Europe/Madrid',"
                  "'location':'x','category':'x','currency':'EUR',"
                  "'messages':{'welcome':true,'reminder':'P1D'}}");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(scenario_text(&t, "messages/reminder"), "P1D");
    ck_assert(!scenario_flag(&t, "reminder_id"));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.created", 0));
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("automatic", an_event_sends_nothing_that_is_not_switched_on, who_registers_is_welcomed,
           who_is_imported_is_not_welcomed, who_pays_gets_the_tickets,
           who_is_given_a_ticket_gets_it, what_a_buyer_is_told_of_an_order_is_for_nobody_else,
           a_new_code_goes_to_whose_the_ticket_is, who_has_the_code_already_gets_it_once,
           a_ticket_that_is_void_by_then_is_not_mailed, a_hold_gets_tickets_once_it_is_paid,
           a_payment_that_confirms_an_order_brings_its_tickets,
           an_event_may_be_created_with_its_messages)
