/* What an event sends by itself to everybody: changes and reminders. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "tests/db-svc/rules/messages/automatic_fixture.h"
#include "tests/support/given.h"

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

CHECK_MAIN("automatic_event", everybody_with_a_ticket_or_a_registration_hears_of_a_change_once,
           event_cancel_tells_too_and_who_is_refunded_meanwhile_hears_of_it,
           each_postponement_is_a_cause_of_its_own, a_reminder_waits_for_its_time_and_goes_once,
           a_reminder_follows_the_event_and_what_it_says, nobody_is_reminded_of_what_has_begun,
           who_was_reminded_of_a_date_is_reminded_of_the_next,
           a_reminder_that_somebody_has_cancelled_stays_so)
