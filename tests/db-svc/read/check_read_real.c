/* Queries against a real database: MONGO_URI, and MONGO_DB, which each test empties. */
#include "tests/support/check_main.h"

#include <jansson.h>
#include <string.h>

#include "db-svc/read/read.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/query.h"
#include "libshared/contract/ticket_type.h"
#include "tests/db-svc/read/read_fixture.h"

static int64_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

START_TEST(a_record_is_shown_with_its_version_as_etag)
{
    struct world world = world_open();
    const char *etag;
    keep(&world, &collection_events, &event);
    json_t *said = ask(&world, 200, "event.get", "{\"event_id\": \"" E "\"}", &etag);
    ck_assert_str_eq(etag, "\"4\"");
    ck_assert_str_eq(text(said, "id"), E);
    ck_assert_str_eq(text(said, "status"), "published");
    ck_assert_str_eq(text(said, "created_at"), "2026-01-01T00:00:00.000Z");
    ck_assert_ptr_null(json_object_get(said, "rev"));
    json_decref(said);
    world_close(&world);
}
END_TEST

START_TEST(what_is_not_there_or_of_another_event_is_not_found)
{
    struct world world = world_open();
    struct attendee ana = {.id = ID("attendee", 1), .event_id = E, .name = "Ana", .email = "a@b"};
    keep(&world, &collection_events, &event);
    keep_event(&world, ID("event", 2), EVENT_DRAFT, "x");
    keep(&world, &collection_attendees, &ana);
    const char *etag;
    static const char *const unknown[][2] = {
        {"event.get", "{\"event_id\": \"" ID("event", 9) "\"}"},
        {"attendee.get", "{\"event_id\": \"" E "\", \"attendee_id\": \"" ID("attendee", 9) "\"}"},
        {"attendee.get",
         "{\"event_id\": \"" ID("event", 2) "\", \"attendee_id\": \"" ID("attendee", 1) "\"}"},
        {"attendee.list", "{\"event_id\": \"" ID("event", 9) "\"}"},
        {"ticket_type.list", "{\"event_id\": \"" ID("event", 9) "\"}"},
        {"order.list", "{\"event_id\": \"" ID("event", 9) "\"}"},
        {"notification.list", "{\"event_id\": \"" ID("event", 9) "\"}"},
        {"delivery.list", "{\"event_id\": \"" E "\", \"notification_id\": \"" ID("notif", 9) "\"}"},
        {"availability.get", "{\"event_id\": \"" ID("event", 9) "\"}"},
        {"availability.get",
         "{\"event_id\": \"" E "\", \"ticket_type_id\": \"" ID("tkttype", 9) "\"}"},
        {"ticket_type.get",
         "{\"event_id\": \"" E "\", \"ticket_type_id\": \"" ID("tkttype", 9) "\"}"},
        {"order.get", "{\"event_id\": \"" E "\", \"order_id\": \"" ID("order", 9) "\"}"},
        {"notification.get",
         "{\"event_id\": \"" E "\", \"notification_id\": \"" ID("notif", 9) "\"}"},
        {"ticket.get", "{\"event_id\": \"" E "\", \"code\": \"none\"}"},
    };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        json_t *said = ask(&world, 404, unknown[i][0], unknown[i][1], &etag);
        ck_assert_str_eq(text(said, "code"), "not_found");
        ck_assert_ptr_null(etag);
        json_decref(said);
    }
    json_decref(ask(&world, 200, "attendee.get",
                    "{\"event_id\": \"" E "\", \"attendee_id\": \"" ID("attendee", 1) "\"}", NULL));
    world_close(&world);
}
END_TEST

static void keep_type(struct world *world, const char *id, struct opt_time start,
                      struct opt_time end)
{
    const struct ticket_type type = {.id = id,
                                     .version = 2,
                                     .event_id = E,
                                     .type = "general",
                                     .name = "General",
                                     .price = {2500, "EUR"},
                                     .capacity = 99,
                                     .sales_start = start,
                                     .sales_end = end};
    const struct stock stock = {
        .id = id, .rev = 7, .event_id = E, .capacity = 100, .sold = 30, .held = 8};
    keep(world, &collection_ticket_types, &type);
    keep(world, &collection_stock, &stock);
}

START_TEST(ticket_types_are_shown_with_their_stock)
{
    struct world world = world_open();
    const char *etag;
    keep(&world, &collection_events, &event);
    keep_type(&world, ID("tkttype", 1), (struct opt_time){0}, (struct opt_time){0});
    json_t *one =
        ask(&world, 200, "ticket_type.get",
            "{\"event_id\": \"" E "\", \"ticket_type_id\": \"" ID("tkttype", 1) "\"}", &etag);
    json_t *all = ask(&world, 200, "ticket_type.list", "{\"event_id\": \"" E "\"}", NULL);
    ck_assert_str_eq(etag, "\"2\"");
    ck_assert_int_eq(number(one, "capacity"), 100);
    ck_assert_int_eq(number(one, "sold"), 30);
    ck_assert_int_eq(number(one, "held"), 8);
    ck_assert_int_eq(number(one, "available"), 62);
    ck_assert(json_equal(one, json_array_get(json_object_get(all, "items"), 0)));
    json_decref(one);
    json_decref(all);
    world_close(&world);
}
END_TEST

START_TEST(availability_says_what_may_be_bought_now)
{
    struct world world = world_open();
    static const struct {
        const char *id;
        struct opt_time start, end;
        bool on_sale;
    } types[] = {
        {ID("tkttype", 1), {false, 0}, {false, 0}, true},
        {ID("tkttype", 2), {true, NOW}, {true, NOW + 1}, true},
        {ID("tkttype", 3), {true, NOW + 1}, {false, 0}, false},
        {ID("tkttype", 4), {false, 0}, {true, NOW}, false},
    };
    keep(&world, &collection_events, &event);
    for (size_t i = 0; i < 4; i++)
        keep_type(&world, types[i].id, types[i].start, types[i].end);
    json_t *said = ask(&world, 200, "availability.get", "{\"event_id\": \"" E "\"}", NULL);
    ck_assert_str_eq(text(said, "event_id"), E);
    ck_assert_str_eq(text(said, "as_of"), "2026-01-01T00:00:00.000Z");
    /* For followers of the facts: what is newer than this. */
    ck_assert_str_eq(text(said, "status"), "published");
    ck_assert_int_eq(number(said, "version"), 4);
    ck_assert_int_eq(number(said, "epoch"), world.fence.timeline);
    json_t *items = json_object_get(said, "items");
    ck_assert_uint_eq(json_array_size(items), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *item = json_array_get(items, i);
        ck_assert_str_eq(text(item, "ticket_type_id"), types[i].id);
        ck_assert_int_eq(json_is_true(json_object_get(item, "on_sale")), types[i].on_sale);
        ck_assert_int_eq(number(item, "capacity"), 100);
        ck_assert_int_eq(number(item, "available"), 62);
        ck_assert_int_eq(number(item, "version"), 2);
        ck_assert_int_eq(number(item, "rev"), 7);
        ck_assert_int_eq(json_object_get(item, "sales_start") != NULL, types[i].start.set);
        ck_assert_int_eq(json_object_get(item, "sales_end") != NULL, types[i].end.set);
    }
    json_t *one =
        ask(&world, 200, "availability.get",
            "{\"event_id\": \"" E "\", \"ticket_type_id\": \"" ID("tkttype", 2) "\"}", NULL);
    ck_assert(
        json_equal(json_array_get(json_object_get(one, "items"), 0), json_array_get(items, 1)));
    ck_assert_uint_eq(json_array_size(json_object_get(one, "items")), 1);
    json_decref(one);
    json_decref(said);
    world_close(&world);
}
END_TEST

START_TEST(nothing_is_on_sale_but_of_a_published_event)
{
    struct world world = world_open();
    struct event draft = event;
    draft.status = EVENT_DRAFT;
    keep(&world, &collection_events, &draft);
    keep_type(&world, ID("tkttype", 1), (struct opt_time){0}, (struct opt_time){0});
    json_t *said = ask(&world, 200, "availability.get", "{\"event_id\": \"" E "\"}", NULL);
    json_t *item = json_array_get(json_object_get(said, "items"), 0);
    ck_assert(json_is_false(json_object_get(item, "on_sale")));
    json_decref(said);
    world_close(&world);
}
END_TEST

START_TEST(a_ticket_is_found_by_its_code_within_its_event)
{
    struct world world = world_open();
    struct ticket tickets[] = {
        {.code = "x", .ticket_type_id = ID("tkttype", 1), .status = TICKET_VALID},
        {.code = "y",
         .ticket_type_id = ID("tkttype", 1),
         .status = TICKET_CHECKED_IN,
         .checked_in_at = {true, NOW},
         .gate = "north"}};
    struct order order = {.id = ID("order", 1), .event_id = E, .tickets = {tickets, 2}};
    keep(&world, &collection_events, &event);
    keep(&world, &collection_orders, &order);
    json_t *said =
        ask(&world, 200, "ticket.get", "{\"event_id\": \"" E "\", \"code\": \"y\"}", NULL);
    ck_assert_str_eq(text(said, "code"), "y");
    ck_assert_str_eq(text(said, "order_id"), ID("order", 1));
    ck_assert_str_eq(text(said, "status"), "checked_in");
    ck_assert_str_eq(text(said, "gate"), "north");
    json_decref(said);
#define OF_ORDER "{\"event_id\": \"" E "\", \"order_id\": \"" ID("order", 1) "\", \"n\": "
    said = ask(&world, 200, "order_ticket.get", OF_ORDER "1}", NULL);
    ck_assert_str_eq(text(said, "code"), "x");
    json_decref(said);
    json_decref(ask(&world, 404, "order_ticket.get", OF_ORDER "3}", NULL));
    json_decref(ask(&world, 404, "ticket.get",
                    "{\"event_id\": \"" ID("event", 2) "\", \"code\": \"y\"}", NULL));
    world_close(&world);
}
END_TEST

/* 1 has used one of two general tickets and none of the VIP one, 2 a VIP one, 3 has none. */
START_TEST(people_are_found_by_their_tickets)
{
    struct world world = world_open();
#define GENERAL ID("tkttype", 1)
#define VIP ID("tkttype", 2)
    struct attendee_tickets both[] = {{.ticket_type_id = GENERAL, .tickets = 2, .checked_in = 1},
                                      {.ticket_type_id = VIP, .tickets = 1}};
    struct attendee_tickets one[] = {{.ticket_type_id = VIP, .tickets = 1, .checked_in = 1}};
    const struct attendee people[] = {
        {.id = ID("attendee", 1), .event_id = E, .name = "Ana", .tickets = {both, 2}},
        {.id = ID("attendee", 2), .event_id = E, .name = "Bea", .tickets = {one, 1}},
        {.id = ID("attendee", 3), .event_id = E, .name = "Zoe"}};
    keep(&world, &collection_events, &event);
    for (size_t i = 0; i < 3; i++)
        keep(&world, &collection_attendees, &people[i]);
#define WITH(more) "{\"event_id\": \"" E "\", " more "}"
#define OF_TYPE(id) "\"ticket_type_id\": \"" id "\""
#define USED(flag) "\"checked_in\": " flag
    CK_PAGE("attendee.list", WITH(OF_TYPE(GENERAL)), " 1");
    CK_PAGE("attendee.list", WITH(OF_TYPE(VIP)), " 1 2");
    CK_PAGE("attendee.list", WITH(OF_TYPE(ID("tkttype", 3))), "");
    CK_PAGE("attendee.list", WITH(USED("true")), " 1 2");
    CK_PAGE("attendee.list", WITH(USED("false")), " 3");
    CK_PAGE("attendee.list", WITH(OF_TYPE(VIP) "," USED("true")), " 2");
    CK_PAGE("attendee.list", WITH(OF_TYPE(VIP) "," USED("false")), " 1");
    CK_PAGE("attendee.list", WITH(OF_TYPE(VIP) ", \"q\": \"be\""), " 2");
    world_close(&world);
}
END_TEST

static void keep_order_of(struct world *world, const char *id, enum order_status status,
                          struct ticket *tickets, size_t n)
{
    const struct order order = {
        .id = id, .event_id = E, .status = status, .updated_at = NOW, .tickets = {tickets, n}};
    keep(world, &collection_orders, &order);
}

START_TEST(the_tickets_of_an_event_come_in_pages_that_part_orders)
{
    struct world world = world_open();
    struct ticket tickets[] = {{.code = "a", .status = TICKET_VALID},
                               {.code = "b", .status = TICKET_CHECKED_IN},
                               {.code = "c", .status = TICKET_VALID},
                               {.code = "d", .status = TICKET_VOID}};
    keep(&world, &collection_events, &event);
    keep_order_of(&world, ID("order", 1), ORDER_PAID, tickets, 3);
    keep_order_of(&world, ID("order", 2), ORDER_HELD, NULL, 0);
    keep_order_of(&world, ID("order", 3), ORDER_CANCELLED, tickets + 3, 1);
    const char *codes = "", *next = NULL;
    for (size_t pages = 0; pages == 0 || next != NULL; pages++) {
        ck_assert_uint_lt(pages, 2);
        json_t *said = ask(&world, 200, "ticket.list",
                           next == NULL ? "{\"event_id\": \"" E "\", \"limit\": 2}"
                                        : mem_printf(world.arena,
                                                     "{\"event_id\": \"" E
                                                     "\", \"limit\": 2, \"cursor\": \"%s\"}",
                                                     next),
                           NULL),
               *item;
        size_t i;
        json_array_foreach (json_object_get(said, "items"), i, item)
            codes = mem_printf(world.arena, "%s %s %s", codes, text(item, "code"),
                               text(item, "status"));
        next = json_is_null(json_object_get(said, "next"))
                   ? NULL
                   : mem_strdup(world.arena, text(said, "next"));
        json_decref(said);
    }
    ck_assert_str_eq(codes, " a valid b checked_in c valid d void");
    json_t *used = ask(&world, 200, "ticket.list",
                       "{\"event_id\": \"" E "\", \"status\": \"checked_in\"}", NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(used, "items")), 1);
    json_decref(used);
    json_decref(ask(&world, 422, "ticket.list",
                    "{\"event_id\": \"" E "\", \"cursor\": \"nonsense\"}", NULL));
    world_close(&world);
}
END_TEST

START_TEST(the_tickets_of_a_person_are_listed)
{
    struct world world = world_open();
    const struct attendee ana = {.id = ID("attendee", 1), .event_id = E, .name = "Ana"};
    struct ticket_holder hers = {"Ana", "a@b.org", ID("attendee", 1)},
                         his = {"Bo", "b@b.org", ID("attendee", 2)};
    struct ticket tickets[] = {{.code = "a", .status = TICKET_VALID, .attendee = &his},
                               {.code = "b", .status = TICKET_VALID, .attendee = &hers},
                               {.code = "c", .status = TICKET_VALID}};
    keep(&world, &collection_events, &event);
    keep(&world, &collection_attendees, &ana);
    keep_order_of(&world, ID("order", 1), ORDER_PAID, tickets, 2);
    keep_order_of(&world, ID("order", 2), ORDER_PAID, tickets + 2, 1);
    json_t *said =
               ask(&world, 200, "attendee_ticket.list",
                   "{\"event_id\": \"" E "\", \"attendee_id\": \"" ID("attendee", 1) "\"}", NULL),
           *items = json_object_get(said, "items");
    ck_assert_uint_eq(json_array_size(items), 1);
    ck_assert_str_eq(text(json_array_get(items, 0), "code"), "b");
    json_decref(said);
    json_decref(ask(&world, 404, "attendee_ticket.list",
                    "{\"event_id\": \"" E "\", \"attendee_id\": \"" ID("attendee", 9) "\"}", NULL));
    world_close(&world);
}
END_TEST

START_TEST(the_key_of_tickets_is_kept_or_set)
{
    struct world world = world_open();
    json_t *kept = ask(&world, 200, "ticket_key.get", "{\"event_id\": \"" E "\"}", NULL);
    json_t *again = ask(&world, 200, "ticket_key.get", "{\"event_id\": \"" E "\"}", NULL);
    ck_assert_str_eq(text(kept, "algorithm"), "Ed25519");
    ck_assert(json_equal(kept, again));
    world.settings.ticket_signing_key =
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    json_t *set = ask(&world, 200, "ticket_key.get", "{\"event_id\": \"" E "\"}", NULL);
    ck_assert_str_eq(text(set, "public_key"), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    json_decref(set);
    json_decref(again);
    json_decref(kept);
    world_close(&world);
}
END_TEST

/* Those that a list's request with nothing in it asks. */
static bool is_asked_by_lists(const struct command *command)
{
    return command->shape == COMMAND_QUERY && strcmp(command->type, "ticket.get") != 0 &&
           strcmp(command->type, "operation.get") != 0;
}

START_TEST(every_query_of_the_contract_is_answered)
{
    struct world world = world_open();
    struct command_body body = {0};
    struct list_request nothing = {0};
    body.request = &nothing;
    for (int id = 0; id < IDS; id++)
        body.ids[id] = "none";
    const struct read_source source = source_of(&world);
    for (size_t i = 0; i < commands_n; i++) {
        struct read_answer answer;
        body.command = &commands[i];
        if (is_asked_by_lists(&commands[i]))
            ck_assert_msg(read_answer_query(&source, world.arena, &body, NOW, &answer) == 0, "%s",
                          commands[i].type);
    }
    world_close(&world);
}
END_TEST

CHECK_MAIN("read", a_record_is_shown_with_its_version_as_etag,
           what_is_not_there_or_of_another_event_is_not_found,
           ticket_types_are_shown_with_their_stock, availability_says_what_may_be_bought_now,
           nothing_is_on_sale_but_of_a_published_event,
           a_ticket_is_found_by_its_code_within_its_event, people_are_found_by_their_tickets,
           the_tickets_of_an_event_come_in_pages_that_part_orders,
           the_tickets_of_a_person_are_listed, the_key_of_tickets_is_kept_or_set,
           every_query_of_the_contract_is_answered)
