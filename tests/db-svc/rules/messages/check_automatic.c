/* Messages that an event sends by itself: each cause has one. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define DAY INT64_C(86400000)

static void switch_on(const char *messages)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'messages':%s}}", messages);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

/* An event three days ahead. */
static void begin(const char *messages)
{
    scenario_open(&t);
    scenario_given(&t, &collection_events, EVENT_ID,
                   &(struct event){.name = "Concert",
                                   .time_zone = "Europe/Madrid",
                                   .location = "Hall",
                                   .category = "music",
                                   .currency = "EUR",
                                   .starts_at = SCENARIO_NOW + 3 * DAY,
                                   .status = EVENT_PUBLISHED});
    given_type(&t, GENERAL_ID, 10);
    switch_on(messages);
}

static const char *sign_up(const char *email)
{
    scenario_when(&t, "attendee.register", "{" AT ",'name':'Secret','email':'%s'}", email);
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const char *buy(const char *email, const char *more)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'buyer':{'name':'Secret','email':'%s'},"
                  "'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':2}]%s}",
                  email, more);
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void become(const char *status)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'status':'%s'}}", status);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static size_t notifications(const struct notification ***ret_notifications)
{
    return workset_of_event(t.workset, t.arena, &collection_notifications, EVENT_ID,
                            (const void ***)ret_notifications);
}

static const struct notification *only(enum automatic automatic)
{
    const struct notification **all;
    ck_assert_uint_eq(notifications(&all), 1);
    ck_assert_int_eq(all[0]->automatic, automatic);
    ck_assert_int_eq(all[0]->channel, CHANNEL_EMAIL);
    return all[0];
}

static void sent_nothing(void)
{
    const struct notification **all;
    ck_assert_uint_eq(notifications(&all), 0);
}

/* Gives the audience its deliveries, page by page. */
static void expand(void)
{
    json_t *page;
    while ((page = scenario_emitted(&t, "notification.expand", 0)) != NULL) {
        char *text = json_dumps(page, 0);
        scenario_when(&t, "notification.expand", "%s", text);
        free(text);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The addresses that get it, sorted. */
static const char *addresses(void)
{
    const struct delivery **all;
    const char *at[50], *text = "";
    size_t n = workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID,
                                (const void ***)&all);
    ck_assert_uint_lt(n, 50);
    for (size_t i = 0; i < n; i++)
        at[i] = all[i]->address;
    qsort(at, n, sizeof *at, by_text);
    for (size_t i = 0; i < n; i++)
        text = mem_printf(t.arena, "%s%s%s", text, i > 0 ? " " : "", at[i]);
    return text;
}

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

/* Ana is on the list and a buyer, Ben on the list, Cleo bought a ticket and gave one to Dora; Eva
 * cancelled, Finn was refunded, Gina's hold lapsed. */
static void given_crowd(void)
{
    (void)sign_up("ana@example.org");
    (void)sign_up("ben@example.org");
    const char *eva = sign_up("eva@example.org");
    scenario_when(&t, "attendee.cancel", "{" AT ",'attendee_id':'%s'}", eva);
    (void)buy("ANA@example.org", "");
    const char *cleo = buy("cleo@example.org", "");
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'%s','n':1,'name':'Secret','email':'dora@example.org'}",
                  cleo);
    const char *finn = buy("finn@example.org", "");
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", finn);
    const char *gina = buy("gina@example.org", ",'hold_seconds':60");
    t.now += 60000;
    scenario_when(&t, "order.expire", "{" AT ",'order_id':'%s'}", gina);
}

#define CROWD "ana@example.org ben@example.org cleo@example.org dora@example.org"

START_TEST(everybody_with_a_ticket_or_a_registration_hears_of_a_change_once)
{
    static const enum automatic automatic[] = {AUTOMATIC_POSTPONED, AUTOMATIC_CANCELLED};
    static const char *const status[] = {"postponed", "cancelled"};
    for (size_t i = 0; i < 2; i++) {
        begin("{'changes':true}");
        given_crowd();
        become(status[i]);
        expand();
        (void)only(automatic[i]);
        ck_assert_str_eq(addresses(), CROWD);
        become(status[i]);
        (void)only(automatic[i]);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(event_cancel_tells_too_and_who_is_refunded_meanwhile_hears_of_it)
{
    begin("{'changes':true}");
    (void)sign_up("ben@example.org");
    const char *id = buy("ana@example.org", "");
    scenario_when(&t, "event.cancel", "{" AT "}");
    char *page = json_dumps(scenario_emitted(&t, "notification.expand", 0), 0);
    t.now += 5;
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "notification.expand", "%s", page);
    free(page);
    expand();
    ck_assert_str_eq(addresses(), "ana@example.org ben@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(each_postponement_is_a_cause_of_its_own)
{
    begin("{'changes':true}");
    become("postponed");
    become("published");
    become("postponed");
    const struct notification **all;
    ck_assert_uint_eq(notifications(&all), 2);
    scenario_close(&t);
}
END_TEST

START_TEST(a_reminder_waits_for_its_time_and_goes_once)
{
    begin("{'reminder':'P1D'}");
    const struct notification *reminder = only(AUTOMATIC_REMINDER);
    ck_assert_int_eq(reminder->status, NOTIFICATION_SCHEDULED);
    ck_assert_int_eq(reminder->due_at.ms, SCENARIO_NOW + 2 * DAY);
    given_crowd();
    t.now = SCENARIO_NOW + 2 * DAY;
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", reminder->id);
    expand();
    ck_assert_str_eq(addresses(), CROWD);
    switch_on("{'reminder':'P1D','welcome':true}");
    (void)only(AUTOMATIC_REMINDER);
    scenario_close(&t);
}
END_TEST

START_TEST(a_reminder_follows_the_event_and_what_it_says)
{
    begin("{'reminder':'P1D'}");
    switch_on("{'reminder':'PT2H'}");
    ck_assert_int_eq(only(AUTOMATIC_REMINDER)->due_at.ms, SCENARIO_NOW + 3 * DAY - 7200000);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'starts_at':'2026-05-11T18:00:00Z'}}");
    ck_assert_int_eq(only(AUTOMATIC_REMINDER)->due_at.ms, SCENARIO_NOW + 10 * DAY - 7200000);
    switch_on("{'reminder':null}");
    ck_assert_int_eq(only(AUTOMATIC_REMINDER)->status, NOTIFICATION_CANCELLED);
    switch_on("{'reminder':'P2D'}");
    const struct notification **all;
    ck_assert_uint_eq(notifications(&all), 2);
    scenario_close(&t);
}
END_TEST

static void move_to(const char *day)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'starts_at':'2026-05-%sT18:00:00Z'}}", day);
    ck_assert_int_eq(t.result.answer.status, 200);
}

START_TEST(who_was_reminded_of_a_date_is_reminded_of_the_next)
{
    begin("{'reminder':'P7D'}");
    sent_nothing();
    move_to("11");
    const struct notification *first = only(AUTOMATIC_REMINDER);
    ck_assert_int_eq(first->due_at.ms, SCENARIO_NOW + 3 * DAY);
    t.now = SCENARIO_NOW + 3 * DAY;
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", first->id);
    move_to("10");
    (void)only(AUTOMATIC_REMINDER);
    move_to("21");
    const struct notification **all;
    ck_assert_uint_eq(notifications(&all), 2);
    scenario_close(&t);
}
END_TEST

START_TEST(a_reminder_that_somebody_has_cancelled_stays_so)
{
    begin("{'reminder':'P1D'}");
    scenario_when(&t, "notification.cancel", "{" AT ",'notification_id':'%s'}",
                  only(AUTOMATIC_REMINDER)->id);
    move_to("21");
    ck_assert_int_eq(only(AUTOMATIC_REMINDER)->status, NOTIFICATION_CANCELLED);
    scenario_close(&t);
}
END_TEST

START_TEST(nobody_is_reminded_of_what_has_begun)
{
    begin("{'reminder':'P7D'}");
    sent_nothing();
    switch_on("{'reminder':'P1D'}");
    become("cancelled");
    ck_assert_int_eq(only(AUTOMATIC_REMINDER)->status, NOTIFICATION_CANCELLED);
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
           who_is_given_a_ticket_gets_it, a_new_code_goes_to_whose_the_ticket_is,
           who_has_the_code_already_gets_it_once, a_ticket_that_is_void_by_then_is_not_mailed,
           a_hold_gets_tickets_once_it_is_paid, a_payment_that_confirms_an_order_brings_its_tickets,
           everybody_with_a_ticket_or_a_registration_hears_of_a_change_once,
           event_cancel_tells_too_and_who_is_refunded_meanwhile_hears_of_it,
           each_postponement_is_a_cause_of_its_own, a_reminder_waits_for_its_time_and_goes_once,
           a_reminder_follows_the_event_and_what_it_says, nobody_is_reminded_of_what_has_begun,
           who_was_reminded_of_a_date_is_reminded_of_the_next,
           a_reminder_that_somebody_has_cancelled_stays_so,
           an_event_may_be_created_with_its_messages)
