/* What becomes of a notification, and to whom it goes. */
#include "tests/support/check_main.h"

#include <stdlib.h>

#include "db-svc/rules/messages/audience_expand.h"
#include "db-svc/rules/messages/delivery.h"
#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define MAIL "'channel':'email','subject':'Hello','message':'Doors at eight.'"
#define ALL MAIL ",'audience':{'all':true}"
#define LATER ",'send_at':'2026-05-01T19:00:00Z'"
#define HOUR 3600000
#define NOBODY "attendee_7zzzzzzzzzzzzzzzzzzzzzzzzz"

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
}

static const char *make(const char *type, const char *body)
{
    scenario_when(&t, type, "{" AT ",%s}", body);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void when(const char *type, const char *id, const char *more)
{
    scenario_when(&t, type, "{" AT ",'notification_id':'%s'%s}", id, more);
}

static const struct notification *notification(const char *id)
{
    return scenario_record(&t, &collection_notifications, id);
}

/* Attendee number n, with a phone if n is even. */
static const char *attendee_id(int n)
{
    return mem_printf(t.arena, "attendee_01jz3w4v9he8qb2m5x7k6d%04d", n);
}

static void given_attendees(int n, enum attendee_status status, int first)
{
    for (int i = first; i < first + n; i++)
        scenario_given(&t, &collection_attendees, attendee_id(i),
                       &(struct attendee){.event_id = EVENT_ID,
                                          .name = "Ana Secret",
                                          .email = mem_printf(t.arena, "a%d@example.org", i),
                                          .phone = i % 2 == 0 ? "+34600111222" : NULL,
                                          .status = status});
}

/* Runs what the last command set off, until nothing follows; how many pages that were. */
static int expand(void)
{
    int pages = 0;
    json_t *next;
    while ((next = scenario_emitted(&t, "notification.expand", 0)) != NULL) {
        char *text = json_dumps(next, 0);
        scenario_when(&t, "notification.expand", "%s", text);
        free(text);
        ck_assert_int_eq(t.result.answer.status, 204);
        pages++;
    }
    return pages;
}

static size_t deliveries(const struct delivery ***ret_deliveries)
{
    return workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID,
                            (const void ***)ret_deliveries);
}

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

START_TEST(each_of_the_list_who_has_not_cancelled_gets_one)
{
    begin();
    given_attendees(2, ATTENDEE_UNCONFIRMED, 1);
    given_attendees(1, ATTENDEE_CONFIRMED, 3);
    given_attendees(1, ATTENDEE_CANCELLED, 4);
    const char *id = make("notification.send", ALL);
    json_t *first = scenario_emitted(&t, "notification.expand", 0);
    char *again = json_dumps(first, 0);
    scenario_when(&t, "notification.expand", "%s", again);
    const struct delivery **sent;
    ck_assert_uint_eq(deliveries(&sent), 3);
    ck_assert_int_eq(sent[0]->status, DELIVERY_QUEUED);
    ck_assert_str_eq(sent[0]->notification_id, id);
    ck_assert_int_eq(sent[0]->due_at.ms, SCENARIO_NOW + DELIVERY_OFFER_MS);
    ck_assert_int_eq(notification(id)->counts->queued, 3);
    ck_assert(notification(id)->expanded.value);
    ck_assert_int_eq(notification(id)->status, NOTIFICATION_SENDING);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.offered", 2));
    json_t *offer = scenario_emitted(&t, "delivery.offered", 0);
    ck_assert_int_eq(json_integer_value(json_object_get(offer, "attempt")), 1);
    scenario_when(&t, "notification.expand", "%s", again);
    scenario_unchanged(&t, 204);
    free(again);
    scenario_close(&t);
}
END_TEST

START_TEST(a_long_list_goes_by_pages_and_nobody_twice)
{
    begin();
    given_attendees(2 * AUDIENCE_PAGE + 1, ATTENDEE_CONFIRMED, 1);
    const char *id = make("notification.send", ALL);
    ck_assert_int_eq(expand(), 3);
    const struct delivery **sent;
    ck_assert_uint_eq(deliveries(&sent), 2 * AUDIENCE_PAGE + 1);
    ck_assert_int_eq(notification(id)->counts->queued, 2 * AUDIENCE_PAGE + 1);
    ck_assert(notification(id)->expanded.value);
    scenario_close(&t);
}
END_TEST

START_TEST(an_audience_by_status_is_those)
{
    begin();
    given_attendees(2, ATTENDEE_UNCONFIRMED, 1);
    given_attendees(3, ATTENDEE_CONFIRMED, 10);
    const char *id = make("notification.send", MAIL ",'audience':{'status':'confirmed'}");
    ck_assert_int_eq(expand(), 1);
    ck_assert_int_eq(notification(id)->counts->queued, 3);
    scenario_close(&t);
}
END_TEST

START_TEST(those_named_get_it_once)
{
    begin();
    given_attendees(3, ATTENDEE_UNCONFIRMED, 1);
    scenario_when(&t, "notification.send",
                  "{" AT "," MAIL ",'audience':{'attendees':['%s','%s','%s']}}", attendee_id(1),
                  attendee_id(3), attendee_id(1));
    const char *id = mem_strdup(t.arena, scenario_text(&t, "id"));
    ck_assert_int_eq(expand(), 1);
    ck_assert_int_eq(notification(id)->counts->queued, 2);
    ck_assert_int_eq(notification(id)->counts->suppressed, 0);
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

START_TEST(without_the_channels_address_a_delivery_is_suppressed)
{
    begin();
    given_attendees(2, ATTENDEE_CONFIRMED, 1);
    const char *id =
        make("notification.send", "'channel':'sms','message':'x','audience':{'all':true}");
    (void)expand();
    ck_assert_int_eq(notification(id)->counts->queued, 1);
    ck_assert_int_eq(notification(id)->counts->suppressed, 1);
    const struct delivery **sent;
    ck_assert_uint_eq(deliveries(&sent), 2);
    const struct delivery *held = sent[sent[0]->status == DELIVERY_SUPPRESSED ? 0 : 1];
    ck_assert_str_eq(held->error, "no_address");
    ck_assert(!held->due_at.set);
    ck_assert_str_eq(sent[held == sent[0] ? 1 : 0]->address, "+34600111222");
    scenario_close(&t);
}
END_TEST

START_TEST(one_address_among_recipients_gets_one)
{
    begin();
    const char *id =
        make("notification.send",
             MAIL ",'audience':{'recipients':[{'name':'Ana Secret','email':'ana@example.org'},"
                  "{'email':'ANA@example.org'},{'email':'ben@example.org'},{'name':'C'},"
                  "{'name':'D'}]}");
    ck_assert_int_eq(expand(), 1);
    ck_assert_int_eq(notification(id)->counts->queued, 2);
    ck_assert_int_eq(notification(id)->counts->suppressed, 2);
    scenario_close(&t);
}
END_TEST

static void given_order(int n, const char *email, enum order_status status, const char *type_id)
{
    struct order_item *item = mem_new(t.arena, struct order_item);
    struct person *buyer = mem_new(t.arena, struct person);
    struct ticket *ticket = mem_new(t.arena, struct ticket);
    *item = (struct order_item){.ticket_type_id = type_id, .quantity = 1};
    *ticket = (struct ticket){
        .code = mem_printf(t.arena, "c%d", n), .ticket_type_id = type_id, .status = TICKET_VALID};
    *buyer = (struct person){.name = "Ana Secret", .email = email};
    scenario_given(&t, &collection_orders,
                   mem_printf(t.arena, "order_01jz3w4v9he8qb2m5x7k6d%04d", n),
                   &(struct order){.event_id = EVENT_ID,
                                   .items = {.at = item, .n = 1},
                                   .buyer = buyer,
                                   .tickets = {.at = ticket, .n = status == ORDER_PAID},
                                   .status = status});
}

START_TEST(buyers_of_a_type_get_it_once_over_all_pages)
{
    begin();
    given_type(&t, GENERAL_ID, 10);
    given_order(1, "ana@example.org", ORDER_PAID, GENERAL_ID);
    given_order(2, "ben@example.org", ORDER_PAID, VIP_ID);
    given_order(3, "cid@example.org", ORDER_HELD, GENERAL_ID);
    for (int n = 4; n < AUDIENCE_PAGE + 4; n++)
        given_order(n, n % 2 == 0 ? "Ana@example.org" : "dan@example.org", ORDER_PAID, GENERAL_ID);
    const char *id =
        make("notification.send", MAIL ",'audience':{'ticket_type_id':'" GENERAL_ID "'}");
    ck_assert_int_eq(expand(), 2);
    ck_assert_int_eq(notification(id)->counts->queued, 2);
    scenario_close(&t);
}
END_TEST

START_TEST(without_anybody_to_send_to_it_is_sent)
{
    begin();
    const char *id = make("notification.send", ALL);
    (void)expand();
    ck_assert_int_eq(notification(id)->status, NOTIFICATION_SENT);
    ck_assert_int_eq(notification(id)->sent_at.ms, SCENARIO_NOW);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.sent", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(a_page_of_what_is_not_sending_does_nothing)
{
    begin();
    given_attendees(1, ATTENDEE_CONFIRMED, 1);
    const char *id = make("notification.create", ALL);
    when("notification.expand", id, ",'pages':'attendees'");
    scenario_unchanged(&t, 204);
    when("notification.expand", "notif_01jz3w4v9he8qb2m5x7k6d0c9n", ",'pages':'attendees'");
    scenario_unchanged(&t, 204);
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

static void given_consent(int n, const char *given)
{
    scenario_when(&t, "attendee.update",
                  "{" AT ",'attendee_id':'%s','patch':{'marketing_consent':{'given':%s}}}",
                  attendee_id(n), given);
}

START_TEST(marketing_goes_only_to_those_who_consented)
{
    begin();
    given_attendees(3, ATTENDEE_CONFIRMED, 1);
    given_consent(1, "true");
    given_consent(2, "false");
    const char *id = make("notification.send", ALL ",'marketing':true");
    (void)expand();
    ck_assert_int_eq(notification(id)->counts->queued, 1);
    ck_assert_int_eq(notification(id)->counts->suppressed, 2);
    const struct delivery **sent;
    for (size_t i = deliveries(&sent); i-- > 0;)
        if (sent[i]->status == DELIVERY_QUEUED)
            ck_assert_str_eq(sent[i]->address, "a1@example.org");
        else
            ck_assert_str_eq(sent[i]->error, "no_consent");
    id = make("notification.send", ALL);
    (void)expand();
    ck_assert_int_eq(notification(id)->counts->queued, 3);
    scenario_close(&t);
}
END_TEST

START_TEST(marketing_by_ticket_type_is_not_taken)
{
    begin();
    given_type(&t, GENERAL_ID, 10);
    (void)make("notification.send",
               MAIL ",'marketing':true,'audience':{'ticket_type_id':'" GENERAL_ID "'}");
    SCENARIO_INVALID(&t, "#/marketing not_allowed");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("notification", marketing_goes_only_to_those_who_consented,
           marketing_by_ticket_type_is_not_taken, a_notification_is_a_draft_unless_it_has_a_time,
           what_is_wrong_with_a_notification_is_named_at_once, a_field_that_there_is_not_is_named,
           a_preview_is_what_one_attendee_would_get,
           until_it_begins_it_can_be_edited_and_follows_its_time,
           what_may_still_be_done_depends_on_the_status, a_cancelled_one_is_not_looked_at_again,
           sending_at_once_sets_the_first_page_off, a_scheduled_one_is_sent_when_its_time_has_come,
           each_of_the_list_who_has_not_cancelled_gets_one,
           a_long_list_goes_by_pages_and_nobody_twice, an_audience_by_status_is_those,
           those_named_get_it_once, an_audience_names_only_people_of_the_event,
           an_edited_audience_is_checked_where_it_is_new,
           without_the_channels_address_a_delivery_is_suppressed,
           one_address_among_recipients_gets_one, buyers_of_a_type_get_it_once_over_all_pages,
           without_anybody_to_send_to_it_is_sent, a_page_of_what_is_not_sending_does_nothing,
           a_missing_one_is_404_and_a_stale_one_412)
