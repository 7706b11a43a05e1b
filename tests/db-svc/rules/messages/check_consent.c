/* Consent counts when a message goes out, not when it was planned. */
#include "tests/support/check_main.h"

#include <stdlib.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

static const struct delivery *delivery(void)
{
    const void **records;
    ck_assert_uint_eq(
        workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID, &records), 1);
    return records[0];
}

static void begin(const char *marketing)
{
    static struct consent given = {.given = {true, true}};
    given_published(&t);
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Ana Secret",
                                      .email = "ana@example.org",
                                      .marketing_consent = &given,
                                      .status = ATTENDEE_CONFIRMED});
    scenario_when(&t, "notification.send",
                  "{" AT ",'channel':'email','subject':'s','message':'m','marketing':%s,"
                  "'audience':{'all':true}}",
                  marketing);
    char *page = json_dumps(scenario_emitted(&t, "notification.expand", 0), 0);
    scenario_when(&t, "notification.expand", "%s", page);
    free(page);
}

static void withdraw(void)
{
    scenario_when(&t, "attendee.update",
                  "{" AT ",'attendee_id':'" ATTENDEE_ID
                  "','patch':{'marketing_consent':{'given':false}}}");
    ck_assert_int_eq(t.result.answer.status, 200);
}

static void report(const char *status, int attempt)
{
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'%s','attempt':%d,'claim':'one#1'}",
                  delivery()->id, status, attempt);
}

START_TEST(who_has_left_meanwhile_gets_nothing)
{
    begin("true");
    withdraw();
    report("sending", 1);
    ck_assert_int_eq(delivery()->status, DELIVERY_SUPPRESSED);
    ck_assert_str_eq(delivery()->error, "no_consent");
    ck_assert(!scenario_flag(&t, "message"));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.suppressed", 0));
    const struct notification *notification =
        scenario_record(&t, &collection_notifications, delivery()->notification_id);
    ck_assert_int_eq(notification->counts->queued, 0);
    ck_assert_int_eq(notification->counts->suppressed, 1);
    ck_assert_int_eq(notification->status, NOTIFICATION_SENT);
    scenario_close(&t);
}
END_TEST

START_TEST(neither_at_a_later_attempt_nor_when_asked_once_more)
{
    begin("true");
    report("sending", 1);
    report("queued", 1);
    withdraw();
    report("sending", 2);
    ck_assert_int_eq(delivery()->status, DELIVERY_SUPPRESSED);
    scenario_close(&t);

    begin("true");
    report("sending", 1);
    report("sent", 1);
    withdraw();
    scenario_when(&t, "delivery.resend", "{" AT ",'delivery_id':'%s','notification_id':'%s'}",
                  delivery()->id, delivery()->notification_id);
    ck_assert_int_eq(t.result.answer.status, 200);
    report("sending", 1);
    ck_assert_int_eq(delivery()->status, DELIVERY_SUPPRESSED);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_about_the_event_goes_to_everybody)
{
    begin("false");
    withdraw();
    report("sending", 1);
    ck_assert_int_eq(delivery()->status, DELIVERY_SENDING);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("consent", who_has_left_meanwhile_gets_nothing,
           neither_at_a_later_attempt_nor_when_asked_once_more,
           what_is_about_the_event_goes_to_everybody)
