/* Families: an event may let several people have one address, each under a name of their own. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "tests/support/messages.h"

static struct scenario t;

static void share(bool shared)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'shared_addresses':%s}}",
                  shared ? "true" : "false");
    ck_assert_int_eq(t.result.answer.status, 200);
}

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    share(true);
}

static const char *sign_up(const char *name)
{
    scenario_when(&t, "attendee.register", "{" AT ",'name':'%s','email':'Family@example.org'}",
                  name);
    return t.result.answer.status == 201 ? mem_strdup(t.arena, scenario_text(&t, "id")) : "";
}

static void when(const char *type, const char *id, const char *more)
{
    scenario_when(&t, type, "{" AT ",'attendee_id':'%s'%s}", id, more);
}

static const struct attendee *person(const char *id)
{
    return scenario_record(&t, &collection_attendees, id);
}

START_TEST(people_of_other_names_share_an_address_where_the_event_lets_them)
{
    begin();
    ck_assert_str_ne(sign_up("Ana Secret"), "");
    ck_assert_str_ne(sign_up("Ben Secret"), "");
    ck_assert_str_ne(sign_up("Eva Secret"), "");
    (void)sign_up("ANA secret");
    scenario_refused(&t, 409, "duplicate_email");
    (void)sign_up("ben Secret");
    scenario_refused(&t, 409, "duplicate_email");
    share(false);
    (void)sign_up("Ida Secret");
    scenario_refused(&t, 409, "duplicate_email");
    scenario_close(&t);
}
END_TEST

START_TEST(who_cancels_leaves_the_name_free_and_the_others_there)
{
    begin();
    const char *ana = sign_up("Ana Secret");
    const char *ben = sign_up("Ben Secret");
    when("attendee.cancel", ana, "");
    ck_assert_int_eq(t.result.answer.status, 200);
    (void)sign_up("Ben Secret");
    scenario_refused(&t, 409, "duplicate_email");
    ck_assert_str_ne(sign_up("Ana Secret"), "");
    when("attendee.update", ben, ",'patch':{'name':'Ana Secret'}");
    scenario_refused(&t, 409, "duplicate_email");
    when("attendee.update", ben, ",'patch':{'name':'Benjamin Secret'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_ne(sign_up("Ben Secret"), "");
    scenario_close(&t);
}
END_TEST

static void import_family(const char *dry_run, int imported)
{
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'" IMPORT_ID "','dry_run':%s,'end':'done','rows':["
                  "{'line':2,'name':'Ana Secret','email':'family@example.org'},"
                  "{'line':3,'name':'Ben Secret','email':'family@example.org'},"
                  "{'line':4,'name':'ana secret','email':'FAMILY@example.org'}]}",
                  dry_run);
    ck_assert_int_eq(scenario_number(&t, "imported"), imported);
    ck_assert_int_eq(scenario_number(&t, "errors/0/line"), 2 + imported);
    ck_assert_str_eq(scenario_text(&t, "errors/0/code"), "duplicate_email");
}

START_TEST(families_are_imported)
{
    begin();
    import_family("true", 2);
    scenario_close(&t);
    begin();
    import_family("false", 2);
    scenario_close(&t);
}
END_TEST

static const char *given_sale(void)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':3}],"
                  "'buyer':{'name':'Buyer','email':'buyer@example.org'}}");
    ck_assert_int_eq(t.result.answer.status, 201);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void assign(const char *order_id, int n, const char *name)
{
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':'%d','name':'%s','email':'family@example.org'}",
                  order_id, n, name);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static const char *owner_of(const char *order_id, int n)
{
    const struct order *order = scenario_record(&t, &collection_orders, order_id);
    const char *id = order->tickets.at[n - 1].attendee->attendee_id;
    return id != NULL ? id : "";
}

START_TEST(a_ticket_is_of_who_has_its_name_too)
{
    begin();
    const char *order = given_sale();
    const char *ana = sign_up("Ana Secret");
    assign(order, 1, "Ana Secret");
    assign(order, 2, "Ben Secret");
    assign(order, 3, "Somebody");
    ck_assert_str_eq(owner_of(order, 1), ana);
    ck_assert_str_eq(owner_of(order, 2), "");
    const char *ben = sign_up("Ben Secret");
    ck_assert_str_eq(owner_of(order, 1), ana);
    ck_assert_str_eq(owner_of(order, 2), ben);
    ck_assert_str_eq(owner_of(order, 3), "");
    const char *eva = sign_up("Eva Secret");
    when("attendee.update", eva, ",'patch':{'name':'Somebody'}");
    ck_assert_str_eq(owner_of(order, 3), eva);
    scenario_close(&t);
}
END_TEST

START_TEST(each_of_a_family_gets_a_message)
{
    begin();
    (void)sign_up("Ana Secret");
    (void)sign_up("Ben Secret");
    messages_send(&t, "'channel':'email','subject':'s','message':'m','audience':{'all':true}");
    ck_assert_str_eq(messages_addresses(&t), "Family@example.org Family@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(to_erase_one_leaves_the_others)
{
    begin();
    const char *order = given_sale();
    const char *ana = sign_up("Ana Secret");
    const char *ben = sign_up("Ben Secret");
    assign(order, 1, "Ana Secret");
    assign(order, 2, "Ben Secret");
    when("attendee.erase", ana, "");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_ptr_null(person(ana)->name);
    ck_assert_str_eq(person(ben)->name, "Ben Secret");
    const struct order *after = scenario_record(&t, &collection_orders, order);
    ck_assert_ptr_null(after->tickets.at[0].attendee->name);
    ck_assert_str_eq(after->tickets.at[1].attendee->name, "Ben Secret");
    scenario_close(&t);
}
END_TEST

START_TEST(who_is_on_the_list_stays_there_when_the_setting_is_taken_back)
{
    begin();
    const char *ana = sign_up("Ana Secret");
    const char *ben = sign_up("Ben Secret");
    share(false);
    when("attendee.update", ben, ",'patch':{'phone':'+34600111222'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    when("attendee.update", ben, ",'patch':{'name':'Benjamin Secret'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    when("attendee.update", ben, ",'patch':{'name':'Ana Secret'}");
    scenario_refused(&t, 409, "duplicate_email");
    when("attendee.erase", ana, "");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_ptr_null(person(ana)->name);
    ck_assert_str_eq(person(ben)->name, "Benjamin Secret");
    (void)sign_up("Benjamin Secret");
    scenario_refused(&t, 409, "duplicate_email");
    scenario_close(&t);
}
END_TEST

START_TEST(no_more_families_are_imported_once_the_setting_is_taken_back)
{
    begin();
    share(false);
    import_family("true", 1);
    scenario_close(&t);
    begin();
    share(false);
    import_family("false", 1);
    scenario_close(&t);
}
END_TEST

START_TEST(nobody_comes_to_an_address_once_the_setting_is_taken_back)
{
    begin();
    (void)sign_up("Ana Secret");
    (void)sign_up("Ben Secret");
    share(false);
    (void)sign_up("Ida Secret");
    scenario_refused(&t, 409, "duplicate_email");
    scenario_when(&t, "attendee.register",
                  "{" AT ",'name':'Eva Secret','email':'eva@example.org'}");
    const char *eva = mem_strdup(t.arena, scenario_text(&t, "id"));
    when("attendee.update", eva, ",'patch':{'email':'family@example.org'}");
    scenario_refused(&t, 409, "duplicate_email");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("shared_addresses", people_of_other_names_share_an_address_where_the_event_lets_them,
           who_cancels_leaves_the_name_free_and_the_others_there, families_are_imported,
           a_ticket_is_of_who_has_its_name_too, each_of_a_family_gets_a_message,
           to_erase_one_leaves_the_others,
           who_is_on_the_list_stays_there_when_the_setting_is_taken_back,
           no_more_families_are_imported_once_the_setting_is_taken_back,
           nobody_comes_to_an_address_once_the_setting_is_taken_back)
