/* What the holder of a token may do to the own registration, and nobody else by it. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "libshared/contract/self_service.h"
#include "tests/support/given.h"

static struct scenario t;

#define HOUR INT64_C(3600000)

static void begin(enum attendee_status status)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Ana Secret",
                                      .email = "ana@example.org",
                                      .status = status});
}

static const char *token(enum self_service_purpose purpose)
{
    const struct attendee *ana = scenario_record(&t, &collection_attendees, ATTENDEE_ID);
    return self_service_link(t.arena, &t.self_service, purpose, ana, SCENARIO_NOW + HOUR).token;
}

static void when(const char *verb, const char *text)
{
    scenario_when(&t, mem_printf(t.arena, "attendee.%s_by_token", verb), "{'token':'%s'}", text);
}

START_TEST(the_holder_confirms_and_cancels_without_another_right)
{
    begin(ATTENDEE_UNCONFIRMED);
    const char *confirm = token(SELF_SERVICE_CONFIRM), *cancel = token(SELF_SERVICE_CANCEL);
    when("confirm", confirm);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "confirmed");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "attendee.confirmed", 0));
    when("confirm", confirm);
    scenario_unchanged(&t, 200);
    when("cancel", cancel);
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "attendee.cancelled", 0));
    when("cancel", cancel);
    scenario_unchanged(&t, 200);
    when("confirm", confirm);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(the_answer_tells_no_more_than_the_holder_needs)
{
    begin(ATTENDEE_UNCONFIRMED);
    when("confirm", token(SELF_SERVICE_CONFIRM));
    ck_assert_str_eq(
        t.result.answer.body,
        mem_printf(
            t.arena, "{\"status\":\"confirmed\",\"event_name\":\"%s\"}",
            ((const struct event *)scenario_record(&t, &collection_events, EVENT_ID))->name));
    scenario_close(&t);
}
END_TEST

START_TEST(a_token_is_for_one_purpose_and_one_person)
{
    begin(ATTENDEE_UNCONFIRMED);
    when("cancel", token(SELF_SERVICE_CONFIRM));
    scenario_refused(&t, 422, "invalid_token");
    when("confirm", token(SELF_SERVICE_CANCEL));
    scenario_refused(&t, 422, "invalid_token");
    when("confirm", "nonsense");
    scenario_refused(&t, 422, "invalid_token");
    ck_assert(t.result.answer.no_receipt); /* what anybody may send leaves nothing behind */
    const char *good = token(SELF_SERVICE_CONFIRM);
    scenario_when(&t, "attendee.confirm_by_token", "{'event_id':'" OTHER_EVENT_ID "','token':'%s'}",
                  good);
    scenario_refused(&t, 422, "invalid_token");
    const struct attendee stranger = {
        .id = "attendee_01jz3w4v9he8qb2m5x7k6d0c9n", .event_id = EVENT_ID, .email = "x@y.example"};
    when("confirm", self_service_link(t.arena, &t.self_service, SELF_SERVICE_CONFIRM, &stranger,
                                      SCENARIO_NOW + HOUR)
                        .token);
    scenario_refused(&t, 422, "invalid_token");
    scenario_close(&t);
}
END_TEST

START_TEST(a_token_dies_when_the_address_changes)
{
    begin(ATTENDEE_UNCONFIRMED);
    const char *old = token(SELF_SERVICE_CONFIRM);
    scenario_when(&t, "attendee.update",
                  "{" AT ",'attendee_id':'" ATTENDEE_ID "','patch':{'email':'new@example.org'}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    when("confirm", old);
    scenario_refused(&t, 422, "invalid_token");
    when("confirm", token(SELF_SERVICE_CONFIRM));
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_token_lives_to_its_last_second)
{
    begin(ATTENDEE_UNCONFIRMED);
    const char *text = token(SELF_SERVICE_CONFIRM);
    t.now = SCENARIO_NOW + HOUR;
    when("confirm", text);
    scenario_refused(&t, 410, "token_expired");
    ck_assert(t.result.answer.no_receipt);
    t.now--;
    when("confirm", text);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(who_is_gone_is_not_told_from_who_never_was)
{
    begin(ATTENDEE_UNCONFIRMED);
    const char *text = token(SELF_SERVICE_CANCEL);
    scenario_when(&t, "attendee.delete", "{" AT ",'attendee_id':'" ATTENDEE_ID "'}");
    when("cancel", text);
    scenario_refused(&t, 422, "invalid_token");
    scenario_close(&t);
}
END_TEST

/* RFC 8058: one press of a button, whatever became of the registration. */
START_TEST(the_holder_withdraws_consent_and_nothing_else)
{
    static const enum attendee_status statuses[] = {ATTENDEE_UNCONFIRMED, ATTENDEE_CONFIRMED,
                                                    ATTENDEE_CANCELLED};
    for (size_t i = 0; i < 3; i++) {
        begin(statuses[i]);
        const char *text = token(SELF_SERVICE_UNSUBSCRIBE);
        when("unsubscribe", text);
        ck_assert_int_eq(t.result.answer.status, 200);
        const struct attendee *ana = scenario_record(&t, &collection_attendees, ATTENDEE_ID);
        ck_assert(!ana->marketing_consent->given.value);
        ck_assert_int_eq(ana->marketing_consent->at.ms, SCENARIO_NOW);
        ck_assert_str_eq(ana->marketing_consent->source, "unsubscribe");
        ck_assert_int_eq(ana->status, statuses[i]);
        ck_assert_int_eq(ana->version, 2);
        ck_assert_ptr_nonnull(scenario_emitted(&t, "attendee.updated", 0));
        when("unsubscribe", text);
        scenario_unchanged(&t, 200);
        when("cancel", text);
        scenario_refused(&t, 422, "invalid_token");
        when("unsubscribe", token(SELF_SERVICE_CONFIRM));
        scenario_refused(&t, 422, "invalid_token");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_token_dies_with_what_names_the_person)
{
    begin(ATTENDEE_UNCONFIRMED);
    const char *confirm = token(SELF_SERVICE_CONFIRM);
    scenario_when(&t, "attendee.erase", "{" AT ",'attendee_id':'" ATTENDEE_ID "'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    when("confirm", confirm);
    scenario_refused(&t, 422, "invalid_token");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("self_service", the_holder_withdraws_consent_and_nothing_else,
           the_holder_confirms_and_cancels_without_another_right,
           the_answer_tells_no_more_than_the_holder_needs,
           a_token_is_for_one_purpose_and_one_person, a_token_dies_when_the_address_changes,
           a_token_dies_with_what_names_the_person, a_token_lives_to_its_last_second,
           who_is_gone_is_not_told_from_who_never_was)
