/* Tickets that pass from hand to hand: whose a ticket is, and that an old code admits nobody. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define OF AT ",'order_id':'" ORDER_ID "'"
#define BEA "'name':'Secret Bea','email':'Bea@Secret.example.org'"

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    static struct ticket tickets[] = {{.code = "c1", .signature = "s1", .status = TICKET_VALID},
                                      {.code = "c2", .signature = "s2", .status = TICKET_VALID},
                                      {.code = "gone", .status = TICKET_VOID}};
    for (size_t i = 0; i < 3; i++)
        tickets[i].ticket_type_id = GENERAL_ID;
    scenario_given(&t, &collection_orders, ORDER_ID,
                   &(struct order){.event_id = EVENT_ID,
                                   .status = ORDER_PAID,
                                   .tickets = {.at = tickets, .n = 3}});
}

static void scan(const char *code)
{
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s'}", code);
}

static const struct ticket *ticket(size_t index)
{
    const struct order *order = scenario_record(&t, &collection_orders, ORDER_ID);
    return &order->tickets.at[index];
}

START_TEST(a_ticket_is_assigned_to_a_person)
{
    begin();
    scenario_when(&t, "ticket.assign", "{" OF ",'n':2," BEA "}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "code"), "c2");
    ck_assert_str_eq(scenario_text(&t, "attendee/name"), "Secret Bea");
    ck_assert_str_eq(scenario_text(&t, "attendee/email"), "Bea@Secret.example.org");
    ck_assert(!scenario_flag(&t, "attendee/attendee_id"));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket.assigned", 0));
    scenario_when(&t, "ticket.assign", "{" OF ",'n':2," BEA "}");
    scenario_unchanged(&t, 200);
    scan("c2");
    ck_assert_str_eq(scenario_text(&t, "attendee/name"), "Secret Bea");
    scenario_close(&t);
}
END_TEST

START_TEST(who_is_on_the_list_is_linked)
{
    begin();
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Secret Bea",
                                      .email = "bea@secret.example.org",
                                      .key = EVENT_ID "/bea@secret.example.org"});
    scenario_when(&t, "ticket.assign", "{" OF ",'n':1," BEA "}");
    ck_assert_str_eq(scenario_text(&t, "attendee/attendee_id"), ATTENDEE_ID);
    json_t *fact = scenario_emitted(&t, "ticket.assigned", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "attendee_id")), ATTENDEE_ID);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "order_id")), ORDER_ID);
    scenario_close(&t);
}
END_TEST

START_TEST(of_a_transferred_ticket_the_old_code_dies)
{
    begin();
    scenario_when(&t, "ticket.transfer", "{" OF ",'n':1," BEA "}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "attendee/name"), "Secret Bea");
    const char *code = mem_strdup(t.arena, scenario_text(&t, "code"));
    ck_assert_str_ne(code, "c1");
    ck_assert_str_eq(scenario_text(&t, "signature"),
                     signing_sign(t.arena, scenario_signing_key(&t), EVENT_ID, code));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket.transferred", 0));
    scan("c1");
    ck_assert_str_eq(scenario_text(&t, "code"), "void");
    scenario_when(&t, "ticket.check_in", "{'event_id':'" OTHER_EVENT_ID "','code':'c1'}");
    ck_assert_str_eq(scenario_text(&t, "code"), "wrong_event");
    scenario_when(&t, "ticket.undo_check_in", "{" AT ",'code':'c1'}");
    scenario_refused(&t, 409, "void");
    scan(code);
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_transfer_to_who_has_it_changes_nothing)
{
    begin();
    scenario_when(&t, "ticket.transfer", "{" OF ",'n':1," BEA "}");
    scenario_when(&t, "ticket.transfer", "{" OF ",'n':1," BEA "}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_reissued_ticket_keeps_its_person)
{
    begin();
    scenario_when(&t, "ticket.assign", "{" OF ",'n':1," BEA "}");
    scenario_when(&t, "ticket.reissue", "{" OF ",'n':1}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_ne(scenario_text(&t, "code"), "c1");
    ck_assert_str_eq(scenario_text(&t, "attendee/name"), "Secret Bea");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket.reissued", 0));
    ck_assert_str_eq(ticket(1)->code, "c2");
    scan("c1");
    ck_assert_str_eq(scenario_text(&t, "code"), "void");
    scenario_close(&t);
}
END_TEST

START_TEST(what_was_used_keeps_its_code)
{
    begin();
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'c1','gate':'north'}");
    scenario_when(&t, "ticket.transfer", "{" OF ",'n':1," BEA "}");
    scenario_refused(&t, 409, "already_checked_in");
    ck_assert_str_eq(scenario_text(&t, "gate"), "north");
    scenario_when(&t, "ticket.reissue", "{" OF ",'n':1}");
    scenario_refused(&t, 409, "already_checked_in");
    scenario_when(&t, "ticket.assign", "{" OF ",'n':1," BEA "}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_void_or_not_there_is_nobodys)
{
    static const char *const types[] = {"ticket.assign", "ticket.transfer", "ticket.reissue"};
    for (size_t i = 0; i < 3; i++) {
        const char *person = i < 2 ? "," BEA : "";
        begin();
        scenario_when(&t, types[i], "{" OF ",'n':3%s}", person);
        scenario_refused(&t, 409, "void");
        scenario_when(&t, types[i], "{" OF ",'n':4%s}", person);
        scenario_refused(&t, 404, "not_found");
        scenario_when(&t, types[i],
                      "{'event_id':'" OTHER_EVENT_ID "','order_id':'" ORDER_ID "','n':1%s}",
                      person);
        scenario_refused(&t, 404, "not_found");
        t.if_match = "\"7\"";
        scenario_when(&t, types[i], "{" OF ",'n':1%s}", person);
        scenario_refused(&t, 412, "precondition_failed");
        t.if_match = NULL;
        scenario_close(&t);
    }
}
END_TEST

CHECK_MAIN("assign", a_ticket_is_assigned_to_a_person, who_is_on_the_list_is_linked,
           of_a_transferred_ticket_the_old_code_dies, a_transfer_to_who_has_it_changes_nothing,
           a_reissued_ticket_keeps_its_person, what_was_used_keeps_its_code,
           what_is_void_or_not_there_is_nobodys)
