/* A person's own links in a message: made as it is sent, and kept nowhere. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/self_service.h"
#include "tests/support/given.h"

static struct scenario t;

#define TEXT "c {{links.confirm}} x {{ attendee.cancel_url }} {{recipient.name}}"

static void begin_with(const char *name)
{
    given_published(&t);
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = name,
                                      .email = "ana@example.org",
                                      .phone = "+34600111222",
                                      .status = ATTENDEE_UNCONFIRMED});
}

static void begin(void)
{
    begin_with("Ana {{event.name}} Secret");
}

static const struct delivery *delivery(void)
{
    const void **records;
    ck_assert_uint_eq(
        workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID, &records), 1);
    return records[0];
}

static void send_to(const char *audience)
{
    scenario_when(&t, "notification.send",
                  "{" AT ",'channel':'email','subject':'Hello','message':'" TEXT "','audience':%s}",
                  audience);
    char *page = json_dumps(scenario_emitted(&t, "notification.expand", 0), 0);
    scenario_when(&t, "notification.expand", "%s", page);
    free(page);
}

/* What is sent at the nth attempt. */
static const char *claim(int attempt)
{
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'sending','attempt':%d,'claim':'one#1'}",
                  delivery()->id, attempt);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    return mem_strdup(t.arena, scenario_text(&t, "message"));
}

static const char *links_at(int64_t sent)
{
    const struct attendee *ana = scenario_record(&t, &collection_attendees, ATTENDEE_ID);
    const struct self_service_links links = self_service_links(t.arena, &t.self_service, ana, sent);
    return mem_printf(t.arena, "c %s x %s Ana {{event.name}} Secret", links.confirm->url,
                      links.cancel->url);
}

START_TEST(a_message_carries_the_links_of_its_recipient)
{
    begin();
    send_to("{'all':true}");
    const char *sent = claim(1);
    ck_assert_str_eq(sent, links_at(SCENARIO_NOW));
    t.now += 5000;
    ck_assert_str_eq(claim(1), sent);
    scenario_close(&t);
}
END_TEST

START_TEST(no_token_is_kept)
{
    begin();
    send_to("{'all':true}");
    (void)claim(1);
    ck_assert(t.result.answer.no_receipt);
    ck_assert_str_eq(delivery()->message,
                     "c {{links.confirm}} x {{links.cancel}} Ana {{event.name}} Secret");
    scenario_close(&t);
}
END_TEST

START_TEST(links_of_a_later_attempt_live_as_long_as_others)
{
    begin();
    send_to("{'all':true}");
    (void)claim(1);
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'queued','attempt':1,'claim':'one#1'}",
                  delivery()->id);
    t.now += 3600000;
    ck_assert_str_eq(claim(2), links_at(SCENARIO_NOW + 3600000));
    scenario_close(&t);
}
END_TEST

START_TEST(links_sent_to_an_address_that_is_left_meanwhile_are_dead)
{
    begin();
    send_to("{'all':true}");
    const char *text = claim(1), *token = strchr(text, '#');
    ck_assert_ptr_nonnull(token);
    scenario_when(&t, "attendee.update",
                  "{" AT ",'attendee_id':'" ATTENDEE_ID "','patch':{'email':'new@example.org'}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "attendee.confirm_by_token", "{'token':'%.*s'}", (int)strcspn(token + 1, " "),
                  token + 1);
    scenario_refused(&t, 422, "invalid_token");
    scenario_close(&t);
}
END_TEST

START_TEST(who_is_not_on_the_list_gets_none)
{
    begin();
    send_to("{'recipients':[{'name':'Secret Bea','email':'bea@example.org'}]}");
    ck_assert_str_eq(claim(1), "c  x  Secret Bea");
    scenario_close(&t);
}
END_TEST

#define BOLD "https://evil.example/?c={{tickets.codes}}&l={{links.confirm}}"

static void given_bold(void)
{
    begin_with(BOLD);
    struct person buyer = {.name = BOLD, .email = "ana@example.org"};
    struct ticket_holder holder = {
        .name = BOLD, .email = "ana@example.org", .attendee_id = ATTENDEE_ID};
    struct ticket ticket = {.code = "SECRETCODE",
                            .signature = "s",
                            .ticket_type_id = GENERAL_ID,
                            .status = TICKET_VALID,
                            .attendee = mem_dup(t.arena, &holder, sizeof holder)};
    scenario_given(&t, &collection_orders, "order_01jz3w4v9he8qb2m5x7k6d0c1n",
                   &(struct order){.event_id = EVENT_ID,
                                   .buyer = &buyer,
                                   .status = ORDER_PAID,
                                   .tickets = {mem_dup(t.arena, &ticket, sizeof ticket), 1}});
}

static void send_as(const char *channel, const char *subject, const char *message)
{
    scenario_when(&t, "notification.send",
                  "{" AT ",'channel':'%s','subject':'%s','message':'%s','audience':{'all':true}}",
                  channel, subject, message);
    char *page = json_dumps(scenario_emitted(&t, "notification.expand", 0), 0);
    scenario_when(&t, "notification.expand", "%s", page);
    free(page);
}

START_TEST(a_name_is_no_place_for_links_or_codes)
{
    static const char *const channels[] = {"email", "sms"};
    for (size_t i = 0; i < 2; i++) {
        given_bold();
        send_as(channels[i], "To {{recipient.name}}",
                "{{recipient.name}} {{tickets.codes}} {{attendee.name}} {{tickets.list}} {");
        ck_assert_str_eq(claim(1), BOLD " SECRETCODE " BOLD " , " BOLD ": SECRETCODE {");
        if (i == 0)
            ck_assert_str_eq(scenario_text(&t, "subject"), "To " BOLD);
        scenario_close(&t);
    }
}
END_TEST

/* Braces of a template's and a value's are none together. */
START_TEST(a_place_is_not_put_together_from_a_text_and_a_value)
{
    begin_with("{");
    send_as("email", "x", "{{recipient.name}}{links.confirm}} {{links.cancel}}");
    const char *sent = claim(1);
    ck_assert_int_eq(strncmp(sent, "{{links.confirm}} https://", 26), 0);
    scenario_close(&t);
}
END_TEST

/* Until now the places in a kept text were found by their looks. */
static void given_kept(const char *template, const char *message)
{
    struct notification_counts counts = {.queued = 1};
    scenario_given(&t, &collection_notifications, "notif_01jz3w4v9he8qb2m5x7k6d0c1n",
                   &(struct notification){.event_id = EVENT_ID,
                                          .channel = CHANNEL_EMAIL,
                                          .subject = "Hello",
                                          .message = template,
                                          .status = NOTIFICATION_SENDING,
                                          .expanded = {true, true},
                                          .counts = mem_dup(t.arena, &counts, sizeof counts)});
    scenario_given(&t, &collection_deliveries, "delivery_01jz3w4v9he8qb2m5x7k6d0c1n",
                   &(struct delivery){.event_id = EVENT_ID,
                                      .notification_id = "notif_01jz3w4v9he8qb2m5x7k6d0c1n",
                                      .recipient = "Ana",
                                      .address = "ana@example.org",
                                      .channel = CHANNEL_EMAIL,
                                      .status = DELIVERY_QUEUED,
                                      .attempts = 1,
                                      .attendee_id = ATTENDEE_ID,
                                      .subject = "Hello",
                                      .message = message});
}

START_TEST(a_text_kept_without_its_places_is_filled_if_it_is_the_templates_alone)
{
    begin();
    given_kept("c {{links.confirm}} x {{ attendee.cancel_url }} {{recipient.name}}",
               "c {{links.confirm}} x {{links.cancel}} Ana {{event.name}} Secret");
    ck_assert_str_eq(claim(2), links_at(SCENARIO_NOW));
    scenario_close(&t);
    begin();
    given_kept("{{links.confirm}} {{recipient.name}}", "{{links.confirm}} see {{links.confirm}}");
    ck_assert_str_eq(claim(2), "{{links.confirm}} see {{links.confirm}}");
    scenario_close(&t);
}
END_TEST

START_TEST(a_preview_shows_where_links_go_and_no_token)
{
    begin();
    scenario_when(&t, "notification.preview",
                  "{" AT ",'attendee_id':'" ATTENDEE_ID
                  "','channel':'email','subject':'x','message':'" TEXT "'}");
    ck_assert_str_eq(scenario_text(&t, "message"),
                     "c https://example.org/me/confirm# x https://example.org/me/cancel# "
                     "Ana {{event.name}} Secret");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("message_links", a_name_is_no_place_for_links_or_codes,
           a_place_is_not_put_together_from_a_text_and_a_value,
           a_text_kept_without_its_places_is_filled_if_it_is_the_templates_alone,
           a_message_carries_the_links_of_its_recipient, no_token_is_kept,
           links_of_a_later_attempt_live_as_long_as_others,
           links_sent_to_an_address_that_is_left_meanwhile_are_dead,
           who_is_not_on_the_list_gets_none, a_preview_shows_where_links_go_and_no_token)
