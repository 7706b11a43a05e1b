/* What an erasure takes out of messages: their texts, addresses and lists of recipients. */
#include "tests/support/check_main.h"

#include <string.h>

#include "tests/db-svc/rules/people/erase_fixture.h"
#include "tests/support/given.h"

#define QUEUED "delivery_01jz3w4v9he8qb2m5x7k6d0c2n"
#define EVAS "delivery_01jz3w4v9he8qb2m5x7k6d0c3n"

START_TEST(what_was_sent_is_blank_and_what_waits_is_not_sent)
{
    begin();
    const char *id = register_ana();
    given_notification(&(struct audience){.all = {true, true}}, NOTIFICATION_SENDING, 1);
    given_delivery(DELIVERY_ID, (struct delivery){.status = DELIVERY_SENT,
                                                  .recipient = "Ana Secret",
                                                  .address = "ana.old@example.org",
                                                  .attendee_id = id,
                                                  .subject = "Hello Secret",
                                                  .message = "Dear Ana Secret",
                                                  .provider_id = "p1",
                                                  .attempts = 1});
    given_delivery(QUEUED, (struct delivery){.status = DELIVERY_QUEUED,
                                             .recipient = "Ana Secret",
                                             .address = "ANA@example.org",
                                             .due_at = {true, SCENARIO_NOW + 60000}});
    given_delivery(EVAS, (struct delivery){.status = DELIVERY_SENT,
                                           .recipient = "Eva Other",
                                           .address = "eva@example.org"});
    erase(id);
    check_gone();
    ck_assert_int_eq(delivery(DELIVERY_ID)->status, DELIVERY_SENT);
    ck_assert(delivery(DELIVERY_ID)->erased_at.set);
    ck_assert_int_eq(delivery(QUEUED)->status, DELIVERY_SUPPRESSED);
    ck_assert_str_eq(delivery(QUEUED)->error, "erased");
    ck_assert(!delivery(QUEUED)->due_at.set);
    ck_assert_str_eq(delivery(EVAS)->recipient, "Eva Other");
    const struct notification *notification =
        scenario_record(&t, &collection_notifications, NOTIFICATION_ID);
    ck_assert_int_eq(notification->counts->suppressed, 1);
    ck_assert_int_eq(notification->status, NOTIFICATION_SENT);
    ck_assert(forgets(DELIVERY_ID) && forgets(QUEUED) && !forgets(EVAS));
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" QUEUED
                  "','status':'sending','attempt':1,'claim':'i#1'}");
    scenario_refused(&t, 409, "already_claimed");
    scenario_when(&t, "delivery.resend",
                  "{" AT ",'notification_id':'" NOTIFICATION_ID "','delivery_id':'" DELIVERY_ID
                  "'}");
    scenario_refused(&t, 409, "illegal_transition");
    ck_assert_str_eq(scenario_text(&t, "from"), "erased");
    scenario_close(&t);
}
END_TEST

START_TEST(what_others_were_told_of_the_person_is_forgotten)
{
    begin();
    const char *id = register_ana();
    const char *own = buy_as_ana(""), *others = buy_as_eva();
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Ana Secret','email':'ana@example.org'}",
                  others);
    given_notification(&(struct audience){.ticket_type_id = GENERAL_ID}, NOTIFICATION_SENT, 0);
    const struct delivery to_eva = {
        .status = DELIVERY_SENT, .recipient = "Eva Other", .address = "eva@example.org"};
    struct delivery gift = to_eva, list = to_eva, plain = to_eva;
    gift.order_id = own;
    gift.subject = "From ANA@example.org";
    gift.message = "ANA SECRET gives you a ticket.";
    list.subject = "Your tickets";
    list.message = "1 for Ana Secret";
    plain.message = "Doors at eight.";
    given_delivery(DELIVERY_ID, gift);
    given_delivery(QUEUED, list);
    given_delivery(EVAS, plain);
    erase(id);
    check_gone();
    ck_assert_str_eq(delivery(DELIVERY_ID)->recipient, "Eva Other");
    ck_assert_ptr_null(delivery(DELIVERY_ID)->message);
    ck_assert_ptr_null(delivery(QUEUED)->message);
    ck_assert_str_eq(delivery(EVAS)->message, "Doors at eight.");
    ck_assert(forgets(DELIVERY_ID) && forgets(QUEUED));
    ck_assert_int_eq(delivery(DELIVERY_ID)->status, DELIVERY_SENT);
    scenario_close(&t);
}
END_TEST

START_TEST(what_went_to_a_buyers_former_address_is_forgotten)
{
    begin();
    const char *own = buy_as_ana("");
    given_notification(&(struct audience){.order_id = own}, NOTIFICATION_SENT, 0);
    given_delivery(DELIVERY_ID, (struct delivery){.status = DELIVERY_SENT,
                                                  .recipient = "Ana Secret",
                                                  .address = "ana@former.example.org",
                                                  .order_id = own,
                                                  .buyer = {true, true},
                                                  .message = "Your tickets"});
    given_delivery(EVAS, (struct delivery){.status = DELIVERY_SENT,
                                           .recipient = "Eva Other",
                                           .address = "eva@example.org",
                                           .order_id = own,
                                           .buyer = {true, false},
                                           .message = "Your ticket"});
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'%s'}", own);
    ck_assert_int_eq(t.result.answer.status, 200);
    check_gone();
    ck_assert(delivery(DELIVERY_ID)->erased_at.set && delivery(DELIVERY_ID)->address == NULL);
    ck_assert_str_eq(delivery(EVAS)->address, "eva@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(lists_of_recipients_lose_the_person_and_keep_the_others)
{
    begin();
    const char *id = register_ana();
    static struct recipient recipients[] = {
        {.name = "Eva Other", .email = "eva@example.org"},
        {.name = "Ana Secret", .email = "ANA@example.org", .phone = "+34600111222"},
        {.name = "Secretly by SMS", .phone = "+34600111222"},
    };
    given_notification(&(struct audience){.recipients = {recipients, 3}}, NOTIFICATION_SCHEDULED,
                       0);
    erase(id);
    check_gone();
    const struct notification *notification =
        scenario_record(&t, &collection_notifications, NOTIFICATION_ID);
    ck_assert_uint_eq(notification->audience->recipients.n, 3);
    ck_assert_str_eq(notification->audience->recipients.at[0].name, "Eva Other");
    ck_assert_str_eq(notification->message, "Doors at eight.");
    ck_assert_int_eq(notification->version, 2);
    ck_assert(forgets(NOTIFICATION_ID));
    scenario_close(&t);
}
END_TEST

START_TEST(a_text_for_one_person_alone_goes_with_the_person)
{
    begin();
    const char *id = register_ana();
    scenario_when(&t, "notification.create",
                  "{" AT ",'channel':'email','subject':'Dear Secret','message':'Dear Ana Secret,',"
                  "'audience':{'attendees':['%s']}}",
                  id);
    const char *notification_id = id_of();
    erase(id);
    check_gone();
    ck_assert(forgets(notification_id));
    scenario_close(&t);
}
END_TEST

START_TEST(a_notification_to_all_passes_the_erased_over)
{
    begin();
    erase(register_ana());
    scenario_when(&t, "notification.send",
                  "{" AT
                  ",'channel':'email','subject':'Hi','message':'Hi','audience':{'all':true}}");
    const char *id = id_of();
    scenario_when(&t, "notification.expand", "{" AT ",'notification_id':'%s','pages':'attendees'}",
                  id);
    const struct notification *notification = scenario_record(&t, &collection_notifications, id);
    ck_assert_int_eq(notification->status, NOTIFICATION_SENT);
    ck_assert_int_eq(notification->counts->suppressed, 0);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("erase_messages", what_was_sent_is_blank_and_what_waits_is_not_sent,
           what_others_were_told_of_the_person_is_forgotten,
           what_went_to_a_buyers_former_address_is_forgotten,
           lists_of_recipients_lose_the_person_and_keep_the_others,
           a_text_for_one_person_alone_goes_with_the_person,
           a_notification_to_all_passes_the_erased_over)
