/* What notify-svc may rely on: one attempt at a time, and an end that counts once. */
#include "tests/support/check_main.h"

#include "db-svc/rules/messages/delivery.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/suppression.h"
#include "tests/support/given.h"

static struct scenario t;

#define TWO "delivery_01jz3w4v9he8qb2m5x7k6d0c2n"

static void given_delivery(const char *id, struct delivery delivery)
{
    delivery.event_id = EVENT_ID;
    delivery.notification_id = NOTIFICATION_ID;
    delivery.recipient = "Ana Secret";
    delivery.address = "ana@example.org";
    delivery.channel = CHANNEL_EMAIL;
    scenario_given(&t, &collection_deliveries, id, &delivery);
}

static void given_notification(int64_t queued)
{
    struct notification_counts *counts = mem_new(t.arena, struct notification_counts);
    counts->queued = queued;
    scenario_given(&t, &collection_notifications, NOTIFICATION_ID,
                   &(struct notification){.event_id = EVENT_ID,
                                          .channel = CHANNEL_EMAIL,
                                          .subject = "Hello",
                                          .message = "Doors at eight.",
                                          .status = NOTIFICATION_SENDING,
                                          .expanded = {true, true},
                                          .counts = counts});
}

/* One delivery that is queued, of two that are open. */
static void begin(void)
{
    given_published(&t);
    given_notification(2);
    given_delivery(DELIVERY_ID, (struct delivery){.status = DELIVERY_QUEUED,
                                                  .due_at = {true, SCENARIO_NOW + 60000}});
}

static void report(const char *status, int attempt, const char *claim, const char *more)
{
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" DELIVERY_ID
                  "','status':'%s','attempt':%d,'claim':'%s'%s}",
                  status, attempt, claim, more);
}

static void requeue(void)
{
    scenario_when(&t, "delivery.requeue", "{" AT ",'delivery_id':'" DELIVERY_ID "'}");
}

static const struct delivery *delivery(void)
{
    return scenario_record(&t, &collection_deliveries, DELIVERY_ID);
}

static const struct notification *notification(void)
{
    return scenario_record(&t, &collection_notifications, NOTIFICATION_ID);
}

static void check_counts(int64_t queued, int64_t sent, int64_t failed)
{
    ck_assert_int_eq(notification()->counts->queued, queued);
    ck_assert_int_eq(notification()->counts->sent, sent);
    ck_assert_int_eq(notification()->counts->failed, failed);
}

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

static void given_text(const char *subject, const char *message)
{
    struct notification changed = *notification();
    changed.subject = subject;
    changed.message = message;
    workset_put(t.workset, &collection_notifications, NOTIFICATION_ID,
                mem_dup(t.arena, &changed, sizeof changed));
}

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
           other_states_are_not_reported, what_failed_for_now_is_tried_later_and_later,
           a_delivery_whose_sender_fell_is_offered_again,
           a_sender_given_up_on_may_still_say_how_it_ended_if_nobody_else_began,
           a_sender_that_fell_at_the_last_attempt_has_failed, what_has_ended_is_not_offered_again,
           with_its_last_delivery_the_notification_is_sent,
           while_pages_of_the_audience_are_to_come_the_notification_is_not_sent,
           what_has_ended_can_be_sent_again, sending_one_again_does_not_send_the_notification_again,
           who_has_no_address_is_not_sent_to_again, a_delivery_outlives_its_notification,
           what_became_of_a_message_is_told_later, a_carrier_may_give_up,
           in_whatever_order_reports_come_the_end_is_the_same, a_report_may_overtake_the_sender,
           what_arrived_is_not_sent_again_though_its_sender_fell,
           a_report_of_an_earlier_sending_says_nothing_of_the_next,
           an_address_that_does_not_work_is_left_alone, what_failed_otherwise_may_be_tried_again,
           an_address_that_works_again_can_be_had_back,
           a_sender_that_falls_again_and_again_is_spared_the_message,
           nothing_is_told_of_what_was_never_sent, nothing_else_is_told_later,
           a_missing_delivery_is_404)
