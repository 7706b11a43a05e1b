/* What the reader of an order's own page may do to its tickets: to those that are theirs, and to no
 * other. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/self_service.h"
#include "tests/support/given.h"

static struct scenario t;

#define HOUR INT64_C(3600000)
#define ANA "ana@example.org"
#define BEA "bea@example.org"

static void begin(void)
{
    static struct person buyer = {.name = "Ana Secret", .email = ANA};
    static struct ticket_holder bea = {.name = "Bea Secret", .email = BEA}, erased = {.name = NULL};
    static struct ticket tickets[] = {
        {.code = "first-code", .signature = "s1", .status = TICKET_VALID},
        {.code = "second-code", .signature = "s2", .status = TICKET_VALID, .attendee = &bea},
        {.code = "third-code", .signature = "s3", .status = TICKET_VOID},
        {.code = "fourth-code", .signature = "s4", .status = TICKET_VALID, .attendee = &erased}};
    for (size_t i = 0; i < 4; i++)
        tickets[i].ticket_type_id = GENERAL_ID;
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    given_type(&t, GENERAL_ID, 10);
    scenario_given(&t, &collection_orders, ORDER_ID,
                   &(struct order){.event_id = EVENT_ID,
                                   .status = ORDER_PAID,
                                   .buyer = &buyer,
                                   .tickets = {.at = tickets, .n = 4}});
}

static const char *token_of(const char *email)
{
    const struct self_service_order order = {EVENT_ID, ORDER_ID, .email = email};
    struct self_service once = t.self_service;
    once.seconds = HOUR / 1000;
    return self_service_order_link(t.arena, &once, &order, SCENARIO_NOW).token;
}

static const struct ticket *ticket(int number)
{
    const struct order *order = scenario_record(&t, &collection_orders, ORDER_ID);
    return &order->tickets.at[number - 1];
}

static void transfer(const char *token, int number)
{
    scenario_when(&t, "ticket.transfer_by_token",
                  "{'token':'%s','n':%d,'name':'Cid Secret','email':'cid@example.org'}", token,
                  number);
}

static void rename_it(const char *token, int number)
{
    scenario_when(&t, "ticket.rename_by_token", "{'token':'%s','n':%d,'name':'Ann Secret'}", token,
                  number);
}

static void answer(const char *token, int number, const char *answers)
{
    scenario_when(&t, "ticket.answer_by_token", "{'token':'%s','n':%d,'answers':{%s}}", token,
                  number, answers);
}

static const char *answer_of(int number)
{
    const struct string_map *answers = &ticket(number)->answers;
    return answers->n > 0 ? answers->values[0] : "";
}

START_TEST(a_reader_answers_for_the_own_tickets_alone)
{
    begin();
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'questions':[{'id':'size','label':'Size','kind':'choice',"
                  "'choices':['S','M'],'required':true}]}}");
    answer(token_of(ANA), 1, "'size':'M'");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert(json_is_true(json_object_get(t.body, "yours")));
    ck_assert_ptr_null(strstr(t.result.answer.body, "size"));
    ck_assert_str_eq(answer_of(1), "M");
    answer(token_of(ANA), 2, "'size':'M'");
    scenario_refused(&t, 404, "not_found");
    answer(token_of(ANA), 3, "'size':'M'");
    scenario_refused(&t, 409, "void");
    answer(token_of(BEA), 2, "'size':'S'");
    ck_assert_str_eq(answer_of(2), "S");
    answer(token_of(BEA), 2, "'size':'','colour':'red'");
    SCENARIO_INVALID(&t, "#/answers/colour unknown_question", "#/answers/size required");
    rename_it(token_of(BEA), 2);
    ck_assert_str_eq(answer_of(2), "S");
    transfer(token_of(BEA), 2);
    ck_assert_str_eq(answer_of(2), "");
    scenario_close(&t);
}
END_TEST

START_TEST(a_buyer_passes_on_a_ticket_and_is_not_told_its_code)
{
    begin();
    transfer(token_of(ANA), 1);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(ticket(1)->attendee->email, "cid@example.org");
    ck_assert_str_ne(ticket(1)->code, "first-code");
    ck_assert_ptr_null(strstr(t.result.answer.body, ticket(1)->code));
    ck_assert(!json_is_true(json_object_get(t.body, "yours")));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket.transferred", 0));
    transfer(token_of(ANA), 1);
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_holder_passes_on_the_own_ticket_alone)
{
    begin();
    const char *bea = token_of(BEA);
    transfer(bea, 1);
    scenario_refused(&t, 404, "not_found");
    transfer(bea, 2);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(ticket(2)->attendee->name, "Cid Secret");
    /* Nothing is theirs any more. */
    transfer(bea, 2);
    scenario_refused(&t, 422, "invalid_token");
    scenario_close(&t);
}
END_TEST

START_TEST(a_corrected_name_leaves_the_code_and_the_address)
{
    begin();
    rename_it(token_of(ANA), 1);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert(json_is_true(json_object_get(t.body, "yours")));
    ck_assert_str_eq(ticket(1)->attendee->name, "Ann Secret");
    ck_assert_str_eq(ticket(1)->attendee->email, ANA);
    ck_assert_str_eq(ticket(1)->code, "first-code");
    ck_assert_ptr_null(scenario_emitted(&t, "notification.expand", 0));
    rename_it(token_of(BEA), 2);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(ticket(2)->attendee->name, "Ann Secret");
    ck_assert_str_eq(ticket(2)->attendee->email, BEA);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_anothers_void_or_not_there_stays_as_it_is)
{
    begin();
    const char *ana = token_of(ANA);
    rename_it(ana, 2);
    scenario_refused(&t, 404, "not_found");
    rename_it(ana, 3);
    scenario_refused(&t, 409, "void");
    rename_it(ana, 4); /* an erased person's */
    scenario_refused(&t, 404, "not_found");
    rename_it(ana, 5);
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_used_ticket_is_not_passed_on)
{
    begin();
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'first-code'}");
    transfer(token_of(ANA), 1);
    scenario_refused(&t, 409, "already_checked_in");
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_no_token_of_the_order_opens_nothing)
{
    begin();
    const char *token = token_of(ANA);
    transfer(token_of("cid@example.org"), 1);
    scenario_refused(&t, 422, "invalid_token");
    ck_assert(t.result.answer.no_receipt);
    const struct attendee ana = {.id = ATTENDEE_ID, .event_id = EVENT_ID, .email = ANA};
    transfer(
        self_service_link(t.arena, &t.self_service, SELF_SERVICE_CONFIRM, &ana, SCENARIO_NOW + HOUR)
            .token,
        1);
    scenario_refused(&t, 422, "invalid_token");
    transfer("nonsense", 1);
    scenario_refused(&t, 422, "invalid_token");
    scenario_when(&t, "ticket.rename_by_token",
                  "{'event_id':'" OTHER_EVENT_ID "','token':'%s','n':1,'name':'Ann Secret'}",
                  token);
    scenario_refused(&t, 422, "invalid_token");
    t.now = SCENARIO_NOW + HOUR;
    transfer(token, 1);
    scenario_refused(&t, 410, "token_expired");
    scenario_close(&t);
}
END_TEST

START_TEST(a_reader_takes_the_event_into_a_calendar_as_mails_have_it)
{
    begin();
    t.self_service.sender = "Shop <tickets@shop.example>";
    scenario_when(&t, "order.calendar_by_token", "{'token':'%s'}", token_of(BEA));
    scenario_unchanged(&t, 200);
    ck_assert(t.result.answer.no_receipt);
    ck_assert_ptr_nonnull(
        strstr(scenario_text(&t, "calendar"), "UID:" EVENT_ID "@shop.example\r\n"));
    scenario_when(&t, "order.calendar_by_token", "{'token':'%s'}", token_of("cid@example.org"));
    scenario_refused(&t, 422, "invalid_token");
    scenario_close(&t);
}
END_TEST

START_TEST(a_link_ends_with_the_address_that_it_was_sent_to)
{
    begin();
    const char *ana = token_of(ANA), *bea = token_of(BEA);
    scenario_when(&t, "order.update",
                  "{" AT ",'order_id':'" ORDER_ID
                  "','patch':{'buyer':{'email':'new@example.org'}}}");
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
    rename_it(ana, 1);
    scenario_refused(&t, 422, "invalid_token");
    rename_it(bea, 2);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("own_order", a_reader_answers_for_the_own_tickets_alone,
           a_buyer_passes_on_a_ticket_and_is_not_told_its_code,
           a_holder_passes_on_the_own_ticket_alone,
           a_corrected_name_leaves_the_code_and_the_address,
           what_is_anothers_void_or_not_there_stays_as_it_is, a_used_ticket_is_not_passed_on,
           what_is_no_token_of_the_order_opens_nothing,
           a_reader_takes_the_event_into_a_calendar_as_mails_have_it,
           a_link_ends_with_the_address_that_it_was_sent_to)
