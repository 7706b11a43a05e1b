/* Who gets a message: each of the audience once, by pages. */
#include "tests/support/check_main.h"

#include <stdlib.h>

#include "db-svc/rules/messages/audience_expand.h"
#include "db-svc/rules/messages/delivery.h"
#include "libshared/base/mem.h"
#include "tests/db-svc/rules/messages/notification_fixture.h"
#include "tests/support/given.h"

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

CHECK_MAIN("audience_expand", marketing_goes_only_to_those_who_consented,
           marketing_by_ticket_type_is_not_taken, each_of_the_list_who_has_not_cancelled_gets_one,
           a_long_list_goes_by_pages_and_nobody_twice, an_audience_by_status_is_those,
           those_named_get_it_once, without_the_channels_address_a_delivery_is_suppressed,
           one_address_among_recipients_gets_one, buyers_of_a_type_get_it_once_over_all_pages,
           without_anybody_to_send_to_it_is_sent, a_page_of_what_is_not_sending_does_nothing)
