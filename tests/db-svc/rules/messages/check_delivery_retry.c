/* When a delivery is tried again: by itself after a fault, or because somebody asks. */
#include "tests/support/check_main.h"

#include "db-svc/rules/messages/delivery.h"
#include "libshared/base/mem.h"
#include "tests/db-svc/rules/messages/delivery_fixture.h"
#include "tests/support/given.h"

START_TEST(what_failed_for_now_is_tried_later_and_later)
{
    begin();
    for (int attempt = 1; attempt < 8; attempt++) {
        report("sending", attempt, "c1", "");
        ck_assert_int_eq(t.result.answer.status, 200);
        report("queued", attempt, "c1", ",'error':'451'");
        ck_assert_str_eq(scenario_text(&t, "status"), "queued");
        int64_t wait = delivery()->due_at.ms - t.now;
        ck_assert_int_ge(wait, 500 << attempt);
        ck_assert_int_le(wait, 1000 << attempt);
        ck_assert_str_eq(delivery()->error, "451");
        check_counts(2, 0, 0);
        requeue();
        scenario_unchanged(&t, 200);
        ck_assert(t.result.answer.no_receipt);
        t.now = delivery()->due_at.ms;
        requeue();
        json_t *offer = scenario_emitted(&t, "delivery.offered", 0);
        ck_assert_int_eq(json_integer_value(json_object_get(offer, "attempt")), attempt + 1);
        ck_assert_int_eq(delivery()->due_at.ms, t.now + DELIVERY_OFFER_MS);
    }
    report("sending", 8, "c1", "");
    report("queued", 8, "c1", ",'error':'451'");
    ck_assert_str_eq(scenario_text(&t, "status"), "failed");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.failed", 0));
    check_counts(1, 0, 1);
    report("queued", 8, "c1", ",'error':'451'");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_delivery_whose_sender_fell_is_offered_again)
{
    begin();
    report("sending", 1, "c1", "");
    t.now += 59999;
    requeue();
    ck_assert(t.result.answer.no_receipt);
    t.now++;
    requeue();
    ck_assert_str_eq(scenario_text(&t, "status"), "queued");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.offered", 0));
    report("sending", 2, "c2", "");
    ck_assert_int_eq(t.result.answer.status, 200);
    report("sent", 1, "c1", "");
    scenario_refused(&t, 409, "already_claimed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_sender_given_up_on_may_still_say_how_it_ended_if_nobody_else_began)
{
    begin();
    report("sending", 1, "c1", "");
    t.now += 60000;
    requeue();
    report("sent", 1, "c1", "");
    ck_assert_str_eq(scenario_text(&t, "status"), "sent");
    report("sending", 2, "c2", "");
    scenario_refused(&t, 409, "already_claimed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_sender_that_fell_at_the_last_attempt_has_failed)
{
    begin();
    given_delivery(TWO, (struct delivery){.status = DELIVERY_SENDING,
                                          .attempts = 8,
                                          .claim = "c",
                                          .due_at = {true, SCENARIO_NOW}});
    scenario_when(&t, "delivery.requeue", "{" AT ",'delivery_id':'" TWO "'}");
    ck_assert_str_eq(scenario_text(&t, "status"), "failed");
    check_counts(1, 0, 1);
    scenario_close(&t);
}
END_TEST

START_TEST(what_has_ended_is_not_offered_again)
{
    begin();
    report("sending", 1, "c1", "");
    report("sent", 1, "c1", "");
    t.now += 3600000;
    requeue();
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

static void resend(const char *id)
{
    scenario_when(&t, "delivery.resend",
                  "{" AT ",'notification_id':'" NOTIFICATION_ID "','delivery_id':'%s'}", id);
}

START_TEST(what_has_ended_can_be_sent_again)
{
    static const char *const ends[] = {"sent", "failed", "bounced"};
    for (size_t i = 0; i < 3; i++) {
        begin();
        report("sending", 1, "c1", "");
        report(ends[i], 1, "c1", ",'error':'e'");
        given_text("Other", "Other");
        resend(DELIVERY_ID);
        ck_assert_int_eq(t.result.answer.status, 200);
        ck_assert_str_eq(scenario_text(&t, "status"), "queued");
        ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.offered", 0));
        ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.resent", 0));
        check_counts(2, 0, 0);
        resend(DELIVERY_ID);
        scenario_unchanged(&t, 200);
        report("sending", 1, "c2", "");
        ck_assert_int_eq(scenario_number(&t, "resends"), 1);
        ck_assert_str_eq(scenario_text(&t, "message"), "Doors at eight.");
        report("sent", 1, "c1", "");
        scenario_refused(&t, 409, "already_claimed");
        report("sent", 1, "c2", "");
        check_counts(1, 1, 0);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(sending_one_again_does_not_send_the_notification_again)
{
    begin();
    struct notification sent = *notification();
    sent.status = NOTIFICATION_SENT;
    sent.counts = &(struct notification_counts){.sent = 1};
    workset_put(t.workset, &collection_notifications, NOTIFICATION_ID,
                mem_dup(t.arena, &sent, sizeof sent));
    given_delivery(TWO, (struct delivery){.status = DELIVERY_DELIVERED, .message = "Hello"});
    resend(TWO);
    ck_assert_int_eq(notification()->status, NOTIFICATION_SENT);
    check_counts(1, 0, 0);
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" TWO "','status':'sending','attempt':1,'claim':'c'}");
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" TWO "','status':'sent','attempt':1,'claim':'c'}");
    check_counts(0, 1, 0);
    ck_assert_ptr_null(scenario_emitted(&t, "notification.sent", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(who_has_no_address_is_not_sent_to_again)
{
    begin();
    given_delivery(TWO, (struct delivery){.status = DELIVERY_SUPPRESSED});
    resend(TWO);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_when(
        &t, "delivery.resend",
        "{" AT ",'notification_id':'notif_01jz3w4v9he8qb2m5x7k6d0c2n','delivery_id':'" DELIVERY_ID
        "'}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_delivery_outlives_its_notification)
{
    begin();
    report("sending", 1, "c1", "");
    struct notification over = *notification();
    over.status = NOTIFICATION_SENT;
    workset_put(t.workset, &collection_notifications, NOTIFICATION_ID,
                mem_dup(t.arena, &over, sizeof over));
    scenario_when(&t, "notification.delete", "{" AT ",'notification_id':'" NOTIFICATION_ID "'}");
    report("sent", 1, "c1", "");
    ck_assert_str_eq(scenario_text(&t, "status"), "sent");
    resend(DELIVERY_ID);
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_sender_that_falls_again_and_again_is_spared_the_message)
{
    begin();
    for (int attempt = 1; attempt <= DELIVERY_ATTEMPTS_MAX; attempt++) {
        report("sending", attempt, "host:1#a", "");
        ck_assert_str_eq(scenario_text(&t, "status"), "sending");
        report("sending", attempt, "host:1#b", "");
        ck_assert_str_eq(scenario_text(&t, "status"), "sending");
        report("sending", attempt, "host:1#c", "");
        bool last = attempt == DELIVERY_ATTEMPTS_MAX;
        ck_assert_str_eq(scenario_text(&t, "status"), last ? "failed" : "queued");
        ck_assert_str_eq(delivery()->error, "sender_fell");
        ck_assert(delivery()->due_at.set != last);
    }
    check_counts(1, 0, 1);
    scenario_close(&t);
}
END_TEST

/* As after a crash of the writer, which reads again what it had not acknowledged. */
START_TEST(a_claim_that_is_read_again_takes_nothing_from_who_claimed_after_it)
{
    begin();
    report("sending", 1, "host:1#a", "");
    report("sending", 1, "host:1#b", "");
    ck_assert_int_eq(t.result.answer.status, 200);
    report("sending", 1, "host:1#a", "");
    scenario_refused(&t, 409, "already_claimed");
    ck_assert_int_eq(delivery()->status, DELIVERY_SENDING);
    report("sent", 1, "host:1#b", "");
    ck_assert_str_eq(scenario_text(&t, "status"), "sent");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("delivery_retry", what_failed_for_now_is_tried_later_and_later,
           a_delivery_whose_sender_fell_is_offered_again,
           a_sender_given_up_on_may_still_say_how_it_ended_if_nobody_else_began,
           a_sender_that_fell_at_the_last_attempt_has_failed, what_has_ended_is_not_offered_again,
           what_has_ended_can_be_sent_again, sending_one_again_does_not_send_the_notification_again,
           who_has_no_address_is_not_sent_to_again, a_delivery_outlives_its_notification,
           a_sender_that_falls_again_and_again_is_spared_the_message,
           a_claim_that_is_read_again_takes_nothing_from_who_claimed_after_it)
