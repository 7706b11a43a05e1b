/* Attempts at several deliveries at once: each is taken or refused as it would be by itself. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/rules/messages/delivery.h"
#include "libshared/base/mem.h"
#include "libshared/contract/suppression.h"
#include "tests/support/given.h"

static struct scenario t;

#define DELIVERY(n) "delivery_01jz3w4v9he8qb2m5x7k6d0c" #n "n"
#define ONE DELIVERY(1)
#define TWO DELIVERY(2)
#define THREE DELIVERY(3)
#define NOBODY DELIVERY(9)

static void given_delivery(const char *id, const char *address)
{
    scenario_given(&t, &collection_deliveries, id,
                   &(struct delivery){.event_id = EVENT_ID,
                                      .notification_id = NOTIFICATION_ID,
                                      .recipient = "Ana Secret",
                                      .address = address,
                                      .channel = CHANNEL_EMAIL,
                                      .status = DELIVERY_QUEUED});
}

static void given_text(const char *message)
{
    struct notification_counts *counts = mem_new(t.arena, struct notification_counts);
    counts->queued = 3;
    scenario_given(&t, &collection_notifications, NOTIFICATION_ID,
                   &(struct notification){.event_id = EVENT_ID,
                                          .channel = CHANNEL_EMAIL,
                                          .subject = "Hello",
                                          .message = message,
                                          .status = NOTIFICATION_SENDING,
                                          .expanded = {true, true},
                                          .counts = counts});
}

static void begin_with(const char *message)
{
    given_published(&t);
    given_text(message);
    given_delivery(ONE, "ana@example.org");
    given_delivery(TWO, "ben@example.org");
    given_delivery(THREE, "cid@example.org");
}

static void begin(void)
{
    begin_with("Doors at eight.");
}

#define REPORT(id, status, claim)                                                                  \
    "{'delivery_id':'" id "','status':'" status "','attempt':1,'claim':'" claim "'}"
#define RECORD_BULK(reports)                                                                       \
    scenario_when(&t, "delivery.record_bulk", "{" AT ",'reports':[" reports "]}")

static enum delivery_status status(const char *id)
{
    const struct delivery *delivery = scenario_record(&t, &collection_deliveries, id);
    return delivery->status;
}

START_TEST(claims_are_granted_with_what_there_is_to_send)
{
    begin();
    RECORD_BULK(REPORT(ONE, "sending", "i#1") "," REPORT(TWO, "sending", "i#2"));
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "taken");
    ck_assert_str_eq(scenario_text(&t, "results/0/order/id"), ONE);
    ck_assert_str_eq(scenario_text(&t, "results/0/order/status"), "sending");
    ck_assert_str_eq(scenario_text(&t, "results/0/order/address"), "ana@example.org");
    ck_assert_str_eq(scenario_text(&t, "results/0/order/message"), "Doors at eight.");
    ck_assert_str_eq(scenario_text(&t, "results/1/order/address"), "ben@example.org");
    ck_assert_int_eq(status(ONE), DELIVERY_SENDING);
    ck_assert_int_eq(status(TWO), DELIVERY_SENDING);
    ck_assert_int_eq(status(THREE), DELIVERY_QUEUED);
    ck_assert_msg(t.result.answer.no_receipt, "tickets and links are kept in a receipt");
    scenario_close(&t);
}
END_TEST

START_TEST(each_claim_is_granted_to_one_only)
{
    begin();
    RECORD_BULK(REPORT(ONE, "sending", "i#1"));
    RECORD_BULK(REPORT(ONE, "sending", "j#1") "," REPORT(NOBODY, "sending", "j#2") "," REPORT(
        TWO, "sending", "j#3") "," REPORT(TWO, "sending", "j#4"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "refused");
    ck_assert(!scenario_flag(&t, "results/0/order"));
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "refused");
    ck_assert_str_eq(scenario_text(&t, "results/2/result"), "taken");
    const struct delivery *two = scenario_record(&t, &collection_deliveries, TWO);
    ck_assert_str_ne(scenario_text(&t, "results/3/result"), "refused"); /* of the same instance */
    ck_assert_int_eq(two->attempts, 1);
    scenario_close(&t);
}
END_TEST

START_TEST(a_claim_asked_for_twice_is_granted_twice)
{
    begin();
    RECORD_BULK(REPORT(ONE, "sending", "i#1"));
    RECORD_BULK(REPORT(ONE, "sending", "i#1"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "taken");
    ck_assert_str_eq(scenario_text(&t, "results/0/order/message"), "Doors at eight.");
    scenario_close(&t);
}
END_TEST

START_TEST(reports_end_each_delivery_and_tell_of_each)
{
    begin();
    RECORD_BULK(REPORT(ONE, "sending", "i#1") "," REPORT(TWO, "sending", "i#2"));
    RECORD_BULK(REPORT(ONE, "sent", "i#1") "," REPORT(TWO, "failed",
                                                      "i#2") "," REPORT(THREE, "sent", "i#3"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "taken");
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "taken");
    ck_assert_str_eq(scenario_text(&t, "results/2/result"), "refused");
    ck_assert_int_eq(status(ONE), DELIVERY_SENT);
    ck_assert_int_eq(status(TWO), DELIVERY_FAILED);
    ck_assert_int_eq(status(THREE), DELIVERY_QUEUED);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.sent", 0));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.failed", 0));
    ck_assert_ptr_null(scenario_emitted(&t, "delivery.sent", 1));
    const struct notification *notification =
        scenario_record(&t, &collection_notifications, NOTIFICATION_ID);
    ck_assert_int_eq(notification->counts->sent, 1);
    ck_assert_int_eq(notification->counts->failed, 1);
    ck_assert_int_eq(notification->counts->queued, 1);
    ck_assert(!t.result.answer.no_receipt);
    ck_assert_ptr_null(strstr(t.result.answer.body, "example.org"));
    ck_assert_ptr_null(strstr(t.result.answer.body, "Secret"));
    scenario_close(&t);
}
END_TEST

START_TEST(reports_among_claims_are_to_come_alone)
{
    begin();
    RECORD_BULK(REPORT(ONE, "sending", "i#1"));
    RECORD_BULK(REPORT(TWO, "sending", "i#2") "," REPORT(ONE, "sent", "i#1"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "taken");
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "alone");
    ck_assert_int_eq(status(ONE), DELIVERY_SENDING);
    RECORD_BULK(REPORT(ONE, "sent", "i#1") "," REPORT(THREE, "sending", "i#3"));
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "alone");
    ck_assert_int_eq(status(ONE), DELIVERY_SENT);
    ck_assert_int_eq(status(THREE), DELIVERY_QUEUED);
    scenario_close(&t);
}
END_TEST

/* What is told of it is told again after a crash only if a receipt is left. */
START_TEST(a_claim_that_ends_its_delivery_is_to_come_alone)
{
    begin();
    scenario_given(
        &t, &collection_suppressions, suppression_id(t.arena, CHANNEL_EMAIL, "ana@example.org"),
        &(struct suppression){
            .channel = CHANNEL_EMAIL, .address = "ana@example.org", .reason = SUPPRESSION_BOUNCED});
    RECORD_BULK(REPORT(ONE, "sending", "i#1") "," REPORT(TWO, "sending", "i#2"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "alone");
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "taken");
    ck_assert_int_eq(status(ONE), DELIVERY_QUEUED);
    ck_assert_uint_eq(t.result.n_outgoing, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(long_letters_do_not_all_go_into_one_answer)
{
    char *message = malloc(300000);
    memset(message, 'x', 299999);
    message[299999] = '\0';
    begin_with(message);
    RECORD_BULK(REPORT(ONE, "sending", "i#1") "," REPORT(TWO, "sending", "i#2") "," REPORT(
        THREE, "sending", "i#3"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "taken");
    ck_assert_str_eq(scenario_text(&t, "results/2/result"), "alone");
    ck_assert_uint_lt(strlen(t.result.answer.body), 900000);
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" THREE
                  "','status':'sending','attempt':1,'claim':'i#3'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    free(message);
    scenario_close(&t);
}
END_TEST

START_TEST(deliveries_of_another_event_are_not_found)
{
    begin();
    scenario_given(&t, &collection_deliveries, NOBODY,
                   &(struct delivery){.event_id = OTHER_EVENT_ID,
                                      .notification_id = NOTIFICATION_ID,
                                      .address = "dan@example.org",
                                      .channel = CHANNEL_EMAIL,
                                      .status = DELIVERY_QUEUED});
    RECORD_BULK(REPORT(NOBODY, "sending", "i#1"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "refused");
    ck_assert_int_eq(status(NOBODY), DELIVERY_QUEUED);
    scenario_close(&t);
}
END_TEST

START_TEST(a_status_that_no_attempt_has_is_refused)
{
    begin();
    RECORD_BULK(REPORT(ONE, "sending", "i#1"));
    RECORD_BULK(REPORT(ONE, "delivered", "i#1") "," REPORT(TWO, "suppressed", "i#2"));
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "refused");
    ck_assert_str_eq(scenario_text(&t, "results/1/result"), "refused");
    ck_assert_int_eq(status(ONE), DELIVERY_SENDING);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("delivery_bulk", claims_are_granted_with_what_there_is_to_send,
           each_claim_is_granted_to_one_only, a_claim_asked_for_twice_is_granted_twice,
           reports_end_each_delivery_and_tell_of_each, reports_among_claims_are_to_come_alone,
           a_claim_that_ends_its_delivery_is_to_come_alone,
           long_letters_do_not_all_go_into_one_answer, deliveries_of_another_event_are_not_found,
           a_status_that_no_attempt_has_is_refused)
