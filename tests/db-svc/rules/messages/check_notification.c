/* What becomes of a notification, from draft to sent. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/db-svc/rules/messages/notification_fixture.h"
#include "tests/support/given.h"

START_TEST(a_notification_is_a_draft_unless_it_has_a_time)
{
    begin();
    const char *id = make("notification.create", ALL);
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(scenario_text(&t, "status"), "draft");
    ck_assert_int_eq(scenario_number(&t, "counts/queued"), 0);
    ck_assert_str_eq(t.result.answer.location,
                     mem_printf(t.arena, "/v1/events/" EVENT_ID "/notifications/%s", id));
    ck_assert(!notification(id)->due_at.set);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.created", 0));
    id = make("notification.create", ALL LATER);
    ck_assert_str_eq(scenario_text(&t, "status"), "scheduled");
    ck_assert_int_eq(notification(id)->due_at.ms, SCENARIO_NOW + HOUR);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_wrong_with_a_notification_is_named_at_once)
{
    static const char *const types[] = {"notification.create", "notification.send"};
    begin();
    for (size_t i = 0; i < 2; i++) {
        (void)make(types[i], "'channel':'email','message':'x','send_at':'2026-05-01T18:00:00Z',"
                             "'audience':{'ticket_type_id':'" GENERAL_ID "'}");
        SCENARIO_INVALID(&t, "#/send_at must_be_future", "#/audience/ticket_type_id other_event");
        (void)make(types[i], "'channel':'sms','message':'x','audience':{'all':true}");
        ck_assert_int_lt(t.result.answer.status, 300);
    }
    scenario_close(&t);
}
END_TEST

START_TEST(a_field_that_there_is_not_is_named)
{
    begin();
    const char *draft = make("notification.create", ALL);
    scenario_when(&t, "notification.create",
                  "{" AT ",'channel':'email','subject':'{{event.nam}}','message':'Hello {{',"
                  "'audience':{'all':true}}");
    SCENARIO_INVALID(&t, "#/subject unknown_field", "#/message unknown_field");
    when("notification.update", draft, ",'patch':{'message':'{{secret}}'}");
    SCENARIO_INVALID(&t, "#/message unknown_field");
    when("notification.update", draft, ",'patch':{'message':'{{ event.name }}'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_subject_holds_nothing_that_is_for_its_reader_alone)
{
    begin();
    const char *draft = make("notification.create", ALL);
    static const char *const types[] = {"notification.create", "notification.send"};
    for (size_t i = 0; i < 2; i++) {
        scenario_when(&t, types[i],
                      "{" AT ",'channel':'email','subject':'{{links.order}}','message':'m',"
                      "'texts':[{'locale':'es','subject':'{{tickets.codes}}','message':'m'}],"
                      "'audience':{'all':true}}");
        SCENARIO_INVALID(&t, "#/subject not_in_subject", "#/texts/0/subject not_in_subject");
    }
    when("notification.update", draft, ",'patch':{'subject':'{{attendee.cancel_url}}'}");
    SCENARIO_INVALID(&t, "#/subject not_in_subject");
    given_attendees(1, ATTENDEE_CONFIRMED, 0);
    scenario_when(&t, "notification.preview",
                  "{" AT ",'channel':'email','subject':'{{tickets.list}}','message':'m',"
                  "'attendee_id':'%s'}",
                  attendee_id(0));
    SCENARIO_INVALID(&t, "#/subject not_in_subject");
    scenario_close(&t);
}
END_TEST

START_TEST(a_preview_is_what_one_attendee_would_get)
{
    begin();
    given_attendees(1, ATTENDEE_CONFIRMED, 0);
    scenario_when(&t, "notification.preview",
                  "{" AT ",'channel':'email','subject':'{{event.name}}','message':'Hi "
                  "{{attendee.name}}','attendee_id':'%s'}",
                  attendee_id(0));
    scenario_unchanged(&t, 200);
    ck_assert(t.result.answer.no_receipt);
    ck_assert_str_eq(scenario_text(&t, "recipient"), "Ana Secret");
    ck_assert_str_eq(scenario_text(&t, "address"), "a0@example.org");
    ck_assert_str_eq(scenario_text(&t, "subject"), "Concert");
    ck_assert_str_eq(scenario_text(&t, "message"), "Hi Ana Secret");
    scenario_when(&t, "notification.preview",
                  "{" AT ",'channel':'sms','message':'{{x}}','attendee_id':'" NOBODY "'}");
    SCENARIO_INVALID(&t, "#/message unknown_field", "#/attendee_id other_event");
    scenario_close(&t);
}
END_TEST

START_TEST(until_it_begins_it_can_be_edited_and_follows_its_time)
{
    begin();
    const char *id = make("notification.create", ALL);
    when("notification.update", id, ",'patch':{'send_at':'2026-05-01T19:00:00Z'}");
    ck_assert_str_eq(scenario_text(&t, "status"), "scheduled");
    ck_assert_int_eq(notification(id)->due_at.ms, SCENARIO_NOW + HOUR);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.updated", 0));
    when("notification.update", id, ",'patch':{'send_at':'2026-05-01T17:00:00Z'}");
    SCENARIO_INVALID(&t, "#/send_at must_be_future");
    t.now += HOUR + 1;
    when("notification.update", id, ",'patch':{'subject':'Bye'}");
    ck_assert_str_eq(scenario_text(&t, "subject"), "Bye");
    when("notification.update", id, ",'patch':{'subject':null}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert(!scenario_flag(&t, "subject"));
    when("notification.replace", id, "," ALL);
    ck_assert_str_eq(scenario_text(&t, "status"), "draft");
    ck_assert(!notification(id)->due_at.set);
    when("notification.replace", id, "," ALL);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(what_may_still_be_done_depends_on_the_status)
{
    static const struct {
        const char *verb, *more;
        int status[6]; /* by status, of the answer */
    } rows[] = {
        {"notification.update", ",'patch':{'message':'y'}", {0, 200, 200, 409, 409, 409}},
        {"notification.replace", "," ALL LATER, {0, 200, 200, 409, 409, 409}},
        {"notification.cancel", "", {0, 200, 200, 409, 409, 200}},
        {"notification.delete", "", {0, 204, 204, 409, 204, 204}},
        {"notification.send", "", {0, 202, 202, 202, 202, 409}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int status = NOTIFICATION_DRAFT; status <= NOTIFICATION_CANCELLED; status++) {
            begin();
            scenario_given(
                &t, &collection_notifications, NOTIFICATION_ID,
                &(struct notification){.event_id = EVENT_ID,
                                       .channel = CHANNEL_EMAIL,
                                       .subject = "s",
                                       .message = "m",
                                       .audience = &(struct audience){.all = {true, true}},
                                       .counts = &(struct notification_counts){0},
                                       .status = (enum notification_status)status});
            when(rows[i].verb, NOTIFICATION_ID, rows[i].more);
            ck_assert_msg(t.result.answer.status == rows[i].status[status], "%s of %s: %s",
                          rows[i].verb, notification_status_names[status], t.result.answer.body);
            if (rows[i].status[status] == 409)
                scenario_refused(&t, 409, "illegal_transition");
            scenario_close(&t);
        }
}
END_TEST

START_TEST(a_cancelled_one_is_not_looked_at_again)
{
    begin();
    const char *id = make("notification.create", ALL LATER);
    when("notification.cancel", id, "");
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.cancelled", 0));
    ck_assert(!notification(id)->due_at.set);
    when("notification.cancel", id, "");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(sending_at_once_sets_the_first_page_off)
{
    begin();
    const char *id = make("notification.send", ALL);
    ck_assert_int_eq(t.result.answer.status, 202);
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.created", 0));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.sending", 0));
    json_t *next = scenario_emitted(&t, "notification.expand", 0);
    ck_assert_str_eq(json_string_value(json_object_get(next, "notification_id")), id);
    ck_assert_str_eq(t.result.outgoing[1].id, mem_printf(t.arena, "expand/%s/first", id));
    scenario_close(&t);
}
END_TEST

START_TEST(a_scheduled_one_is_sent_when_its_time_has_come)
{
    begin();
    const char *id = make("notification.send", ALL LATER);
    ck_assert_int_eq(t.result.answer.status, 202);
    ck_assert_str_eq(scenario_text(&t, "status"), "scheduled");
    ck_assert_ptr_null(scenario_emitted(&t, "notification.expand", 0));
    t.now += HOUR - 1;
    when("notification.send", id, "");
    scenario_unchanged(&t, 200);
    ck_assert(t.result.answer.no_receipt);
    t.now++;
    when("notification.send", id, "");
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.expand", 0));
    ck_assert(!notification(id)->due_at.set);
    when("notification.send", id, "");
    scenario_unchanged(&t, 202);
    scenario_close(&t);
}
END_TEST

START_TEST(an_audience_names_only_people_of_the_event)
{
    static const char *const types[] = {"notification.create", "notification.send"};
    begin();
    given_attendees(1, ATTENDEE_UNCONFIRMED, 1);
    scenario_given(&t, &collection_attendees, attendee_id(9),
                   &(struct attendee){.event_id = OTHER_EVENT_ID, .name = "Ben Secret"});
    const char *three =
        mem_printf(t.arena, "['%s','" NOBODY "','%s']", attendee_id(1), attendee_id(9));
    for (size_t i = 0; i < 2; i++) {
        (void)make(types[i], mem_printf(t.arena, MAIL ",'audience':{'attendees':%s}", three));
        SCENARIO_INVALID(&t, "#/audience/attendees/1 other_event",
                         "#/audience/attendees/2 other_event");
    }
    scenario_close(&t);
}
END_TEST

START_TEST(an_edited_audience_is_checked_where_it_is_new)
{
    begin();
    given_attendees(2, ATTENDEE_UNCONFIRMED, 1);
    const char *id =
        make("notification.create",
             mem_printf(t.arena, MAIL ",'audience':{'attendees':['%s']}", attendee_id(1)));
    when("notification.update", id,
         mem_printf(t.arena, ",'patch':{'audience':{'attendees':['%s','" NOBODY "']}}",
                    attendee_id(2)));
    SCENARIO_INVALID(&t, "#/audience/attendees/1 other_event");
    workset_put(t.workset, &collection_attendees, attendee_id(1), NULL);
    when("notification.update", id, ",'patch':{'subject':'Bye'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    when("notification.update", id,
         mem_printf(t.arena, ",'patch':{'audience':{'attendees':['%s','%s']}}", attendee_id(1),
                    attendee_id(2)));
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_missing_one_is_404_and_a_stale_one_412)
{
    static const char *const rows[][2] = {
        {"notification.update", ",'patch':{'message':'x'}"},
        {"notification.replace", "," ALL},
        {"notification.send", ""},
        {"notification.cancel", ""},
        {"notification.delete", ""},
    };
    begin();
    const char *id = make("notification.create", ALL);
    for (size_t i = 0; i < 5; i++) {
        when(rows[i][0], "notif_01jz3w4v9he8qb2m5x7k6d0c9n", rows[i][1]);
        scenario_refused(&t, 404, "not_found");
        scenario_when(&t, rows[i][0], "{'event_id':'" OTHER_EVENT_ID "','notification_id':'%s'%s}",
                      id, rows[i][1]);
        scenario_refused(&t, 404, "not_found");
        t.if_match = "\"5\"";
        when(rows[i][0], id, rows[i][1]);
        scenario_refused(&t, 412, "precondition_failed");
        t.if_match = NULL;
    }
    scenario_when(&t, "notification.create", "{'event_id':'" NO_EVENT_ID "'," ALL "}");
    scenario_refused(&t, 404, "not_found");
    scenario_when(&t, "notification.send", "{'event_id':'" NO_EVENT_ID "'," ALL "}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("notification", a_notification_is_a_draft_unless_it_has_a_time,
           what_is_wrong_with_a_notification_is_named_at_once, a_field_that_there_is_not_is_named,
           a_subject_holds_nothing_that_is_for_its_reader_alone,
           a_preview_is_what_one_attendee_would_get,
           until_it_begins_it_can_be_edited_and_follows_its_time,
           what_may_still_be_done_depends_on_the_status, a_cancelled_one_is_not_looked_at_again,
           sending_at_once_sets_the_first_page_off, a_scheduled_one_is_sent_when_its_time_has_come,
           an_audience_names_only_people_of_the_event,
           an_edited_audience_is_checked_where_it_is_new, a_missing_one_is_404_and_a_stale_one_412)
