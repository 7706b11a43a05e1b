/* What the contract promises: every command can be found, taken apart, and refused with pointers.
 */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/command.h"
#include "libshared/contract/fact.h"
#include "libshared/contract/order.h"
#include "libshared/contract/problem.h"
#include "tests/support/ids.h"

static struct {
    void *arena;
    struct violations violations;
    struct decoder decoder;
    struct command_body body;
    json_t *hold;
} t;

static bool decode(const char *type, const char *text)
{
    t.arena = mem_arena(NULL, 0);
    t.violations = (struct violations){.arena = t.arena};
    t.decoder = (struct decoder){.arena = t.arena, .violations = &t.violations};
    json_t *value = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(value);
    bool decoded = command_decode(&t.decoder, command_find(type), value, &t.body, &t.hold);
    json_decref(value);
    return decoded;
}

static void end(void)
{
    json_decref(t.hold);
    mem_free(t.arena);
}

START_TEST(every_type_is_found_on_its_topic)
{
    for (size_t i = 0; i < commands_n; i++)
        ck_assert_ptr_eq(command_find(commands[i].type), &commands[i]);
    ck_assert_str_eq(command_topic(command_find("order.place")), "tickets.commands");
    ck_assert_str_eq(command_topic(command_find("attendee.list")), "attendees.queries");
    ck_assert_ptr_null(command_find("order.steal"));
}
END_TEST

START_TEST(an_order_is_taken_apart)
{
    ck_assert(decode("order.place",
                     "{\"event_id\":\"" EVENT_ID "\",\"items\":[{\"ticket_type_id\":\"" GENERAL_ID
                     "\",\"quantity\":2}],\"buyer\":{\"name\":\"A\",\"email\":\"a@b.org\"}}"));
    const struct order *order = t.body.request;
    ck_assert_str_eq(t.body.ids[ID_EVENT], EVENT_ID);
    ck_assert_int_eq(order->items.at[0].quantity, 2);
    ck_assert_str_eq(order->buyer->email, "a@b.org");
    ck_assert_ptr_null(t.hold);
    end();
}
END_TEST

START_TEST(a_command_is_put_together_as_it_is_taken_apart)
{
    const char *text = "{\"event_id\":\"" EVENT_ID "\",\"n\":12,\"order_id\":\"" ORDER_ID
                       "\",\"name\":\"A\",\"email\":\"a@b.org\"}";
    ck_assert(decode("ticket.assign", text));
    json_t *again = command_json(&t.body), *was = json_loads(text, 0, NULL);
    ck_assert_msg(json_equal(again, was), "%s", json_dumps(again, 0));
    json_decref(again);
    json_decref(was);
    end();
}
END_TEST

START_TEST(a_ticket_is_named_by_its_number_within_its_order)
{
#define OF "{\"event_id\":\"" EVENT_ID "\",\"order_id\":\"" ORDER_ID "\",\"n\":"
    static const char *const good[] = {OF "1}", OF "\"1\"}"}, *const bad[] = {
                                                                  OF "0}",    OF "101}",
                                                                  OF "-1}",   OF "1.5}",
                                                                  OF "true}", OF "\"1 \"}",
                                                                  OF "\"\"}", OF "\"01\"}"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert(decode("order_ticket.get", good[i]));
        ck_assert_str_eq(t.body.ids[ID_TICKET], "1");
        end();
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!decode("order_ticket.get", bad[i]), "%s", bad[i]);
        ck_assert_str_eq(t.violations.at[0].pointer, "#/n");
        end();
    }
}
END_TEST

START_TEST(an_order_names_a_type_once_and_at_most_a_hundred_tickets)
{
    ck_assert(!decode("order.place",
                      "{\"event_id\":\"" EVENT_ID "\",\"items\":[{\"ticket_type_id\":\"" GENERAL_ID
                      "\",\"quantity\":60},{\"ticket_type_id\":\"" GENERAL_ID
                      "\",\"quantity\":60}],\"buyer\":{\"name\":\"A\",\"email\":\"a@b.org\"}}"));
    ck_assert_uint_eq(t.violations.n, 2);
    ck_assert_str_eq(t.violations.at[0].pointer, "#/items/1/ticket_type_id");
    ck_assert_str_eq(t.violations.at[1].pointer, "#/items");
    end();
}
END_TEST

START_TEST(ids_are_asked_for_by_name)
{
    ck_assert(!decode("order.confirm", "{\"order_id\":\"x\",\"extra\":1}"));
    ck_assert_uint_eq(t.violations.n, 3);
    ck_assert_str_eq(t.violations.at[0].pointer, "#/event_id");
    ck_assert_str_eq(t.violations.at[1].pointer, "#/order_id");
    ck_assert_str_eq(t.violations.at[2].pointer, "#/extra");
    end();
}
END_TEST

START_TEST(an_update_carries_its_patch)
{
    ck_assert(decode("event.update", "{\"event_id\":\"" EVENT_ID "\",\"patch\":{\"name\":\"n\"}}"));
    ck_assert_str_eq(json_string_value(json_object_get(t.body.change, "name")), "n");
    ck_assert_ptr_nonnull(t.hold);
    end();
    ck_assert(!decode("event.update", "{\"event_id\":\"" EVENT_ID "\"}"));
    ck_assert_str_eq(t.violations.at[0].pointer, "#/patch");
    end();
}
END_TEST

START_TEST(problems_carry_code_and_errors)
{
    ck_assert(!decode("order.confirm", "{}"));
    const uint8_t instance[16] = {1};
    json_t *body =
        json_loads(problem_body(t.arena, &(struct problem){.code = PROBLEM_validation_failed,
                                                           .instance = instance,
                                                           .violations = &t.violations}),
                   0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(body, "type")),
                     "/problems/validation_failed");
    ck_assert_int_eq(json_integer_value(json_object_get(body, "status")), 422);
    ck_assert_uint_eq(json_array_size(json_object_get(body, "errors")), 2);
    ck_assert_ptr_eq(strstr(json_string_value(json_object_get(body, "instance")), "urn:uuid:"),
                     json_string_value(json_object_get(body, "instance")));
    json_decref(body);
    end();
}
END_TEST

START_TEST(facts_are_found)
{
    ck_assert_int_eq(fact_find("order.placed")->module, MODULE_TICKETS);
    ck_assert_ptr_null(fact_find("order.place"));
}
END_TEST

static json_t *item_member(const json_t *schema, const char *name)
{
    const json_t *items = json_object_get(json_object_get(schema, "properties"), "items");
    return json_object_get(json_object_get(json_object_get(items, "items"), "properties"), name);
}

START_TEST(a_schema_has_read_only_members_at_any_depth_only_when_shown)
{
    json_t *shown = record_schema(&order_record, false);
    json_t *input = record_schema(&order_record, true);
    ck_assert_ptr_nonnull(item_member(shown, "unit_price"));
    ck_assert_ptr_null(item_member(input, "unit_price"));
    ck_assert_ptr_nonnull(item_member(input, "quantity"));
    ck_assert_ptr_null(json_object_get(json_object_get(shown, "properties"), "hold_seconds"));
    ck_assert_ptr_nonnull(json_object_get(json_object_get(input, "properties"), "hold_seconds"));
    json_decref(shown);
    json_decref(input);
}
END_TEST

START_TEST(a_list_is_sorted_by_what_can_be_sorted_by)
{
    ck_assert(decode("event.list", "{\"sort\":\"-updated_at\"}"));
    end();
    ck_assert(!decode("event.list", "{\"sort\":\"name\"}"));
    ck_assert_str_eq(t.violations.at[0].pointer, "#/sort");
    ck_assert_int_eq(t.violations.at[0].code, VIOLATION_not_allowed);
    end();
}
END_TEST

CHECK_MAIN("contract", every_type_is_found_on_its_topic, an_order_is_taken_apart,
           a_command_is_put_together_as_it_is_taken_apart,
           a_ticket_is_named_by_its_number_within_its_order,
           an_order_names_a_type_once_and_at_most_a_hundred_tickets, ids_are_asked_for_by_name,
           an_update_carries_its_patch, problems_carry_code_and_errors, facts_are_found,
           a_schema_has_read_only_members_at_any_depth_only_when_shown,
           a_list_is_sorted_by_what_can_be_sorted_by)
