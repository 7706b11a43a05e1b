/* What becomes of a ticket type and its stock. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define ONE AT ",'ticket_type_id':'" GENERAL_ID "'"
#define BODY(capacity, currency)                                                                   \
    "'type':'vip','name':'VIP','price':{'amount':9900,'currency':'" currency                       \
    "'},'capacity':" #capacity

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    given_type(&t, GENERAL_ID, 10);
}

/* Of the ten, so many are sold and held. */
static void begin_with(int64_t sold, int64_t held)
{
    given_published(&t);
    scenario_given(&t, &collection_ticket_types, GENERAL_ID,
                   &(struct ticket_type){.event_id = EVENT_ID,
                                         .type = "general",
                                         .name = "General",
                                         .price = {2500, "EUR"},
                                         .capacity = 10});
    scenario_given(
        &t, &collection_stock, GENERAL_ID,
        &(struct stock){.event_id = EVENT_ID, .capacity = 10, .sold = sold, .held = held});
}

START_TEST(a_new_type_is_all_available)
{
    begin();
    scenario_when(&t, "ticket_type.create", "{" AT "," BODY(50, "EUR") "}");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_int_eq(scenario_number(&t, "available"), 50);
    ck_assert_int_eq(scenario_number(&t, "sold"), 0);
    ck_assert_int_eq(scenario_number(&t, "held"), 0);
    const char *id = scenario_text(&t, "id");
    ck_assert_str_eq(t.result.answer.location,
                     mem_printf(t.arena, "/v1/events/" EVENT_ID "/ticket-types/%s", id));
    ck_assert_int_eq(stock_of(&t, id)->capacity, 50);
    json_t *fact = scenario_emitted(&t, "ticket_type.created", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "ticket_type_id")), id);
    ck_assert_uint_eq(json_array_size(json_object_get(fact, "stock")), 1);
    scenario_close(&t);
}
END_TEST

/* Who follows the facts alone must be able to say what is for sale. */
START_TEST(facts_say_what_a_type_is_now)
{
    begin();
    scenario_when(&t, "ticket_type.update",
                  "{" ONE ",'patch':{'name':'Stalls','price':{'amount':2600},"
                  "'sales_start':'2026-05-01T18:00:00Z','sales_end':'2026-06-01T18:00:00Z'}}");
    json_t *fact = scenario_emitted(&t, "ticket_type.updated", 0);
    const char *type, *name, *currency, *start, *end;
    json_int_t amount, version;
    ck_assert_int_eq(json_unpack(fact, "{sssss{sIss}sssssI}", "type", &type, "name", &name, "price",
                                 "amount", &amount, "currency", &currency, "sales_start", &start,
                                 "sales_end", &end, "version", &version),
                     0);
    ck_assert_str_eq(name, "Stalls");
    ck_assert_int_eq(amount, 2600);
    ck_assert_str_eq(start, "2026-05-01T18:00:00.000Z");
    ck_assert_str_eq(end, "2026-06-01T18:00:00.000Z");
    ck_assert_int_eq(version, 2);
    scenario_when(&t, "ticket_type.create", "{" AT "," BODY(50, "EUR") "}");
    fact = scenario_emitted(&t, "ticket_type.created", 0);
    ck_assert_int_eq(
        json_unpack(fact, "{sssssI}", "type", &type, "name", &name, "version", &version), 0);
    ck_assert_str_eq(type, "vip");
    ck_assert_int_eq(version, 1);
    scenario_close(&t);
}
END_TEST

START_TEST(a_price_is_in_the_currency_of_the_event)
{
    begin();
    scenario_when(&t, "ticket_type.create", "{" AT "," BODY(50, "JPY") "}");
    SCENARIO_INVALID(&t, "#/price/currency other_currency");
    scenario_when(&t, "ticket_type.update",
                  "{" ONE ",'patch':{'price':{'amount':1,'currency':'USD'}}}");
    SCENARIO_INVALID(&t, "#/price/currency other_currency");
    scenario_when(&t, "ticket_type.update", "{" ONE ",'patch':{'price':{'amount':1}}}");
    ck_assert_int_eq(scenario_number(&t, "price/amount"), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(capacity_moves_the_stock_but_never_below_what_is_committed)
{
    begin_with(3, 2);
    scenario_when(&t, "ticket_type.update", "{" ONE ",'patch':{'capacity':4}}");
    scenario_refused(&t, 409, "below_committed");
    ck_assert_int_eq(scenario_number(&t, "sold"), 3);
    ck_assert_int_eq(scenario_number(&t, "held"), 2);
    scenario_when(&t, "ticket_type.update", "{" ONE ",'patch':{'capacity':5}}");
    ck_assert_int_eq(scenario_number(&t, "available"), 0);
    ck_assert_int_eq(scenario_number(&t, "sold"), 3);
    ck_assert_int_eq(stock_of(&t, GENERAL_ID)->capacity, 5);
    ck_assert_ptr_nonnull(t.result.stock);
    scenario_when(&t, "ticket_type.replace", "{" ONE "," BODY(20, "EUR") "}");
    ck_assert_int_eq(scenario_number(&t, "available"), 15);
    ck_assert_str_eq(scenario_text(&t, "type"), "vip");
    ck_assert_int_eq(scenario_number(&t, "version"), 3);
    scenario_close(&t);
}
END_TEST

START_TEST(another_price_moves_no_stock)
{
    begin();
    scenario_when(&t, "ticket_type.update", "{" ONE ",'patch':{'price':{'amount':2600}}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_uint_eq(t.n_changes, 1);
    ck_assert_ptr_null(t.result.stock);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket_type.updated", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(counters_are_read_only_but_may_be_sent_as_they_are)
{
    begin_with(3, 2);
    scenario_when(&t, "ticket_type.update", "{" ONE ",'patch':{'sold':3,'held':2,'available':5}}");
    scenario_unchanged(&t, 200);
    scenario_when(&t, "ticket_type.update", "{" ONE ",'patch':{'sold':0,'available':10}}");
    SCENARIO_INVALID(&t, "#/sold read_only", "#/available read_only");
    scenario_close(&t);
}
END_TEST

START_TEST(a_type_with_sales_is_not_deleted)
{
    begin_with(0, 1);
    scenario_when(&t, "ticket_type.delete", "{" ONE "}");
    scenario_refused(&t, 409, "has_sales");
    scenario_close(&t);
    begin_with(0, 0);
    scenario_when(&t, "ticket_type.delete", "{" ONE "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_ptr_null(stock_of(&t, GENERAL_ID));
    ck_assert_ptr_null(scenario_record(&t, &collection_ticket_types, GENERAL_ID));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket_type.deleted", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(a_missing_type_is_404_and_a_stale_one_412)
{
    static const char *const kinds[][2] = {
        {"ticket_type.update", ",'patch':{'name':'x'}"},
        {"ticket_type.replace", "," BODY(50, "EUR")},
        {"ticket_type.delete", ""},
    };
    static const char *const missing[][2] = {
        {NO_EVENT_ID, GENERAL_ID}, {EVENT_ID, NO_TYPE_ID}, {OTHER_EVENT_ID, GENERAL_ID}};
    begin();
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            scenario_when(&t, kinds[i][0], "{'event_id':'%s','ticket_type_id':'%s'%s}",
                          missing[k][0], missing[k][1], kinds[i][1]);
            scenario_refused(&t, 404, "not_found");
        }
        t.if_match = "\"9\"";
        scenario_when(&t, kinds[i][0], "{" ONE "%s}", kinds[i][1]);
        scenario_refused(&t, 412, "precondition_failed");
        t.if_match = NULL;
    }
    scenario_when(&t, "ticket_type.create", "{'event_id':'" NO_EVENT_ID "'," BODY(5, "EUR") "}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("ticket_type", a_new_type_is_all_available, facts_say_what_a_type_is_now,
           a_price_is_in_the_currency_of_the_event,
           capacity_moves_the_stock_but_never_below_what_is_committed, another_price_moves_no_stock,
           counters_are_read_only_but_may_be_sent_as_they_are, a_type_with_sales_is_not_deleted,
           a_missing_type_is_404_and_a_stale_one_412)
