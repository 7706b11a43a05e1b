/* What notify-svc may rely on: one attempt at a time, and an end that counts once. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "tests/db-svc/rules/messages/delivery_fixture.h"
#include "tests/support/given.h"

START_TEST(a_claim_is_answered_with_all_there_is_to_send)
{
    begin();
    report("sending", 1, "c1", "");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "name"), "Ana Secret");
    ck_assert_str_eq(scenario_text(&t, "address"), "ana@example.org");
    ck_assert_str_eq(scenario_text(&t, "subject"), "Hello");
    ck_assert_str_eq(scenario_text(&t, "message"), "Doors at eight.");
    ck_assert_str_eq(scenario_text(&t, "channel"), "email");
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    ck_assert_int_eq(scenario_number(&t, "attempts"), 1);
    ck_assert_int_eq(delivery()->due_at.ms, SCENARIO_NOW + 60000);
    ck_assert_uint_eq(t.result.n_outgoing, 0);
    scenario_close(&t);
}
END_TEST

static void given_buyer(void)
{
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Ana Secret",
                                      .email = "ana@example.org",
                                      .status = ATTENDEE_CONFIRMED});
    static struct order_item items[] = {{.quantity = 2}, {.quantity = 1}};
    struct order order = {.event_id = EVENT_ID, .status = ORDER_PAID, .total = {7550, "EUR"}};
    order.items.at = items;
    order.items.n = 2;
    scenario_given(&t, &collection_orders, ORDER_ID, &order);
}

START_TEST(each_recipient_gets_a_text_of_their_own)
{
    begin();
    given_buyer();
    given_delivery(TWO, (struct delivery){.status = DELIVERY_QUEUED,
                                          .attendee_id = ATTENDEE_ID,
                                          .order_id = ORDER_ID});
    given_text("{{event.name}} for {{recipient.name}}",
               "{{event.location}}, {{event.starts_at}} ({{event.time_zone}}) {{event.ends_at}}|"
               "{{attendee.email}} {{attendee.status}}|{{order.id}} {{order.tickets}} "
               "{{order.total}}");
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" TWO "','status':'sending','attempt':1,'claim':'c'}");
    ck_assert_str_eq(scenario_text(&t, "subject"), "Concert for Ana Secret");
    ck_assert_str_eq(scenario_text(&t, "message"),
                     "Hall, 2026-05-02 20:00 (Europe/Madrid) |ana@example.org confirmed|" ORDER_ID
                     " 3 75.50 EUR");
    const struct delivery *sent = scenario_record(&t, &collection_deliveries, TWO);
    ck_assert_str_eq(sent->subject, "Concert for Ana Secret");
    ck_assert_str_eq(sent->message, scenario_text(&t, "message"));
    scenario_close(&t);
}
END_TEST

START_TEST(what_a_recipient_has_not_is_left_out)
{
    begin();
    given_text("[{{order.id}}]", "{{attendee.name}}{{order.total}}{{attendee.status}}.");
    report("sending", 1, "c1", "");
    ck_assert_str_eq(scenario_text(&t, "subject"), "[]");
    ck_assert_str_eq(scenario_text(&t, "message"), "Ana Secret.");
    scenario_close(&t);
}
END_TEST

START_TEST(the_text_of_the_first_attempt_stays)
{
    begin();
    given_text("Hello", "Doors at {{event.starts_at}}.");
    report("sending", 1, "c1", "");
    report("queued", 1, "c1", "");
    struct event moved = *(const struct event *)scenario_record(&t, &collection_events, EVENT_ID);
    moved.starts_at += 3600000;
    workset_put(t.workset, &collection_events, EVENT_ID, mem_dup(t.arena, &moved, sizeof moved));
    report("sending", 2, "c2", "");
    ck_assert_str_eq(scenario_text(&t, "message"), "Doors at 2026-05-02 20:00.");
    scenario_close(&t);
}
END_TEST

START_TEST(an_attempt_is_claimed_once)
{
    begin();
    report("sending", 2, "c1", "");
    scenario_refused(&t, 409, "already_claimed");
    report("sending", 1, "c1", "");
    report("sending", 1, "c1", "");
    scenario_unchanged(&t, 200);
    ck_assert_str_eq(scenario_text(&t, "message"), "Doors at eight.");
    report("sending", 1, "c2", "");
    scenario_refused(&t, 409, "already_claimed");
    ck_assert_str_eq(scenario_text(&t, "delivery_status"), "sending");
    report("sending", 2, "c2", "");
    scenario_refused(&t, 409, "already_claimed");
    scenario_close(&t);
}
END_TEST

/* Who restarts begins anew what it had claimed before. */
START_TEST(a_claim_of_the_same_instance_takes_the_place_of_its_last)
{
    begin();
    report("sending", 1, "host:1#a", "");
    t.now += 1000;
    report("sending", 1, "host:1#b", "");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "message"), "Doors at eight.");
    ck_assert_int_eq(scenario_number(&t, "attempts"), 1);
    ck_assert_int_eq(delivery()->due_at.ms, t.now + 60000);
    report("sent", 1, "host:1#a", "");
    scenario_refused(&t, 409, "already_claimed");
    report("sent", 1, "host:1#b", "");
    ck_assert_str_eq(scenario_text(&t, "status"), "sent");
    report("sending", 1, "host:1#c", "");
    scenario_refused(&t, 409, "already_claimed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_claim_of_another_instance_does_not)
{
    static const char *const others[] = {"host:2#a", "host:1", "host:11#a", "host:#a", "#a", "a"};
    begin();
    report("sending", 1, "host:1#a", "");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        report("sending", 1, others[i], "");
        scenario_refused(&t, 409, "already_claimed");
    }
    report("sending", 2, "host:1#b", "");
    scenario_refused(&t, 409, "already_claimed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_claim_that_names_no_instance_takes_the_place_of_none)
{
    begin();
    report("sending", 1, "#a", "");
    report("sending", 1, "#b", "");
    scenario_refused(&t, 409, "already_claimed");
    scenario_close(&t);
}
END_TEST

START_TEST(an_attempt_ends_once)
{
    static const struct {
        const char *status, *fact;
        int sent;
    } rows[] = {{"sent", "delivery.sent", 1},
                {"failed", "delivery.failed", 0},
                {"bounced", "delivery.failed", 0}};
    for (size_t i = 0; i < 3; i++) {
        begin();
        report("sending", 1, "c1", "");
        report(rows[i].status, 1, "c1", ",'provider_id':'p1','error':'for ana@example.org'");
        ck_assert_str_eq(scenario_text(&t, "status"), rows[i].status);
        ck_assert(!scenario_flag(&t, "message"));
        json_t *fact = scenario_emitted(&t, rows[i].fact, 0);
        ck_assert_str_eq(json_string_value(json_object_get(fact, "delivery_id")), DELIVERY_ID);
        ck_assert_str_eq(json_string_value(json_object_get(fact, "status")), rows[i].status);
        ck_assert_str_eq(delivery()->provider_id, "p1");
        ck_assert(!delivery()->due_at.set);
        ck_assert_int_eq(delivery()->sent_at.set, rows[i].sent);
        check_counts(1, rows[i].sent, !rows[i].sent);
        ck_assert_int_eq(notification()->status, NOTIFICATION_SENDING);
        report(rows[i].status, 1, "c1", "");
        scenario_unchanged(&t, 200);
        report("sending", 2, "c2", "");
        scenario_refused(&t, 409, "already_claimed");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(only_who_claimed_says_how_it_ended)
{
    static const char *const ends[] = {"sent", "failed", "queued", "bounced"};
    for (size_t i = 0; i < 4; i++) {
        begin();
        report(ends[i], 1, "c1", "");
        scenario_refused(&t, 409, "already_claimed");
        report("sending", 1, "c1", "");
        report(ends[i], 1, "c2", "");
        scenario_refused(&t, 409, "already_claimed");
        report(ends[i], 2, "c1", "");
        scenario_refused(&t, 409, "already_claimed");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(another_end_than_the_one_told_is_refused)
{
    begin();
    report("sending", 1, "c1", "");
    report("failed", 1, "c1", "");
    report("sent", 1, "c1", "");
    scenario_refused(&t, 409, "already_claimed");
    scenario_close(&t);
}
END_TEST

START_TEST(other_states_are_not_reported)
{
    static const char *const states[] = {"delivered", "suppressed"};
    begin();
    for (size_t i = 0; i < 2; i++) {
        report(states[i], 1, "c1", "");
        SCENARIO_INVALID(&t, "#/status not_allowed");
    }
    scenario_close(&t);
}
END_TEST

START_TEST(with_its_last_delivery_the_notification_is_sent)
{
    begin();
    given_delivery(TWO, (struct delivery){.status = DELIVERY_SENDING,
                                          .attempts = 1,
                                          .claim = "c",
                                          .due_at = {true, SCENARIO_NOW}});
    report("sending", 1, "c1", "");
    report("failed", 1, "c1", "");
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" TWO "','status':'sent','attempt':1,'claim':'c'}");
    check_counts(0, 1, 1);
    ck_assert_int_eq(notification()->status, NOTIFICATION_SENT);
    ck_assert_int_eq(notification()->sent_at.ms, SCENARIO_NOW);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.sent", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(while_pages_of_the_audience_are_to_come_the_notification_is_not_sent)
{
    begin();
    struct notification sending = *notification();
    sending.expanded = (struct opt_bool){0};
    sending.counts = &(struct notification_counts){.queued = 1};
    workset_put(t.workset, &collection_notifications, NOTIFICATION_ID,
                mem_dup(t.arena, &sending, sizeof sending));
    report("sending", 1, "c1", "");
    report("sent", 1, "c1", "");
    check_counts(0, 1, 0);
    ck_assert_int_eq(notification()->status, NOTIFICATION_SENDING);
    scenario_close(&t);
}
END_TEST

START_TEST(a_missing_delivery_is_404)
{
    static const char *const rows[][2] = {
        {"delivery.record", ",'status':'sending','attempt':1,'claim':'c'"},
        {"delivery.settle", ",'status':'delivered'"},
        {"delivery.requeue", ""}};
    begin();
    for (size_t i = 0; i < 3; i++) {
        scenario_when(&t, rows[i][0], "{" AT ",'delivery_id':'" TWO "'%s}", rows[i][1]);
        scenario_refused(&t, 404, "not_found");
        scenario_when(&t, rows[i][0],
                      "{'event_id':'" OTHER_EVENT_ID "','delivery_id':'" DELIVERY_ID "'%s}",
                      rows[i][1]);
        scenario_refused(&t, 404, "not_found");
    }
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("delivery", a_claim_is_answered_with_all_there_is_to_send,
           each_recipient_gets_a_text_of_their_own, what_a_recipient_has_not_is_left_out,
           the_text_of_the_first_attempt_stays, an_attempt_is_claimed_once,
           a_claim_of_the_same_instance_takes_the_place_of_its_last,
           a_claim_of_another_instance_does_not,
           a_claim_that_names_no_instance_takes_the_place_of_none, an_attempt_ends_once,
           only_who_claimed_says_how_it_ended, another_end_than_the_one_told_is_refused,
           other_states_are_not_reported, with_its_last_delivery_the_notification_is_sent,
           while_pages_of_the_audience_are_to_come_the_notification_is_not_sent,
           a_missing_delivery_is_404)
