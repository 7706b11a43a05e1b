/* People and the tickets that are theirs, whichever came first, and whatever becomes of an address.
 */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/suppression.h"
#include "tests/support/messages.h"

static struct scenario t;

#define OTHER_ID "attendee_01jz3w4v9he8qb2m5x7k6d0c1n"

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
}

/* Order n, with so many tickets, the last of which is that person's. */
static void given_held(int n, const char *types, const char *name, const char *attendee_id)
{
    struct order *order = messages_order(&t, n, "eva@example.org", types);
    order->tickets.at[order->tickets.n - 1].attendee = messages_holder(&t, name, attendee_id);
    messages_given(&t, n, order);
}

static const struct order *order_of(int n)
{
    return scenario_record(&t, &collection_orders, messages_order_id(&t, n));
}

/* Of the last ticket of the order. */
static const struct ticket_holder *holder_of(int n)
{
    return order_of(n)->tickets.at[order_of(n)->tickets.n - 1].attendee;
}

static void owned_by(int n, const char *attendee_id)
{
    const struct ticket_holder *holder = holder_of(n);
    if (attendee_id == NULL)
        ck_assert_ptr_null(holder->attendee_id);
    else
        ck_assert_pstr_eq(holder->attendee_id, attendee_id);
}

static const char *sign_up(const char *email)
{
    scenario_when(&t, "attendee.register", "{" AT ",'name':'Secret','email':'%s'}", email);
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void edit(const char *attendee_id, const char *patch)
{
    scenario_when(&t, "attendee.update", "{" AT ",'attendee_id':'%s','patch':{%s}}", attendee_id,
                  patch);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static void drop(const char *attendee_id)
{
    scenario_when(&t, "attendee.delete", "{" AT ",'attendee_id':'%s'}", attendee_id);
    ck_assert_int_eq(t.result.answer.status, 204);
}

static int64_t holds(const char *attendee_id)
{
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, attendee_id);
    return attendee->tickets.n > 0 ? attendee->tickets.at[0].tickets : 0;
}

/* The pages that follow from the last command; how many there were. */
static int run_pages(const char *type)
{
    int n = 0;
    for (json_t *page; (page = scenario_emitted(&t, type, 0)) != NULL; n++) {
        char *text = json_dumps(page, 0);
        scenario_when(&t, type, "%s", text);
        ck_assert_int_eq(t.result.answer.status, 204);
        free(text);
    }
    return n;
}

START_TEST(who_registers_has_what_was_assigned_to_them)
{
    begin();
    given_held(1, "gg", "bea", NULL);
    given_held(2, "gx", "bea", NULL);
    given_held(3, "g", "cid", NULL);
    int64_t version = order_of(1)->version;
    const char *bea = sign_up("BEA@example.org");
    owned_by(1, bea);
    owned_by(2, bea);
    owned_by(3, NULL);
    ck_assert_str_eq(holder_of(1)->name, "bea");
    ck_assert_int_eq(order_of(1)->version, version + 1);
    ck_assert_int_eq(holds(bea), 1); /* the other is void */
    json_t *fact = scenario_emitted(&t, "ticket.assigned", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "attendee_id")), bea);
    ck_assert_ptr_null(scenario_emitted(&t, "ticket.assigned", 2));
    scenario_close(&t);
}
END_TEST

static void import(const char *more)
{
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'" IMPORT_ID "','rows':["
                  "{'line':2,'name':'Secret','email':'ana@example.org'},"
                  "{'line':3,'name':'Secret','email':'bea@example.org'},"
                  "{'line':4,'name':'Secret','email':'no address'}]%s}",
                  more);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static const char *id_of(const char *email)
{
    const char *key = mem_printf(t.arena, EVENT_ID "/%s", email);
    const struct attendee *attendee = workset_find(t.workset, &collection_attendees, key);
    return attendee != NULL ? attendee->id : NULL;
}

START_TEST(who_is_imported_has_what_was_assigned_to_them)
{
    begin();
    given_held(1, "gg", "bea", NULL);
    given_held(2, "g", "ana", NULL);
    import(",'dry_run':true");
    owned_by(1, NULL);
    import("");
    owned_by(1, id_of("bea@example.org"));
    owned_by(2, id_of("ana@example.org"));
    ck_assert_int_eq(holds(id_of("bea@example.org")), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(who_moves_to_an_address_has_what_was_assigned_to_it)
{
    begin();
    given_held(1, "gg", "bea", NULL);
    const char *bea = sign_up("bae@example.org");
    owned_by(1, NULL);
    edit(bea, "'email':'bea@example.org'");
    owned_by(1, bea);
    ck_assert_int_eq(holds(bea), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(who_comes_back_has_their_tickets_again)
{
    begin();
    given_held(1, "g", "bea", NULL);
    const char *first = sign_up("bea@example.org");
    owned_by(1, first);
    scenario_when(&t, "attendee.cancel", "{" AT ",'attendee_id':'%s'}", first);
    const char *second = sign_up("bea@example.org");
    owned_by(1, second);
    ck_assert_int_eq(holds(first), 0);
    ck_assert_int_eq(holds(second), 1);
    drop(second);
    owned_by(1, NULL);
    const char *third = sign_up("bea@example.org");
    owned_by(1, third);
    scenario_close(&t);
    /* An older release left the id of who was deleted. */
    begin();
    given_held(1, "g", "bea", OTHER_ID);
    owned_by(1, OTHER_ID);
    third = sign_up("bea@example.org");
    owned_by(1, third);
    scenario_close(&t);
}
END_TEST

/* Though another now has its address. */
START_TEST(a_ticket_of_who_is_there_stays_theirs)
{
    begin();
    scenario_given(&t, &collection_attendees, OTHER_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Other",
                                      .email = "other@example.org",
                                      .status = ATTENDEE_CONFIRMED,
                                      .key = EVENT_ID "/other@example.org"});
    given_held(1, "g", "bea", OTHER_ID);
    (void)sign_up("bea@example.org");
    owned_by(1, OTHER_ID);
    scenario_close(&t);
}
END_TEST

START_TEST(a_corrected_address_reaches_the_tickets)
{
    begin();
    given_held(1, "gg", "bea", NULL);
    const char *bea = sign_up("bea@example.org");
    edit(bea, "'email':'Bea@new.example.org'");
    ck_assert_str_eq(holder_of(1)->email, "Bea@new.example.org");
    ck_assert_str_eq(holder_of(1)->name, "bea"); /* who had assigned it wrote so */
    ck_assert_int_eq(holds(bea), 1);
    edit(bea, "'phone':'+34600999888'");
    ck_assert_ptr_null(scenario_emitted(&t, "ticket.assigned", 0));
    scenario_close(&t);
    begin();
    given_held(1, "gg", "Secret", NULL);
    const char *secret = sign_up("secret@example.org");
    edit(secret, "'name':'Bea Secret','email':'bea@example.org'");
    ck_assert_str_eq(holder_of(1)->name, "Bea Secret");
    ck_assert_str_eq(holder_of(1)->email, "bea@example.org");
    scenario_close(&t);
}
END_TEST

static size_t jobs(void)
{
    const void **all;
    return workset_of_event(t.workset, t.arena, &collection_jobs, EVENT_ID, &all);
}

START_TEST(many_orders_go_by_pages)
{
    enum { ORDERS = 1050 };
    begin();
    for (int n = 1; n <= ORDERS; n++)
        given_held(n, "g", "bea", NULL);
    const char *bea = sign_up("bea@example.org");
    ck_assert_int_lt(holds(bea), ORDERS);
    ck_assert_uint_eq(jobs(), 1); /* a page that is lost is sent again */
    ck_assert_int_gt(run_pages("attendee.link_page"), 1);
    ck_assert_uint_eq(jobs(), 0);
    for (int n = 1; n <= ORDERS; n++)
        owned_by(n, bea);
    ck_assert_int_eq(holds(bea), ORDERS);
    edit(bea, "'email':'bea@new.example.org'");
    ck_assert_int_gt(run_pages("attendee.link_page"), 1);
    for (int n = 1; n <= ORDERS; n++)
        ck_assert_str_eq(holder_of(n)->email, "bea@new.example.org");
    drop(bea);
    ck_assert_uint_eq(jobs(), 1);
    ck_assert_int_gt(run_pages("attendee.unlink_page"), 1);
    ck_assert_uint_eq(jobs(), 0);
    for (int n = 1; n <= ORDERS; n++)
        owned_by(n, NULL);
    scenario_close(&t);
}
END_TEST

static void mail(const char *audience)
{
    messages_send(&t, "'channel':'email','message':'{{tickets.list}}','audience':{%s}", audience);
}

static const struct notification *first_notification(void)
{
    const struct notification **all;
    ck_assert_uint_gt(workset_of_event(t.workset, t.arena, &collection_notifications, EVENT_ID,
                                       (const void ***)&all),
                      0);
    return all[0];
}

START_TEST(the_id_of_who_is_deleted_stays_nowhere)
{
    begin();
    given_held(1, "gg", "bea", NULL);
    const char *bea = sign_up("bea@example.org"), *cid = sign_up("cid@example.org");
    mail(mem_printf(t.arena, "'attendees':['%s','%s']", cid, bea));
    drop(bea);
    ck_assert_ptr_null(scenario_emitted(&t, "attendee.unlink_page", 0));
    owned_by(1, NULL);
    ck_assert_str_eq(holder_of(1)->email, "bea@example.org"); /* it is theirs all the same */
    const struct delivery **all;
    ck_assert_uint_eq(messages_deliveries(&t, &all), 2);
    for (size_t i = 0; i < 2; i++)
        ck_assert_pstr_ne(all[i]->attendee_id, bea);
    const struct audience *audience = first_notification()->audience;
    ck_assert_uint_eq(audience->attendees.n, 1);
    ck_assert_str_eq(audience->attendees.at[0], cid);
    messages_claim(&t, "bea@example.org", 0);
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    drop(cid);
    ck_assert_uint_eq(first_notification()->audience->attendees.n, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_draft_for_who_is_deleted_is_for_nobody)
{
    begin();
    const char *bea = sign_up("bea@example.org");
    scenario_when(&t, "notification.create",
                  "{" AT ",'channel':'email','message':'m','audience':{'attendees':['%s']}}", bea);
    const char *id = mem_strdup(t.arena, scenario_text(&t, "id"));
    drop(bea);
    scenario_when(&t, "notification.update",
                  "{" AT ",'notification_id':'%s','patch':{'subject':'s'}}", id);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    ck_assert_ptr_nonnull(strstr(t.result.answer.body, "\"attendees\":[]"));
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", id);
    scenario_close(&t);
}
END_TEST

/* ---- mails follow */

static void claims_go_to(const char *address)
{
    messages_claim(&t, address, 0);
    ck_assert_str_eq(scenario_text(&t, "address"), address);
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
}

static void sent(const char *delivery_id, int attempt)
{
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'sent','attempt':%d,'claim':'c'}",
                  delivery_id, attempt);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static const struct delivery *only_delivery(void)
{
    const struct delivery **all;
    ck_assert_uint_eq(messages_deliveries(&t, &all), 1);
    return all[0];
}

static void claim_as(const char *address, const char *expected)
{
    messages_claim(&t, address, 0);
    ck_assert_str_eq(scenario_text(&t, "address"), expected);
    ck_assert_str_eq(only_delivery()->address, expected);
}

START_TEST(what_waits_or_is_sent_again_goes_to_the_corrected_address)
{
    begin();
    const char *bea = sign_up("bea@example.org");
    messages_send(&t, "'channel':'email','message':'m','audience':{'attendees':['%s']}", bea);
    edit(bea, "'email':'bea@new.example.org'");
    claim_as("bea@example.org", "bea@new.example.org");
    sent(only_delivery()->id, 1);
    edit(bea, "'email':'bea@third.example.org'");
    scenario_when(&t, "delivery.resend", "{" AT ",'notification_id':'%s','delivery_id':'%s'}",
                  only_delivery()->notification_id, only_delivery()->id);
    claim_as("bea@new.example.org", "bea@third.example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(a_holders_mail_follows_their_address)
{
    begin();
    given_held(1, "g", "bea", NULL);
    const char *bea = sign_up("bea@example.org");
    mail("'ticket_type_id':'" GENERAL_ID "'");
    edit(bea, "'email':'bea@new.example.org'");
    claim_as("bea@example.org", "bea@new.example.org");
    ck_assert_str_eq(scenario_text(&t, "message"), "General, bea: 1a");
    scenario_close(&t);
}
END_TEST

START_TEST(a_buyers_mail_follows_their_address)
{
    static const char *const audiences[] = {"'ticket_type_id':'" GENERAL_ID "'",
                                            "'order_id':'order_01jz3w4v9he8qb2m5x7k6d0001'"};
    for (size_t i = 0; i < 2; i++) {
        begin();
        messages_given(&t, 1, messages_order(&t, 1, "eva@example.org", "g"));
        mail(audiences[i]);
        scenario_when(&t, "order.update",
                      "{" AT ",'order_id':'%s','patch':{'buyer':{'email':'eva@new.example.org'}}}",
                      messages_order_id(&t, 1));
        ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
        claim_as("eva@example.org", "eva@new.example.org");
        ck_assert_str_eq(scenario_text(&t, "message"), "General: 1a");
        scenario_close(&t);
    }
}
END_TEST

/* It is not the buyer's address that it went to. */
START_TEST(a_mail_to_who_was_on_no_list_stays_theirs)
{
    begin();
    given_held(1, "g", "bea", NULL);
    mail("'ticket_type_id':'" GENERAL_ID "'");
    scenario_when(&t, "order.update",
                  "{" AT ",'order_id':'%s','patch':{'buyer':{'email':'eva@new.example.org'}}}",
                  messages_order_id(&t, 1));
    claims_go_to("bea@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(who_has_no_address_any_more_is_not_written_to)
{
    begin();
    const char *bea = sign_up("bea@example.org");
    edit(bea, "'phone':'+34600333444'");
    messages_send(&t, "'channel':'sms','message':'m','audience':{'attendees':['%s']}", bea);
    edit(bea, "'phone':null");
    messages_claim(&t, "+34600333444", 0);
    ck_assert_str_eq(scenario_text(&t, "status"), "suppressed");
    ck_assert_str_eq(only_delivery()->error, "no_address");
    scenario_close(&t);
}
END_TEST

START_TEST(an_address_that_is_left_alone_is_so_once_it_is_somebodys)
{
    begin();
    const char *bea = sign_up("bea@example.org");
    scenario_given(&t, &collection_suppressions,
                   suppression_id(t.arena, CHANNEL_EMAIL, "bea@new.example.org"),
                   &(struct suppression){.channel = CHANNEL_EMAIL,
                                         .address = "bea@new.example.org",
                                         .reason = SUPPRESSION_BOUNCED});
    messages_send(&t, "'channel':'email','message':'m','audience':{'attendees':['%s']}", bea);
    edit(bea, "'email':'bea@new.example.org'");
    messages_claim(&t, "bea@example.org", 0);
    ck_assert_str_eq(scenario_text(&t, "status"), "suppressed");
    ck_assert_str_eq(only_delivery()->error, "address_bounced");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("linking", who_registers_has_what_was_assigned_to_them,
           who_is_imported_has_what_was_assigned_to_them,
           who_moves_to_an_address_has_what_was_assigned_to_it,
           who_comes_back_has_their_tickets_again, a_ticket_of_who_is_there_stays_theirs,
           a_corrected_address_reaches_the_tickets, many_orders_go_by_pages,
           the_id_of_who_is_deleted_stays_nowhere, a_draft_for_who_is_deleted_is_for_nobody,
           what_waits_or_is_sent_again_goes_to_the_corrected_address,
           a_holders_mail_follows_their_address, a_buyers_mail_follows_their_address,
           a_mail_to_who_was_on_no_list_stays_theirs, who_has_no_address_any_more_is_not_written_to,
           an_address_that_is_left_alone_is_so_once_it_is_somebodys)
