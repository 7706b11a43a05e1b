/* Which tickets a message is about, and what else goes with it. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/messages.h"

static struct scenario t;

#define MAIL "'channel':'email','subject':'Hello','message':'{{tickets.list}}'"
#define BUYERS "'audience':{'ticket_type_id':'" GENERAL_ID "'}"

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 10);
}

static struct order *order_of(int n, const char *email, const char *types)
{
    return messages_order(&t, n, email, types);
}

static void given_order(int n, const struct order *order)
{
    messages_given(&t, n, order);
}

#define send(...) messages_send(&t, __VA_ARGS__)

static void claim(const char *address, int64_t ticket)
{
    messages_claim(&t, address, ticket);
}

static size_t deliveries(const struct delivery ***ret_deliveries)
{
    return messages_deliveries(&t, ret_deliveries);
}

static void says(const char *message)
{
    ck_assert_str_eq(scenario_text(&t, "message"), message);
}

START_TEST(one_mail_is_about_all_tickets_of_the_type_that_its_buyer_has)
{
    begin();
    given_order(1, order_of(1, "ana@example.org", "gvg"));
    given_order(2, order_of(2, "ben@example.org", "g"));
    given_order(3, order_of(3, "ANA@example.org", "gx"));
    struct order *lapsed = order_of(4, "ana@example.org", "g");
    lapsed->status = ORDER_CANCELLED;
    given_order(4, lapsed);
    send(MAIL "," BUYERS);
    const struct delivery **all;
    ck_assert_uint_eq(deliveries(&all), 2);
    claim("ana@example.org", 0);
    says("General: 1a\nGeneral: 1c\nGeneral: 3a");
    ck_assert(!scenario_flag(&t, "tickets"));
    scenario_close(&t);
}
END_TEST

START_TEST(each_ticket_has_a_mail_of_its_own_if_the_sender_so_chose)
{
    begin();
    struct order *order = order_of(1, "ana@example.org", "gvxg");
    order->tickets.at[3].attendee = messages_holder(&t, "luis", NULL);
    given_order(1, order);
    given_order(2, order_of(2, "ana@example.org", "g"));
    send(MAIL ",'per':'ticket'," BUYERS);
    const struct delivery **all;
    ck_assert_uint_eq(deliveries(&all), 3);
    claim("luis@example.org", 4);
    says("General, luis: 1d");
    claim("ana@example.org", 1);
    ck_assert_uint_eq(strlen(scenario_text(&t, "message")), strlen("General: 1a"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_page_of_large_orders_is_no_larger_than_others)
{
    begin();
    char *types = mem_zeroed(t.arena, 101);
    memset(types, 'g', 100);
    for (int n = 1; n <= 12; n++)
        given_order(n, order_of(n, "ana@example.org", types));
    scenario_when(&t, "notification.send", "{" AT "," MAIL ",'per':'ticket'," BUYERS "}");
    json_t *next;
    const struct delivery **all;
    for (size_t before = 0; (next = scenario_emitted(&t, "notification.expand", 0)) != NULL;) {
        char *page = json_dumps(next, 0);
        scenario_when(&t, "notification.expand", "%s", page);
        free(page);
        ck_assert_uint_le(deliveries(&all) - before, 500);
        before = deliveries(&all);
    }
    ck_assert_uint_eq(deliveries(&all), 1200);
    scenario_close(&t);
}
END_TEST

START_TEST(an_attendees_tickets_are_those_assigned_to_them)
{
    begin();
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Ana Secret",
                                      .email = "ana@example.org",
                                      .status = ATTENDEE_CONFIRMED});
    struct order *order = order_of(1, "luis@example.org", "gvg");
    order->tickets.at[1].attendee = messages_holder(&t, "ana", ATTENDEE_ID);
    given_order(1, order);
    given_order(2, order_of(2, "ana@example.org", "g"));
    send(MAIL ",'audience':{'all':true}");
    claim("ana@example.org", 0);
    says("General, ana: 1b");
    scenario_when(
        &t, "notification.preview",
        "{" AT ",'channel':'email','message':'{{tickets.codes}}','attendee_id':'" ATTENDEE_ID "'}");
    says("\u2026");
    scenario_close(&t);
}
END_TEST

START_TEST(no_code_is_kept_or_shown_before)
{
    begin();
    given_order(1, order_of(1, "ana@example.org", "gg"));
    send(MAIL ",'attach':['tickets']," BUYERS);
    claim("ana@example.org", 0);
    says("General: 1a\nGeneral: 1b");
    ck_assert(t.result.answer.no_receipt);
    const struct delivery **all;
    (void)deliveries(&all);
    ck_assert_str_eq(all[0]->message, "{{tickets.list}}");
    scenario_close(&t);
}
END_TEST

START_TEST(marketing_has_a_way_out_and_nothing_else_has)
{
    begin();
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Ana Secret",
                                      .email = "ana@example.org",
                                      .marketing_consent = &(struct consent){.given = {true, true}},
                                      .status = ATTENDEE_CONFIRMED});
    send("'channel':'email','subject':'s','message':'{{links.unsubscribe}}','marketing':true,"
         "'audience':{'all':true}");
    claim("ana@example.org", 0);
    const char *text = mem_strdup(t.arena, scenario_text(&t, "message"));
    const char *post = mem_strdup(t.arena, scenario_text(&t, "unsubscribe"));
    ck_assert_ptr_nonnull(strstr(post, "/unsubscribe?token=unsubscribe."));
    ck_assert_str_eq(strchr(text, '#') + 1, strchr(post, '=') + 1);
    scenario_when(&t, "attendee.unsubscribe_by_token", "{'token':'%s'}", strchr(post, '=') + 1);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);

    begin();
    send("'channel':'email','subject':'s','message':'m','audience':{"
         "'recipients':[{'email':'ana@example.org'}]}");
    claim("ana@example.org", 0);
    ck_assert(!scenario_flag(&t, "unsubscribe"));
    scenario_close(&t);
}
END_TEST

START_TEST(tickets_go_with_a_mail_if_the_sender_so_chose)
{
    begin();
    struct order *order = order_of(1, "ana@example.org", "gg");
    order->tickets.at[1].attendee = messages_holder(&t, "ana", NULL);
    given_order(1, order);
    send("'channel':'email','subject':'s','message':'m','attach':['tickets']," BUYERS);
    claim("ana@example.org", 0);
    says("m");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/code"), "1a");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/signature"), "s");
    ck_assert_str_eq(scenario_text(&t, "tickets/0/type"), "General");
    ck_assert_str_eq(scenario_text(&t, "tickets/1/code"), "1b");
    ck_assert_str_eq(scenario_text(&t, "tickets/1/holder"), "ana");
    ck_assert_int_eq(scenario_number(&t, "tickets/1/number"), 2);
    ck_assert(!scenario_flag(&t, "calendar"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_ticket_that_changed_hands_goes_no_more_with_a_repeat)
{
    begin();
    given_order(1, order_of(1, "ana@example.org", "gg"));
    send("'channel':'email','subject':'s','message':'m','attach':['tickets']," BUYERS);
    const struct delivery **all;
    (void)deliveries(&all);
    struct order *order = order_of(1, "ana@example.org", "xg");
    order->id = mem_printf(t.arena, "order_01jz3w4v9he8qb2m5x7k6d%04d", 1);
    workset_put(t.workset, &collection_orders, order->id, order);
    claim("ana@example.org", 0);
    ck_assert_str_eq(scenario_text(&t, "tickets/0/code"), "1b");
    ck_assert(!scenario_flag(&t, "tickets/1"));
    scenario_close(&t);
}
END_TEST

START_TEST(the_event_goes_with_a_mail_if_the_sender_so_chose)
{
    begin();
    send("'channel':'email','subject':'s','message':'m','attach':['calendar'],'audience':{"
         "'recipients':[{'email':'ana@example.org'}]}");
    claim("ana@example.org", 0);
    const char *calendar = scenario_text(&t, "calendar");
    ck_assert_ptr_nonnull(strstr(calendar, "SUMMARY:Concert\r\n"));
    ck_assert_ptr_nonnull(strstr(calendar, "DTSTART;TZID=Europe/Madrid:20260502T200000\r\n"));
    ck_assert_ptr_nonnull(strstr(calendar, "ORGANIZER:mailto:office@example.org\r\n"));
    ck_assert(!scenario_flag(&t, "tickets"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_mail_shows_its_event_in_the_language_of_its_reader)
{
    begin();
    send("'channel':'email','subject':'s','message':'m','locale':'en','texts':[{'locale':'es',"
         "'message':'n'}],'audience':{'recipients':[{'email':'ana@example.org','locale':'es-ES'},"
         "{'email':'ben@example.org'}]}");
    claim("ana@example.org", 0);
    ck_assert_str_eq(scenario_text(&t, "event/name"), "Concert");
    ck_assert_str_eq(scenario_text(&t, "event/when"),
                     "sábado, 2 de mayo de 2026, 20:00 (Europe/Madrid)");
    ck_assert_str_eq(scenario_text(&t, "event/where"), "Hall");
    ck_assert_str_eq(scenario_text(&t, "event/status"), "published");
    ck_assert_str_eq(scenario_text(&t, "event/locale"), "es-ES");
    claim("ben@example.org", 0);
    ck_assert_str_eq(scenario_text(&t, "event/when"), "Saturday 2 May 2026, 20:00 (Europe/Madrid)");
    ck_assert_str_eq(scenario_text(&t, "event/locale"), "en");
    scenario_close(&t);

    begin();
    send("'channel':'sms','message':'m','audience':{'recipients':[{'phone':'+34600000001'}]}");
    claim("+34600000001", 0);
    ck_assert(!scenario_flag(&t, "event"));
    scenario_close(&t);
}
END_TEST

START_TEST(what_a_channel_or_an_audience_cannot_have_is_refused)
{
    begin();
    scenario_when(&t, "notification.create",
                  "{" AT ",'channel':'sms','message':'m','per':'ticket','attach':['calendar'],"
                  "'audience':{'all':true}}");
    SCENARIO_INVALID(&t, "#/per not_allowed", "#/attach not_allowed");
    scenario_when(&t, "notification.create",
                  "{" AT "," MAIL ",'per':'recipient','attach':['calendar','tickets']," BUYERS "}");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(scenario_text(&t, "attach/1"), "tickets");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("outgoing_message", one_mail_is_about_all_tickets_of_the_type_that_its_buyer_has,
           each_ticket_has_a_mail_of_its_own_if_the_sender_so_chose,
           a_page_of_large_orders_is_no_larger_than_others,
           an_attendees_tickets_are_those_assigned_to_them, no_code_is_kept_or_shown_before,
           marketing_has_a_way_out_and_nothing_else_has,
           tickets_go_with_a_mail_if_the_sender_so_chose,
           a_ticket_that_changed_hands_goes_no_more_with_a_repeat,
           the_event_goes_with_a_mail_if_the_sender_so_chose,
           what_a_channel_or_an_audience_cannot_have_is_refused,
           a_mail_shows_its_event_in_the_language_of_its_reader)
