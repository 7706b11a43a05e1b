/* What is reported of a message after it was sent, and the addresses that are set aside. */
#include "tests/support/check_main.h"

#include "db-svc/rules/messages/delivery.h"
#include "libshared/contract/suppression.h"
#include "tests/db-svc/rules/messages/delivery_fixture.h"
#include "tests/support/given.h"

static void settle_with(const char *status, const char *more)
{
    scenario_when(&t, "delivery.settle",
                  "{" AT ",'delivery_id':'" DELIVERY_ID "','status':'%s','error':'550'%s}", status,
                  more);
}

static void settle(const char *status)
{
    settle_with(status, "");
}

static void is(const char *status, int64_t queued, int64_t sent, int64_t failed)
{
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), status);
    check_counts(queued, sent, failed);
}

START_TEST(what_became_of_a_message_is_told_later)
{
    begin();
    report("sending", 1, "c1", "");
    report("sent", 1, "c1", ",'provider_id':'p1'");
    settle("delivered");
    is("delivered", 1, 1, 0);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.delivered", 0));
    settle("delivered");
    scenario_unchanged(&t, 200);
    settle("bounced");
    is("bounced", 1, 0, 1);
    ck_assert_str_eq(scenario_text(&t, "error"), "550");
    ck_assert_str_eq(scenario_text(&t, "provider_id"), "p1");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.bounced", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(a_carrier_may_give_up)
{
    begin();
    report("sending", 1, "c1", "");
    report("sent", 1, "c1", "");
    settle("failed");
    is("failed", 1, 0, 1);
    ck_assert_str_eq(scenario_text(&t, "error"), "550");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.failed", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(in_whatever_order_reports_come_the_end_is_the_same)
{
    static const char *const orders[][3] = {
        {"failed", "delivered", "bounced"}, {"failed", "bounced", "delivered"},
        {"delivered", "failed", "bounced"}, {"delivered", "bounced", "failed"},
        {"bounced", "failed", "delivered"}, {"bounced", "delivered", "failed"}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        begin();
        report("sending", 1, "c1", "");
        report("sent", 1, "c1", "");
        for (size_t k = 0; k < 3; k++)
            settle(orders[i][k]);
        is("bounced", 1, 0, 1);
        scenario_close(&t);
    }
    begin();
    report("sending", 1, "c1", "");
    report("sent", 1, "c1", "");
    settle("delivered");
    settle("failed");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_report_may_overtake_the_sender)
{
    begin();
    report("sending", 1, "c1", "");
    settle("delivered");
    is("delivered", 1, 1, 0);
    ck_assert(delivery()->sent_at.set);
    ck_assert(!delivery()->due_at.set);
    report("sent", 1, "c1", ",'provider_id':'p1'");
    is("delivered", 1, 1, 0);
    ck_assert_str_eq(delivery()->provider_id, "p1");
    scenario_close(&t);
}
END_TEST

START_TEST(what_arrived_is_not_sent_again_though_its_sender_fell)
{
    begin();
    report("sending", 1, "c1", "");
    report("queued", 1, "c1", ",'error':'connection_lost'");
    settle("delivered");
    is("delivered", 1, 1, 0);
    t.now += DELIVERY_PATIENCE_MS;
    requeue();
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_report_of_an_earlier_sending_says_nothing_of_the_next)
{
    begin();
    report("sending", 1, "c1", "");
    report("sent", 1, "c1", "");
    scenario_when(&t, "delivery.resend",
                  "{" AT ",'notification_id':'" NOTIFICATION_ID "','delivery_id':'" DELIVERY_ID
                  "'}");
    report("sending", 1, "c2", "");
    settle_with("failed", ",'resends':0");
    scenario_unchanged(&t, 200);
    settle_with("delivered", ",'resends':1");
    is("delivered", 1, 1, 0);
    scenario_close(&t);
}
END_TEST

static void settled(const char *status, const char *more)
{
    begin();
    given_delivery(
        TWO, (struct delivery){.status = DELIVERY_QUEUED, .due_at = {true, SCENARIO_NOW + 60000}});
    report("sending", 1, "c1", "");
    report("sent", 1, "c1", "");
    settle_with(status, more);
}

static void claim_two(void)
{
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" TWO "','status':'sending','attempt':1,'claim':'c2'}");
    ck_assert_int_eq(t.result.answer.status, 200);
}

static const char *suppression_of_ana(void)
{
    return suppression_id(t.arena, CHANNEL_EMAIL, "ANA@Example.org");
}

START_TEST(an_address_that_does_not_work_is_left_alone)
{
    static const char *const rows[][2] = {{"bounced", "address_bounced"},
                                          {"complained", "address_complained"}};
    for (size_t i = 0; i < 2; i++) {
        settled(rows[i][0], "");
        const struct suppression *suppression =
            scenario_record(&t, &collection_suppressions, suppression_of_ana());
        ck_assert_str_eq(suppression->address, "ana@example.org");
        ck_assert_str_eq(suppression->detail, "550");
        ck_assert_str_eq(suppression->delivery_id, DELIVERY_ID);
        ck_assert_str_eq(suppression_reason_names[suppression->reason], rows[i][0]);
        claim_two();
        ck_assert_str_eq(scenario_text(&t, "status"), "suppressed");
        ck_assert_str_eq(scenario_text(&t, "message"), "");
        ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.suppressed", 0));
        const struct delivery *two = scenario_record(&t, &collection_deliveries, TWO);
        ck_assert_str_eq(two->error, rows[i][1]);
        ck_assert(!two->due_at.set);
        ck_assert_int_eq(notification()->counts->suppressed, 1);
        ck_assert_int_eq(notification()->counts->queued, 0);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(what_failed_otherwise_may_be_tried_again)
{
    static const char *const rows[][2] = {{"bounced", ",'permanent':false"}, {"failed", ""}};
    for (size_t i = 0; i < 2; i++) {
        settled(rows[i][0], rows[i][1]);
        claim_two();
        ck_assert_str_eq(scenario_text(&t, "status"), "sending");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(an_address_that_works_again_can_be_had_back)
{
    settled("bounced", "");
    claim_two();
    scenario_when(&t, "suppression.lift", "{'suppression_id':'%s'}", suppression_of_ana());
    ck_assert_int_eq(t.result.answer.status, 204);
    scenario_when(&t, "delivery.resend",
                  "{" AT ",'notification_id':'" NOTIFICATION_ID "','delivery_id':'" TWO "'}");
    ck_assert_str_eq(scenario_text(&t, "status"), "queued");
    ck_assert_int_eq(notification()->counts->suppressed, 0);
    claim_two();
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    scenario_when(&t, "suppression.lift", "{'suppression_id':'%s'}", suppression_of_ana());
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(nothing_is_told_of_what_was_never_sent)
{
    begin();
    settle("delivered");
    scenario_refused(&t, 409, "illegal_transition");
    given_delivery(TWO, (struct delivery){.status = DELIVERY_SUPPRESSED});
    scenario_when(&t, "delivery.settle", "{" AT ",'delivery_id':'" TWO "','status':'bounced'}");
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(nothing_else_is_told_later)
{
    static const char *const states[] = {"queued", "sending", "sent", "suppressed"};
    begin();
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct violations violations = {.arena = t.arena};
        struct decoder decoder = {.arena = t.arena, .violations = &violations};
        json_t *body = json_pack("{ssssss}", "event_id", EVENT_ID, "delivery_id", DELIVERY_ID,
                                 "status", states[i]);
        struct command_body taken;
        json_t *hold = NULL;
        ck_assert(!command_decode(&decoder, command_find("delivery.settle"), body, &taken, &hold));
        ck_assert_uint_eq(violations.n, 1);
        json_decref(hold);
        json_decref(body);
    }
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("delivery_settle", what_became_of_a_message_is_told_later, a_carrier_may_give_up,
           in_whatever_order_reports_come_the_end_is_the_same, a_report_may_overtake_the_sender,
           what_arrived_is_not_sent_again_though_its_sender_fell,
           a_report_of_an_earlier_sending_says_nothing_of_the_next,
           an_address_that_does_not_work_is_left_alone, what_failed_otherwise_may_be_tried_again,
           an_address_that_works_again_can_be_had_back, nothing_is_told_of_what_was_never_sent,
           nothing_else_is_told_later)
