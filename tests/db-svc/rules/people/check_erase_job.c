/* Forgetting a person: what names them is gone, what counts them stays. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/contract/erasure.h"
#include "libshared/contract/suppression.h"
#include "tests/db-svc/rules/people/erase_fixture.h"
#include "tests/support/given.h"

static const struct order *order(const char *id)
{
    return scenario_record(&t, &collection_orders, id);
}

/* Runs the pages that the last command asked for, and those that they ask for; how many. */
static int run_pages(void)
{
    int pages = 0;
    for (json_t *next; (next = scenario_emitted(&t, "attendee.erase_page", 0)) != NULL; pages++) {
        char *text = json_dumps(next, JSON_COMPACT);
        scenario_when(&t, "attendee.erase_page", "%s", text);
        free(text);
    }
    return pages;
}

START_TEST(an_erased_person_keeps_an_id_and_a_status_and_nothing_else)
{
    begin();
    const char *id = register_ana();
    erase(id);
    ck_assert_str_eq(scenario_text(&t, "id"), id);
    ck_assert_str_eq(scenario_text(&t, "status"), "unconfirmed");
    ck_assert_str_eq(scenario_text(&t, "erased_at"), "2026-05-01T18:00:00.000Z");
    ck_assert_int_eq(scenario_number(&t, "version"), 2);
    static const char *const gone[] = {"name", "email", "phone", "external_id",
                                       "marketing_consent"};
    for (size_t i = 0; i < 5; i++)
        ck_assert_msg(!scenario_flag(&t, gone[i]), "%s", gone[i]);
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, id);
    ck_assert_ptr_null(attendee->key);
    ck_assert_ptr_null(attendee->email_folded);
    const struct attendee_counters *counters =
        scenario_record(&t, &collection_attendee_counters, EVENT_ID);
    ck_assert_int_eq(counters->unconfirmed, 1);
    ck_assert(forgets(id));
    json_t *fact = scenario_emitted(&t, "attendee.erased", 0);
    ck_assert_uint_eq(json_object_size(fact), 3); /* and the epoch */
    ck_assert_str_eq(json_string_value(json_object_get(fact, "attendee_id")), id);
    check_gone();
    scenario_close(&t);
}
END_TEST

START_TEST(to_erase_again_changes_nothing_and_the_address_is_free)
{
    begin();
    const char *id = register_ana();
    erase(id);
    erase(id);
    scenario_unchanged(&t, 200);
    ck_assert(!forgets(id));
    ck_assert_str_ne(register_ana(), id);
    erase(id);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(who_is_erased_can_only_be_cancelled_or_deleted)
{
    begin();
    const char *id = register_ana();
    erase(id);
    scenario_when(&t, "attendee.update", "{" AT ",'attendee_id':'%s','patch':{'name':'x'}}", id);
    scenario_refused(&t, 409, "illegal_transition");
    ck_assert_str_eq(scenario_text(&t, "from"), "erased");
    scenario_when(&t, "attendee.confirm", "{" AT ",'attendee_id':'%s'}", id);
    scenario_refused(&t, 409, "illegal_transition");
    scenario_when(&t, "attendee.cancel", "{" AT ",'attendee_id':'%s'}", id);
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    scenario_when(&t, "attendee.delete", "{" AT ",'attendee_id':'%s'}", id);
    ck_assert_int_eq(t.result.answer.status, 204);
    scenario_close(&t);
}
END_TEST

START_TEST(orders_and_tickets_lose_the_person_and_keep_their_sums)
{
    begin();
    const char *id = register_ana();
    const char *own = buy_as_ana(",'metadata':{'note':'Secret wish'},'external_id':'shop-1'");
    const char *others = buy_as_eva(), *given_on = buy_as_eva();
    scenario_when(&t, "ticket.assign", "{" AT ",'order_id':'%s','n':1," EVA "}", own);
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':2,'name':'Ana Secret','email':'ana@example.org'}",
                  others);
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Ana Secret','email':'ana@example.org'}",
                  given_on);
    scenario_when(&t, "ticket.transfer", "{" AT ",'order_id':'%s','n':1," EVA "}", given_on);
    erase(id);
    check_gone();
    ck_assert_ptr_null(order(own)->buyer);
    ck_assert_str_eq(order(own)->external_id, "shop-1");
    ck_assert_int_eq(order(own)->total.amount, 5000);
    ck_assert_str_eq(order(own)->tickets.at[0].attendee->name, "Eva Other");
    ck_assert_str_eq(order(others)->buyer->name, "Eva Other");
    const struct ticket_holder *holder = order(others)->tickets.at[1].attendee;
    ck_assert_str_eq(holder->attendee_id, id);
    ck_assert(holder->name == NULL && holder->email == NULL);
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, id);
    ck_assert_int_eq(attendee->tickets.at[0].tickets, 1);
    scenario_when(&t, "ticket.assign", "{" AT ",'order_id':'%s','n':2," EVA "}", others);
    ck_assert_str_eq(scenario_text(&t, "attendee/name"), "Eva Other");
    scenario_close(&t);
}
END_TEST

START_TEST(who_was_on_no_list_leaves_a_ticket_that_is_nobodys)
{
    begin();
    const char *own = buy_as_ana("");
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':2,'name':'Ana Secret','email':'ana@example.org'}",
                  own);
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'%s'}", own);
    const struct ticket_holder *nobody = order(own)->tickets.at[1].attendee;
    ck_assert_ptr_nonnull(nobody); /* else it would be the buyer's again */
    ck_assert(nobody->name == NULL && nobody->email == NULL && nobody->attendee_id == NULL);
    scenario_when(&t, "ticket.assign", "{" AT ",'order_id':'%s','n':2," EVA "}", own);
    ck_assert_str_eq(scenario_text(&t, "attendee/name"), "Eva Other");
    scenario_close(&t);
}
END_TEST

START_TEST(an_address_that_is_set_aside_is_forgotten_and_still_set_aside)
{
    static const struct {
        enum channel channel;
        const char *address;
    } rows[] = {{CHANNEL_EMAIL, "ANA@example.org"}, {CHANNEL_SMS, "+34600111222"}};
    begin();
    for (size_t i = 0; i < 2; i++)
        scenario_given(&t, &collection_suppressions,
                       suppression_id(t.arena, rows[i].channel, rows[i].address),
                       &(struct suppression){.channel = rows[i].channel,
                                             .address = rows[i].address,
                                             .reason = SUPPRESSION_BOUNCED,
                                             .detail = "no such user ana@example.org",
                                             .event_id = EVENT_ID});
    erase(register_ana());
    (void)run_pages();
    check_gone();
    for (size_t i = 0; i < 2; i++) {
        const struct suppression *left =
            scenario_record(&t, &collection_suppressions,
                            suppression_id(t.arena, rows[i].channel, rows[i].address));
        ck_assert_ptr_nonnull(left);
        ck_assert_ptr_null(left->address);
        ck_assert_int_eq(left->reason, SUPPRESSION_BOUNCED);
    }
    scenario_close(&t);
}
END_TEST

START_TEST(stock_codes_and_order_numbers_stay)
{
    begin();
    const char *id = register_ana();
    const char *own = buy_as_ana(",'external_id':'shop-1'"), *given_on = buy_as_eva();
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Ana Secret','email':'ana@example.org'}",
                  given_on);
    scenario_when(&t, "ticket.transfer", "{" AT ",'order_id':'%s','n':1," EVA "}", given_on);
    const char *code = order(own)->tickets.at[0].code;
    erase(id);
    ck_assert(forgets(own) && forgets(given_on));
    ck_assert_str_eq(order(own)->tickets.at[0].code, code);
    ck_assert_uint_eq(order(given_on)->past_holders.n, 0);
    check_stock_is(&t, GENERAL_ID, 4, 0);
    json_t *fact = scenario_emitted(&t, "order.erased", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "order_id")), own);
    ck_assert_ptr_null(scenario_emitted(&t, "order.erased", 1));
    scenario_close(&t);
}
END_TEST

/* A domain is the same in letters as in the ASCII that is sent. */
START_TEST(a_former_holder_is_known_however_the_domain_is_written)
{
    begin();
    const char *given_on = buy_as_eva();
    scenario_when(&t, "attendee.register",
                  "{" AT ",'name':'Zoe','email':'zoe@xn--bcher-kva.example'}");
    const char *zoe = mem_strdup(t.arena, scenario_text(&t, "id"));
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Zoe','email':'zoe@b\u00fccher.example'}",
                  given_on);
    scenario_when(&t, "ticket.transfer", "{" AT ",'order_id':'%s','n':1," EVA "}", given_on);
    ck_assert_uint_eq(order(given_on)->past_holders.n, 1);
    erase(zoe);
    ck_assert_uint_eq(order(given_on)->past_holders.n, 0);
    scenario_close(&t);
}
END_TEST

START_TEST(a_buyers_limit_counts_on_and_goes_down_with_a_refund)
{
    begin();
    const char *id = register_ana();
    const char *own = buy_as_ana("");
    erase(id);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID
                  "','quantity':99}],'buyer':{" ANA "}}");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_when(&t, "order.refund", "{" AT ",'order_id':'%s'}", own);
    ck_assert_int_eq(t.result.answer.status, 200);
    char quota_id[BUYER_QUOTA_ID_SIZE];
    buyer_quota_id(quota_id, EVENT_ID, "ana@example.org");
    const struct buyer_quota *kept = scenario_record(&t, &collection_buyer_quotas, quota_id);
    ck_assert_int_eq(kept->items.at[0].quantity, 99);
    scenario_close(&t);
}
END_TEST

START_TEST(all_registrations_of_an_address_are_one_person)
{
    begin();
    const char *first = register_ana();
    scenario_when(&t, "attendee.cancel", "{" AT ",'attendee_id':'%s'}", first);
    const char *second = register_ana();
    erase(second);
    check_gone();
    ck_assert_ptr_nonnull(scenario_emitted(&t, "attendee.erased", 1));
    ck_assert(forgets(first) && forgets(second));
    scenario_close(&t);
}
END_TEST

static const struct erasure *erasure_of(const char *id)
{
    return scenario_record(&t, &collection_erasures, erasure_id(t.arena, id));
}

START_TEST(much_goes_by_pages_and_the_job_forgets_too)
{
    begin();
    const char *id = register_ana();
    for (int i = 0; i < 230; i++)
        (void)buy_as_ana("");
    erase(id);
    ck_assert_int_eq(erasure_of(id)->status, ERASURE_RUNNING);
    erase(id); /* meanwhile */
    scenario_unchanged(&t, 200);
    scenario_when(&t, "attendee.erase_page", "{" AT ",'erasure_id':'%s','page':1}",
                  erasure_of(id)->id);
    t.now += 1000;
    json_t *next = scenario_emitted(&t, "attendee.erase_page", 0);
    ck_assert_ptr_nonnull(next);
    const char *later = buy_as_ana("");
    char *text = json_dumps(next, JSON_COMPACT);
    scenario_when(&t, "attendee.erase_page", "%s", text);
    free(text);
    ck_assert_int_gt(run_pages(), 0);
    const struct erasure *erasure = erasure_of(id);
    ck_assert_int_eq(erasure->status, ERASURE_DONE);
    ck_assert_int_eq(erasure->orders, 230);
    ck_assert_ptr_null(erasure->email);
    ck_assert_uint_eq(erasure->phones.n, 0);
    ck_assert_ptr_nonnull(order(later)->buyer);
    scenario_when(&t, "attendee.erase_page", "{" AT ",'erasure_id':'%s','page':1}", erasure->id);
    scenario_unchanged(&t, 204);
    scenario_close(&t);
}
END_TEST

START_TEST(a_phone_that_an_order_tells_is_looked_for_too)
{
    begin();
    scenario_when(&t, "attendee.register",
                  "{" AT ",'name':'Ana Secret','email':'ana@example.org'}");
    const char *id = id_of();
    (void)buy_as_ana("");
    given_notification(&(struct audience){.all = {true, true}}, NOTIFICATION_SENT, 0);
    given_delivery(DELIVERY_ID,
                   (struct delivery){.status = DELIVERY_SENT, .address = "+34600111222"});
    erase(id);
    (void)run_pages();
    check_gone();
    scenario_close(&t);
}
END_TEST

START_TEST(a_buyer_who_is_on_no_list_is_erased_by_an_order)
{
    begin();
    const char *one = buy_as_ana(""), *two = buy_as_ana(",'hold_seconds':600");
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'%s'}", one);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "id"), one);
    ck_assert(!scenario_flag(&t, "buyer"));
    ck_assert(scenario_flag(&t, "erased_at"));
    ck_assert_int_eq(erasure_of(one)->orders, 2);
    check_gone();
    scenario_when(&t, "order.confirm", "{" AT ",'order_id':'%s'}", two);
    ck_assert_str_eq(scenario_text(&t, "status"), "paid");
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'%s'}", one);
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_buyer_who_is_on_the_list_leaves_it_too)
{
    begin();
    const char *id = register_ana(), *one = buy_as_ana("");
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'%s'}", one);
    (void)run_pages();
    const struct attendee *attendee = scenario_record(&t, &collection_attendees, id);
    ck_assert(attendee->erased_at.set);
    check_gone();
    scenario_close(&t);
}
END_TEST

START_TEST(a_missing_person_is_404_and_a_stale_one_412)
{
    begin();
    const char *id = register_ana();
    scenario_when(&t, "attendee.erase",
                  "{" AT ",'attendee_id':'attendee_01jz3w4v9he8qb2m5x7k6d0c1n'}");
    scenario_refused(&t, 404, "not_found");
    scenario_when(&t, "order.erase", "{" AT ",'order_id':'order_01jz3w4v9he8qb2m5x7k6d0c1n'}");
    scenario_refused(&t, 404, "not_found");
    t.if_match = "\"5\"";
    scenario_when(&t, "attendee.erase", "{" AT ",'attendee_id':'%s'}", id);
    scenario_refused(&t, 412, "precondition_failed");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("erase_job", an_erased_person_keeps_an_id_and_a_status_and_nothing_else,
           to_erase_again_changes_nothing_and_the_address_is_free,
           who_is_erased_can_only_be_cancelled_or_deleted,
           orders_and_tickets_lose_the_person_and_keep_their_sums,
           who_was_on_no_list_leaves_a_ticket_that_is_nobodys,
           an_address_that_is_set_aside_is_forgotten_and_still_set_aside,
           stock_codes_and_order_numbers_stay,
           a_former_holder_is_known_however_the_domain_is_written,
           a_buyers_limit_counts_on_and_goes_down_with_a_refund,
           all_registrations_of_an_address_are_one_person,
           much_goes_by_pages_and_the_job_forgets_too,
           a_phone_that_an_order_tells_is_looked_for_too,
           a_buyer_who_is_on_no_list_is_erased_by_an_order,
           a_buyer_who_is_on_the_list_leaves_it_too, a_missing_person_is_404_and_a_stale_one_412)
