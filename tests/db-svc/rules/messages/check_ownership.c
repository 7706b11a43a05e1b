/* Whose a ticket is: its code goes to nobody else, whoever bought it. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/messages.h"

static struct scenario t;

#define MAIL "'channel':'email','subject':'Hello','message':'{{tickets.list}}'"
#define SMS "'channel':'sms','message':'{{tickets.list}}'"
#define OF_TYPE "'audience':{'ticket_type_id':'" GENERAL_ID "'}"
#define OF_ORDER "'audience':{'order_id':'order_01jz3w4v9he8qb2m5x7k6d0001'}"
#define ANA "ana@example.org"
#define BEA "bea@example.org"
#define LUIS "luis@example.org"

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 10);
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "bea",
                                      .email = BEA,
                                      .phone = "+34600333444",
                                      .locale = "es",
                                      .key = EVENT_ID "/" BEA,
                                      .status = ATTENDEE_CONFIRMED});
}

/* Order 1: Ana has bought it, and the second ticket is Luis's, the third Bea's, who is on the list.
 */
static struct order *shared(void)
{
    struct order *order = messages_order(&t, 1, ANA, "ggg");
    order->tickets.at[1].attendee = messages_holder(&t, "luis", NULL);
    order->tickets.at[2].attendee = messages_holder(&t, "bea", ATTENDEE_ID);
    return order;
}

static void says(const char *message)
{
    ck_assert_str_eq(scenario_text(&t, "message"), message);
}

/* What each reader's mail says, and nobody else gets one. */
static void they_read(const char *const *addresses_and_texts)
{
    const char *addresses = "";
    for (size_t i = 0; addresses_and_texts[i] != NULL; i += 2)
        addresses =
            mem_printf(t.arena, "%s%s%s", addresses, i > 0 ? " " : "", addresses_and_texts[i]);
    ck_assert_str_eq(messages_addresses(&t), addresses);
    for (size_t i = 0; addresses_and_texts[i] != NULL; i += 2) {
        messages_claim(&t, addresses_and_texts[i], 0);
        says(addresses_and_texts[i + 1]);
    }
}
#define THEY_READ(...) they_read((const char *const[]){__VA_ARGS__, NULL})

static const struct delivery *only_delivery(void)
{
    const struct delivery **all;
    ck_assert_uint_eq(messages_deliveries(&t, &all), 1);
    return all[0];
}

START_TEST(each_owner_of_a_type_reads_of_theirs)
{
    begin();
    messages_given(&t, 1, shared());
    struct order *other = messages_order(&t, 2, "LUIS@example.org", "gxv");
    other->tickets.at[2].attendee = messages_holder(&t, "cid", NULL);
    messages_given(&t, 2, other);
    messages_send(&t, MAIL "," OF_TYPE);
    THEY_READ(ANA, "General: 1a", BEA, "General, bea: 1c", LUIS, "General, luis: 1b\nGeneral: 2a");
    scenario_close(&t);
}
END_TEST

START_TEST(each_ticket_goes_to_its_owner)
{
    begin();
    messages_given(&t, 1, shared());
    messages_send(&t, MAIL ",'per':'ticket'," OF_TYPE);
    THEY_READ(ANA, "General: 1a", BEA, "General, bea: 1c", LUIS, "General, luis: 1b");
    scenario_close(&t);
}
END_TEST

START_TEST(of_an_order_everyone_reads_of_theirs)
{
    begin();
    messages_given(&t, 1, shared());
    messages_send(&t, "'channel':'email','message':'m','attach':['tickets']," OF_ORDER);
    ck_assert_str_eq(messages_addresses(&t), ANA " " BEA " " LUIS);
    messages_claim(&t, LUIS, 0);
    ck_assert_str_eq(scenario_text(&t, "tickets/0/code"), "1b");
    ck_assert(!scenario_flag(&t, "tickets/1"));
    messages_claim(&t, ANA, 0);
    ck_assert_str_eq(scenario_text(&t, "tickets/0/code"), "1a");
    ck_assert(!scenario_flag(&t, "tickets/1"));
    scenario_close(&t);
}
END_TEST

START_TEST(what_does_not_tell_of_tickets_goes_to_the_buyer_of_an_order)
{
    begin();
    messages_given(&t, 1, shared());
    messages_send(&t, "'channel':'email','message':'m'," OF_ORDER);
    ck_assert_str_eq(messages_addresses(&t), ANA);
    scenario_close(&t);
}
END_TEST

START_TEST(a_holder_reads_their_language_on_the_list_or_else_the_buyers)
{
    begin();
    struct order *order = shared();
    order->buyer->locale = "en";
    messages_given(&t, 1, order);
    messages_send(&t, "'channel':'email','locale':'en','message':'{{tickets.count}} here','texts':["
                      "{'locale':'es','message':'{{tickets.count}} aqu\u00ed'}]," OF_TYPE);
    messages_claim(&t, BEA, 0);
    says("1 aqu\u00ed");
    messages_claim(&t, LUIS, 0);
    says("1 here");
    scenario_close(&t);
}
END_TEST

/* The phone is known of who is on the list; the buyer's is no place for it. */
START_TEST(by_sms_a_code_goes_to_its_owner_or_nowhere)
{
    static const char *const audiences[] = {OF_TYPE, OF_ORDER};
    for (size_t i = 0; i < 2; i++) {
        begin();
        messages_given(&t, 1, shared());
        messages_send(&t, SMS ",%s", audiences[i]);
        ck_assert_str_eq(messages_addresses(&t), "+34600111222 +34600333444 no_address");
        messages_claim(&t, "+34600111222", 0);
        says("General: 1a");
        messages_claim(&t, "+34600333444", 0);
        says("General, bea: 1c");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_ticket_that_was_transferred_goes_no_more_to_the_buyer)
{
    begin();
    messages_given(&t, 1, messages_order(&t, 1, ANA, "gg"));
    messages_send(&t, MAIL "," OF_ORDER);
    const char *delivery = only_delivery()->id, *notification = only_delivery()->notification_id;
    messages_claim(&t, ANA, 0);
    says("General: 1a\nGeneral: 1b");
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'sent','attempt':1,'claim':'c'}", delivery);
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'%s','n':2,'name':'Luis','email':'" LUIS "'}",
                  messages_order_id(&t, 1));
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "delivery.resend", "{" AT ",'notification_id':'%s','delivery_id':'%s'}",
                  notification, delivery);
    messages_claim(&t, ANA, 0);
    says("General: 1a");
    scenario_close(&t);
}
END_TEST

START_TEST(a_mail_of_tickets_that_are_no_longer_its_readers_is_not_sent)
{
    begin();
    messages_given(&t, 1, messages_order(&t, 1, ANA, "g"));
    messages_send(&t, MAIL "," OF_ORDER);
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Luis','email':'" LUIS "'}",
                  messages_order_id(&t, 1));
    messages_claim(&t, ANA, 0);
    ck_assert_str_eq(scenario_text(&t, "status"), "suppressed");
    ck_assert(!scenario_flag(&t, "message"));
    ck_assert_str_eq(only_delivery()->error, "no_tickets");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "delivery.suppressed", 0));
    scenario_close(&t);
}
END_TEST

/* A mail that found no ticket of its reader is asked for again. */
static void resend_only(void)
{
    scenario_when(&t, "delivery.resend", "{" AT ",'notification_id':'%s','delivery_id':'%s'}",
                  only_delivery()->notification_id, only_delivery()->id);
    ck_assert_int_eq(t.result.answer.status, 200);
}

START_TEST(a_mail_without_tickets_is_sent_again_once_its_reader_has_one)
{
    begin();
    messages_given(&t, 1, messages_order(&t, 1, ANA, "g"));
    messages_send(&t, MAIL "," OF_ORDER);
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Luis','email':'" LUIS "'}",
                  messages_order_id(&t, 1));
    messages_claim(&t, ANA, 0);
    ck_assert_str_eq(only_delivery()->error, "no_tickets");
    resend_only();
    messages_claim(&t, ANA, 0);
    ck_assert_str_eq(only_delivery()->error, "no_tickets");
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Ana','email':'" ANA "'}",
                  messages_order_id(&t, 1));
    resend_only();
    messages_claim(&t, ANA, 0);
    says("General, Ana: 1a");
    scenario_close(&t);
}
END_TEST

/* Sent to her first address, before she was on the list. */
START_TEST(a_ticket_follows_its_holder_to_a_corrected_address_and_no_further)
{
    begin();
    struct order *order = messages_order(&t, 1, ANA, "g");
    order->tickets.at[0].attendee = messages_holder(&t, "old", NULL);
    messages_given(&t, 1, order);
    messages_send(&t, MAIL ",'per':'ticket'," OF_TYPE);
    scenario_when(&t, "attendee.register", "{" AT ",'name':'old','email':'old@example.org'}");
    scenario_when(&t, "attendee.update",
                  "{" AT ",'attendee_id':'%s','patch':{'email':'new@example.org'}}",
                  scenario_text(&t, "id"));
    ck_assert_int_eq(t.result.answer.status, 200);
    messages_claim(&t, "old@example.org", 1);
    says("General, old: 1a");
    ck_assert_str_eq(only_delivery()->address, "new@example.org");
    scenario_close(&t);
    begin();
    order = messages_order(&t, 1, ANA, "g");
    order->tickets.at[0].attendee = messages_holder(&t, "old", NULL);
    messages_given(&t, 1, order);
    messages_send(&t, MAIL ",'per':'ticket'," OF_TYPE);
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Bea','email':'" BEA "'}",
                  messages_order_id(&t, 1));
    messages_claim(&t, "old@example.org", 1);
    ck_assert_str_eq(only_delivery()->error, "no_tickets");
    ck_assert_str_eq(only_delivery()->address, "old@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(a_claim_among_many_of_a_mail_without_tickets_is_made_alone)
{
    begin();
    messages_given(&t, 1, messages_order(&t, 1, ANA, "g"));
    messages_send(&t, MAIL "," OF_ORDER);
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Luis','email':'" LUIS "'}",
                  messages_order_id(&t, 1));
    scenario_when(&t, "delivery.record_bulk",
                  "{" AT ",'reports':[{'delivery_id':'%s','status':'sending','attempt':1,"
                  "'claim':'c'}]}",
                  only_delivery()->id);
    ck_assert_str_eq(scenario_text(&t, "results/0/result"), "alone");
    scenario_close(&t);
}
END_TEST

START_TEST(a_ticket_of_who_was_erased_goes_to_nobody)
{
    begin();
    messages_given(&t, 1, shared());
    scenario_when(&t, "attendee.erase", "{" AT ",'attendee_id':'" ATTENDEE_ID "'}");
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':2,'name':'Cid','email':'cid@example.org'}",
                  messages_order_id(&t, 1));
    scenario_when(&t, "attendee.register",
                  "{" AT ",'name':'Cid Secret','email':'cid@example.org'}");
    scenario_when(&t, "attendee.erase", "{" AT ",'attendee_id':'%s'}", scenario_text(&t, "id"));
    ck_assert_int_eq(t.result.answer.status, 200);
    messages_send(&t, MAIL ",'per':'ticket'," OF_TYPE);
    THEY_READ(ANA, "General: 1a");
    scenario_close(&t);
}
END_TEST

START_TEST(void_tickets_make_nobody_an_owner)
{
    begin();
    messages_given(&t, 1, messages_order(&t, 1, ANA, "xv"));
    messages_send(&t, MAIL "," OF_TYPE);
    ck_assert_str_eq(messages_addresses(&t), "");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("ownership", each_owner_of_a_type_reads_of_theirs, each_ticket_goes_to_its_owner,
           of_an_order_everyone_reads_of_theirs,
           what_does_not_tell_of_tickets_goes_to_the_buyer_of_an_order,
           a_holder_reads_their_language_on_the_list_or_else_the_buyers,
           by_sms_a_code_goes_to_its_owner_or_nowhere,
           a_ticket_that_was_transferred_goes_no_more_to_the_buyer,
           a_mail_of_tickets_that_are_no_longer_its_readers_is_not_sent,
           a_mail_without_tickets_is_sent_again_once_its_reader_has_one,
           a_ticket_follows_its_holder_to_a_corrected_address_and_no_further,
           a_claim_among_many_of_a_mail_without_tickets_is_made_alone,
           a_ticket_of_who_was_erased_goes_to_nobody, void_tickets_make_nobody_an_owner)
